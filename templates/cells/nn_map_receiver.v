// nn_map_receiver: takes a frame from the input stream and hands it on in vectors, each of one pixel.
//
//   ELEMENTS       elements of a beat; divides VECTOR and the channels of a pixel
//   VECTOR         elements of a vector
//   PIXEL_BEATS    beats of a pixel
//   PIXELS         pixels of a frame
//   BITS           bits of an activation; those above are ignored
//   SIGNED         1: activations are two's complement and are stored with 128 added
//   COPIES         1: a beat is a vector, its element in all places; ELEMENTS is 1 then
//   FILL           vectors of FILL_VALUE that are handed on before the frame's first beat
//
// Stream: one beat a cycle while enable_i is high. A vector comes one cycle after its last beat; elements of a pixel's last vector beyond its last
// channel are old ones. frame_done_o comes with the frame's last vector.
`default_nettype none

module nn_map_receiver #(
    parameter ELEMENTS = 1,
    parameter VECTOR = 1,
    parameter PIXEL_BEATS = 4,
    parameter PIXELS = 16,
    parameter BITS = 8,
    parameter SIGNED = 0,
    parameter COPIES = 0,
    parameter FILL = 0,
    parameter FILL_VALUE = 0
) (
    input  wire                  clk,
    input  wire                  rst,
    input  wire                  enable_i,
    // Input stream
    input  wire [ELEMENTS*8-1:0] s_axis_tdata,
    input  wire                  s_axis_tvalid,
    output wire                  s_axis_tready,
    input  wire                  s_axis_tlast,
    // Vectors
    output wire                  valid_o,
    output wire                  pixel_end_o,
    output wire                  end_o,
    output wire [VECTOR*8-1:0]   vector_o,
    // Events
    output wire                  frame_done_o,
    output wire                  last_early_o,
    output wire                  last_missing_o,
    output wire                  wait_input_o
);

    localparam PARTS = VECTOR / ELEMENTS;
    localparam BEAT_WIDTH = (PIXEL_BEATS > 1) ? $clog2(PIXEL_BEATS) : 1;
    localparam PIXEL_WIDTH = (PIXELS > 1) ? $clog2(PIXELS) : 1;
    localparam [255:0] C_ONE = 256'd1;

    reg open_q; // until the frame's last beat
    wire filling; // what stands before the frame's first beat
    wire accept = s_axis_tvalid & s_axis_tready;
    wire pixel_last, frame_last;
    wire [BEAT_WIDTH-1:0] beat;
    wire [PIXEL_WIDTH-1:0] pixel;
    wire unused_counts = |{beat, pixel};
    wire pixel_done = accept & pixel_last;
    wire frame_done = pixel_done & frame_last;

    assign s_axis_tready = enable_i & open_q & ~filling;

    generate
        if (FILL > 0) begin : gen_fill
            localparam FILL_WIDTH = (FILL > 1) ? $clog2(FILL) : 1;
            localparam [31:0] C_LAST = FILL - 1;
            reg filling_q;
            reg [FILL_WIDTH-1:0] left_q;
            always @(posedge clk)
                if (rst | ~enable_i) begin
                    filling_q <= 1'b1;
                    left_q <= C_LAST[FILL_WIDTH-1:0];
                end else begin
                    if (left_q == {FILL_WIDTH{1'b0}}) filling_q <= 1'b0;
                    left_q <= left_q - C_ONE[FILL_WIDTH-1:0];
                end
            assign filling = filling_q;
        end else begin : gen_no_fill
            assign filling = 1'b0;
        end
    endgenerate

    nn_counter #(.COUNT(PIXEL_BEATS), .WIDTH(BEAT_WIDTH)) u_beat_counter (
        .clk(clk), .rst(rst), .enable_i(accept), .count_o(beat), .last_o(pixel_last)
    );
    nn_counter #(.COUNT(PIXELS), .WIDTH(PIXEL_WIDTH)) u_pixel_counter (
        .clk(clk), .rst(rst), .enable_i(pixel_done), .count_o(pixel), .last_o(frame_last)
    );

    reg valid_q, pixel_end_q, end_q, tlast_q, accept_q;
    always @(posedge clk) begin
        if (rst | ~enable_i) open_q <= 1'b1;
        else if (frame_done) open_q <= 1'b0;
        accept_q <= ~rst & accept;
        pixel_end_q <= pixel_done;
        end_q <= ~rst & frame_done;
        tlast_q <= s_axis_tlast;
    end

    wire [ELEMENTS*8-1:0] stored;
    genvar element;
    generate
        for (element = 0; element < ELEMENTS; element = element + 1) begin : gen_elements
            wire [BITS-1:0] activation = s_axis_tdata[element*8 +: BITS];
            wire [8:0] extended = {{(9-BITS){(SIGNED != 0) & activation[BITS-1]}}, activation};
            wire unused_sign = extended[8];
            assign stored[element*8 +: 8] = extended[7:0] ^ {(SIGNED != 0), 7'd0};
            if (BITS < 8) begin : gen_unused
                wire unused_bits = |s_axis_tdata[element*8+BITS +: 8-BITS];
            end
        end
    endgenerate
    reg [VECTOR*8-1:0] vector_q;
    generate
        if (COPIES != 0) begin : gen_copies
            localparam [31:0] C_FILL = FILL_VALUE;
            always @(posedge clk) begin
                vector_q <= {VECTOR{filling ? C_FILL[7:0] : stored[7:0]}};
                valid_q <= ~rst & (accept | (enable_i & filling));
            end
        end else if (PARTS > 1) begin : gen_parts
            reg [PARTS-1:0] part_q; // one-hot
            integer i;
            always @(posedge clk)
                if (rst | pixel_done) part_q <= C_ONE[PARTS-1:0];
                else if (accept) part_q <= {part_q[PARTS-2:0], part_q[PARTS-1]};
            always @(posedge clk) begin
                for (i = 0; i < PARTS; i = i + 1)
                    if (part_q[i]) vector_q[i*ELEMENTS*8 +: ELEMENTS*8] <= stored;
                valid_q <= ~rst & accept & (pixel_last | part_q[PARTS-1]);
            end
        end else begin : gen_whole
            always @(posedge clk) begin
                vector_q <= stored;
                valid_q <= ~rst & accept;
            end
        end
    endgenerate

    assign valid_o = valid_q;
    assign pixel_end_o = pixel_end_q;
    assign end_o = end_q;
    assign vector_o = vector_q;
    assign frame_done_o = end_q;
    assign last_early_o = accept_q & tlast_q & ~end_q;
    assign last_missing_o = end_q & ~tlast_q;
    assign wait_input_o = s_axis_tready & ~s_axis_tvalid;

endmodule

`default_nettype wire
