// nn_result_stream: keeps the vectors of a frame's output and sends them beat by beat.
//
//   VECTOR           elements of a vector
//   ELEMENT_BITS     bits of an element, 8 or 16
//   ELEMENTS         elements of a beat; divides VECTOR and the channels of a pixel
//   PIXEL_VECTORS    vectors of a pixel
//   LAST_BEATS       beats of a pixel's last vector
//   PIXELS           pixels of a frame
//   DEPTH            vectors of a frame, at least 2
//   ADDRESS_WIDTH    bits of a vector's place
//   SIGNED           1: elements of 8 bits are stored with 128 added, which is taken off
//   BLOCK            1: block RAM, 0: LUT RAM
//
// room_o: nothing is kept, so that a frame may come. Stream: a beat stands until it is taken; tlast on the last beat of a frame; a vector every other cycle
// at most.
`default_nettype none

module nn_result_stream #(
    parameter VECTOR = 1,
    parameter ELEMENT_BITS = 8,
    parameter ELEMENTS = 1,
    parameter PIXEL_VECTORS = 1,
    parameter LAST_BEATS = 1,
    parameter PIXELS = 1,
    parameter DEPTH = 2,
    parameter ADDRESS_WIDTH = 1,
    parameter SIGNED = 0,
    parameter BLOCK = 0
) (
    input  wire                             clk,
    input  wire                             rst,
    // Vectors
    input  wire                             valid_i,
    input  wire [VECTOR*ELEMENT_BITS-1:0]   vector_i,
    output wire                             room_o,
    output wire                             frame_sent_o,
    // Output stream
    output wire [ELEMENTS*ELEMENT_BITS-1:0] m_axis_tdata,
    output wire                             m_axis_tvalid,
    input  wire                             m_axis_tready,
    output wire                             m_axis_tlast
);

    localparam BITS = VECTOR * ELEMENT_BITS;
    localparam BEATS = VECTOR / ELEMENTS;
    localparam BEAT_BITS = ELEMENTS * ELEMENT_BITS;
    localparam BEAT_WIDTH = (BEATS > 1) ? $clog2(BEATS) : 1;
    localparam VECTOR_WIDTH = (PIXEL_VECTORS > 1) ? $clog2(PIXEL_VECTORS) : 1;
    localparam PIXEL_WIDTH = (PIXELS > 1) ? $clog2(PIXELS) : 1;
    localparam [31:0] C_LAST_PLACE = DEPTH - 1;
    localparam [31:0] C_LAST = BEATS - 1;
    localparam [31:0] C_LAST_OF_PIXEL = LAST_BEATS - 1;
    localparam [255:0] C_ONE = 256'd1;

    // ---------------------------------------------------------------- Kept vectors; a frame begins at place 0
    reg [ADDRESS_WIDTH-1:0] write_q, read_q;
    reg [ADDRESS_WIDTH:0] kept_q; // written and not yet taken over for sending
    reg any_q; // there are such
    wire take;
    wire many = |kept_q[ADDRESS_WIDTH:1];
    always @(posedge clk)
        if (rst) begin
            write_q <= {ADDRESS_WIDTH{1'b0}};
            read_q <= {ADDRESS_WIDTH{1'b0}};
            kept_q <= {(ADDRESS_WIDTH+1){1'b0}};
            any_q <= 1'b0;
        end else begin
            any_q <= valid_i | many | (kept_q[0] & ~take);
            if (valid_i) write_q <= (write_q == C_LAST_PLACE[ADDRESS_WIDTH-1:0]) ? {ADDRESS_WIDTH{1'b0}} : write_q + C_ONE[ADDRESS_WIDTH-1:0];
            if (take) read_q <= (read_q == C_LAST_PLACE[ADDRESS_WIDTH-1:0]) ? {ADDRESS_WIDTH{1'b0}} : read_q + C_ONE[ADDRESS_WIDTH-1:0];
            if (valid_i & ~take) kept_q <= kept_q + C_ONE[ADDRESS_WIDTH:0];
            else if (~valid_i & take) kept_q <= kept_q - C_ONE[ADDRESS_WIDTH:0];
        end

    wire [BITS-1:0] vector;
    nn_ram #(
        .WIDTH(BITS), .DEPTH(DEPTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .WRITE_LANES(1), .BLOCK(BLOCK), .INIT_FILE("")
    ) u_ram (
        .clk(clk),
        .write_enable_i(valid_i), .write_address_i(write_q), .write_data_i(vector_i),
        .read_enable_i(take), .read_address_i(read_q), .read_data_o(vector)
    );

    // ---------------------------------------------------------------- RAM output, then the vector that is being sent
    reg held_q, sending_q;
    reg [BITS-1:0] vector_q;
    wire vector_done, move;
    assign take = any_q & ~held_q;
    assign move = held_q & (~sending_q | vector_done);
    always @(posedge clk)
        if (rst) begin
            held_q <= 1'b0;
            sending_q <= 1'b0;
        end else begin
            held_q <= take | (held_q & ~move);
            sending_q <= move | (sending_q & ~vector_done);
        end

    wire last_vector, last_pixel;
    wire [VECTOR_WIDTH-1:0] vector_index;
    wire [PIXEL_WIDTH-1:0] pixel_index;
    wire unused_counts = |{vector_index, pixel_index};
    nn_counter #(.COUNT(PIXEL_VECTORS), .WIDTH(VECTOR_WIDTH)) u_vector_counter (
        .clk(clk), .rst(rst), .enable_i(vector_done), .count_o(vector_index), .last_o(last_vector)
    );
    nn_counter #(.COUNT(PIXELS), .WIDTH(PIXEL_WIDTH)) u_pixel_counter (
        .clk(clk), .rst(rst), .enable_i(vector_done & last_vector), .count_o(pixel_index), .last_o(last_pixel)
    );

    wire last_beat, beat_ready;
    wire sent = sending_q & beat_ready;
    generate
        if (BEATS > 1) begin : gen_beats
            reg [BEAT_WIDTH-1:0] beat_q;
            assign last_beat = (beat_q == (last_vector ? C_LAST_OF_PIXEL[BEAT_WIDTH-1:0] : C_LAST[BEAT_WIDTH-1:0]));
            always @(posedge clk)
                if (rst) beat_q <= {BEAT_WIDTH{1'b0}};
                else if (sent) beat_q <= last_beat ? {BEAT_WIDTH{1'b0}} : beat_q + C_ONE[BEAT_WIDTH-1:0];
            always @(posedge clk)
                if (move) vector_q <= vector;
                else if (sent) vector_q <= {vector_q[BITS-1 -: BEAT_BITS], vector_q[BITS-1:BEAT_BITS]};
        end else begin : gen_single
            wire unused = |{C_LAST, C_LAST_OF_PIXEL};
            assign last_beat = 1'b1;
            always @(posedge clk)
                if (move) vector_q <= vector;
        end
    endgenerate
    assign vector_done = sent & last_beat;

    assign room_o = ~any_q;
    wire [BEAT_BITS-1:0] beat = vector_q[BEAT_BITS-1:0] ^ {ELEMENTS{(SIGNED != 0) && (ELEMENT_BITS == 8), {(ELEMENT_BITS-1){1'b0}}}};

    nn_stream_register #(.WIDTH(BEAT_BITS+1)) u_beat_register (
        .clk(clk), .rst(rst),
        .data_i({last_beat & last_vector & last_pixel, beat}), .valid_i(sending_q), .ready_o(beat_ready),
        .data_o({m_axis_tlast, m_axis_tdata}), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready)
    );
    assign frame_sent_o = m_axis_tvalid & m_axis_tready & m_axis_tlast;

endmodule

`default_nettype wire
