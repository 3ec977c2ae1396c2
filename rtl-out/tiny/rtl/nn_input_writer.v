// nn_input_writer: takes the input stream (row, column, channel) apart into words of the activation buffer.
//
//   ELEMENTS       stream elements of a beat; divides IC_LANES and the input channels of a group
//   ELEMENT_BITS   stream bits of an element, 8 or 16
//   ACT_BITS       bits of an activation that are kept
//   COLUMNS        beats that make a full word, IC_LANES / ELEMENTS
//   LAST_COLUMNS   beats of the last word of a group
//   GROUP_WORDS    words of one pixel for one group
//   PIXEL_WORDS    words of one pixel, all groups
//   STRIDE         horizontal stride; pixels are spread over banks by (x / STRIDE) mod BANKS
//   BANKS          pixel lanes
//   ROW_BEATS      beats of an input row
//   MAP_HEIGHT     input rows
//   RING_WORDS     words of one bank in use, at least two rows of ROW_WORDS
//   ROW_WORDS      words of one row in one bank
//   ADDRESS_WIDTH  bits of a word address
//
// Stream: one beat a cycle while enable_i is high; between rows it waits for row_free_i, and a cycle between frames for enable_i to fall.
// Latency: a beat is on the write port 2 cycles after its handshake. row_done_o is in the cycle of the row's last beat, frame_done_o one
// after the frame's.
`default_nettype none

module nn_input_writer #(
    parameter ELEMENTS = 8,
    parameter ELEMENT_BITS = 8,
    parameter ACT_BITS = 8,
    parameter COLUMNS = 2,
    parameter LAST_COLUMNS = 2,
    parameter GROUP_WORDS = 1,
    parameter PIXEL_WORDS = 1,
    parameter STRIDE = 1,
    parameter BANKS = 1,
    parameter ROW_BEATS = 4,
    parameter MAP_HEIGHT = 4,
    parameter RING_WORDS = 16,
    parameter ROW_WORDS = 4,
    parameter ADDRESS_WIDTH = 4
) (
    input  wire                             clk,
    input  wire                             rst,
    // Input stream
    input  wire [ELEMENTS*ELEMENT_BITS-1:0] s_axis_tdata,
    input  wire                             s_axis_tvalid,
    output wire                             s_axis_tready,
    input  wire                             s_axis_tlast,
    // Control
    input  wire                             enable_i,
    input  wire                             row_free_i,
    output wire                             row_done_o,
    output wire                             frame_done_o,
    output reg                              last_early_o,
    output reg                              last_missing_o,
    // Write port of the activation buffer
    output reg  [BANKS-1:0]                 write_bank_o,
    output reg  [COLUMNS-1:0]               write_column_o,
    output reg  [ADDRESS_WIDTH-1:0]         write_address_o,
    output reg  [ELEMENTS*ACT_BITS-1:0]     write_data_o
);

    localparam BEAT_WIDTH   = (ROW_BEATS > 1) ? $clog2(ROW_BEATS) : 1;
    localparam Y_WIDTH      = (MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1;
    localparam WORD_WIDTH   = (GROUP_WORDS > 1) ? $clog2(GROUP_WORDS) : 1;
    localparam PIXEL_WIDTH  = (PIXEL_WORDS > 1) ? $clog2(PIXEL_WORDS) : 1;
    localparam PHASE_WIDTH  = (STRIDE > 1) ? $clog2(STRIDE) : 1;

    // Constants in the width of what they are added to.
    localparam [255:0] C_ONE = 256'd1;
    localparam [31:0] C_STEP = PIXEL_WORDS;
    localparam [31:0] C_BACK = (STRIDE - 1) * PIXEL_WORDS;
    localparam [31:0] C_ROW = ROW_WORDS;
    localparam [31:0] C_BEFORE_LAST = RING_WORDS - 2 * ROW_WORDS;

    // ---------------------------------------------------------------- Handshake: only the ends of rows and frames decide about the next beat
    reg row_open_q;
    reg accept_q, row_end_q, frame_end_q, tlast_q;
    reg [ELEMENTS*ACT_BITS-1:0] data_q;
    wire row_last, frame_last;
    wire [BEAT_WIDTH-1:0] beat;
    wire [Y_WIDTH-1:0] y;

    assign s_axis_tready = enable_i & (row_open_q | (row_free_i & ~frame_end_q));
    wire accept = s_axis_tvalid & s_axis_tready;
    assign row_done_o = accept & row_last;
    assign frame_done_o = frame_end_q;

    nn_counter #(.COUNT(ROW_BEATS), .WIDTH(BEAT_WIDTH)) u_beat_counter (
        .clk(clk), .rst(rst), .enable_i(accept), .count_o(beat), .last_o(row_last)
    );
    nn_counter #(.COUNT(MAP_HEIGHT), .WIDTH(Y_WIDTH)) u_row_counter (
        .clk(clk), .rst(rst), .enable_i(row_done_o), .count_o(y), .last_o(frame_last)
    );

    always @(posedge clk)
        if (rst) begin
            row_open_q <= 1'b0;
            accept_q <= 1'b0;
            row_end_q <= 1'b0;
            frame_end_q <= 1'b0;
        end else begin
            if (accept) row_open_q <= ~row_last;
            accept_q <= accept;
            row_end_q <= accept & row_last;
            frame_end_q <= accept & row_last & frame_last;
        end

    wire [ELEMENTS*ACT_BITS-1:0] kept_bits;
    genvar element;
    generate
        for (element = 0; element < ELEMENTS; element = element + 1) begin : gen_elements
            assign kept_bits[element*ACT_BITS +: ACT_BITS] = s_axis_tdata[element*ELEMENT_BITS +: ACT_BITS];
            if (ELEMENT_BITS > ACT_BITS) begin : gen_unused
                wire unused = |s_axis_tdata[element*ELEMENT_BITS + ACT_BITS +: ELEMENT_BITS - ACT_BITS];
            end
        end
    endgenerate
    always @(posedge clk) begin
        data_q <= kept_bits;
        tlast_q <= s_axis_tlast;
    end

    // ---------------------------------------------------------------- Position of the beat in data_q: column, word, pixel, row
    reg [COLUMNS-1:0] column_q; // one-hot
    wire [WORD_WIDTH-1:0] word;
    wire [PIXEL_WIDTH-1:0] pixel_word;
    wire [PHASE_WIDTH-1:0] phase;
    wire word_last, pixel_word_last, phase_last;
    wire word_done = accept_q & (column_q[COLUMNS-1] | (word_last & column_q[LAST_COLUMNS-1]));
    wire pixel_done = word_done & pixel_word_last;
    wire unused_counts = |{beat, y, word, phase};

    nn_counter #(.COUNT(GROUP_WORDS), .WIDTH(WORD_WIDTH)) u_word_counter (
        .clk(clk), .rst(rst), .enable_i(word_done), .count_o(word), .last_o(word_last)
    );
    nn_counter #(.COUNT(PIXEL_WORDS), .WIDTH(PIXEL_WIDTH)) u_pixel_word_counter (
        .clk(clk), .rst(rst), .enable_i(word_done), .count_o(pixel_word), .last_o(pixel_word_last)
    );
    nn_counter #(.COUNT(STRIDE), .WIDTH(PHASE_WIDTH)) u_phase_counter (
        .clk(clk), .rst(rst | row_end_q), .enable_i(pixel_done), .count_o(phase), .last_o(phase_last)
    );

    generate
        if (COLUMNS > 1) begin : gen_columns
            always @(posedge clk)
                if (rst | word_done) column_q <= C_ONE[COLUMNS-1:0];
                else if (accept_q) column_q <= {column_q[COLUMNS-2:0], column_q[COLUMNS-1]};
        end else begin : gen_one_column
            always @(posedge clk) column_q <= 1'b1;
        end
    endgenerate

    // Bank of the pixel, one-hot: STRIDE neighbouring pixels share a bank, then the next one follows.
    reg [BANKS-1:0] bank_q;
    wire [BANKS-1:0] next_bank;
    generate
        if (BANKS > 1) begin : gen_banks
            assign next_bank = {bank_q[BANKS-2:0], bank_q[BANKS-1]};
        end else begin : gen_one_bank
            assign next_bank = bank_q;
        end
    endgenerate

    // Address of the pixel's first word; that of the next row's first pixel stands ready.
    reg [ADDRESS_WIDTH-1:0] address_q;
    reg [ADDRESS_WIDTH-1:0] next_row_q;
    wire back = phase_last & ~bank_q[BANKS-1];
    always @(posedge clk)
        if (rst) begin
            bank_q <= C_ONE[BANKS-1:0];
            address_q <= {ADDRESS_WIDTH{1'b0}};
        end else if (row_end_q) begin
            bank_q <= C_ONE[BANKS-1:0];
            address_q <= next_row_q;
        end else if (pixel_done) begin
            if (phase_last) bank_q <= next_bank;
            address_q <= back ? address_q - C_BACK[ADDRESS_WIDTH-1:0] : address_q + C_STEP[ADDRESS_WIDTH-1:0];
        end

    reg next_is_last_q; // next_row_q is the ring's last row
    always @(posedge clk)
        if (rst) begin
            next_row_q <= C_ROW[ADDRESS_WIDTH-1:0];
            next_is_last_q <= (C_BEFORE_LAST == 32'd0);
        end else if (row_end_q) begin
            next_row_q <= next_is_last_q ? {ADDRESS_WIDTH{1'b0}} : next_row_q + C_ROW[ADDRESS_WIDTH-1:0];
            next_is_last_q <= (next_row_q == C_BEFORE_LAST[ADDRESS_WIDTH-1:0]);
        end

    // ---------------------------------------------------------------- Write port
    wire [ADDRESS_WIDTH+PIXEL_WIDTH-1:0] wide_pixel_word = {{ADDRESS_WIDTH{1'b0}}, pixel_word};
    wire unused_high_bits = |wide_pixel_word[ADDRESS_WIDTH+PIXEL_WIDTH-1:ADDRESS_WIDTH];
    always @(posedge clk) begin
        write_data_o <= data_q;
        write_bank_o <= (accept_q & ~rst) ? bank_q : {BANKS{1'b0}};
        write_column_o <= column_q;
        write_address_o <= address_q + wide_pixel_word[ADDRESS_WIDTH-1:0];
        last_early_o <= ~rst & accept_q & tlast_q & ~frame_end_q;
        last_missing_o <= ~rst & ~tlast_q & frame_end_q;
    end

endmodule

`default_nettype wire
