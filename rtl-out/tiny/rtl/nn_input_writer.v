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
//   MAP_WIDTH, MAP_HEIGHT   input pixels
//   RING_WORDS     words of one bank in use, row slots * ROW_WORDS
//   ROW_WORDS      words of one row in one bank
//   ADDRESS_WIDTH  bits of a word address
//
// Stream: one beat a cycle while enable_i is high; between rows it waits for row_free_i.
// Latency: a beat is on the write port 2 cycles after its handshake. row_done_o is in the cycle of the row's last beat.
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
    parameter MAP_WIDTH = 4,
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

    localparam COLUMN_WIDTH = (COLUMNS > 1) ? $clog2(COLUMNS) : 1;
    localparam WORD_WIDTH   = (GROUP_WORDS > 1) ? $clog2(GROUP_WORDS) : 1;
    localparam PIXEL_WIDTH  = (PIXEL_WORDS > 1) ? $clog2(PIXEL_WORDS) : 1;
    localparam PHASE_WIDTH  = (STRIDE > 1) ? $clog2(STRIDE) : 1;
    localparam X_WIDTH      = (MAP_WIDTH > 1) ? $clog2(MAP_WIDTH) : 1;
    localparam Y_WIDTH      = (MAP_HEIGHT > 1) ? $clog2(MAP_HEIGHT) : 1;

    // Constants in the width of the counter that they are compared with or added to.
    localparam [63:0] C_ONE = 64'd1;
    localparam [31:0] C_COLUMN = COLUMNS - 1;
    localparam [31:0] C_LAST_COLUMN = LAST_COLUMNS - 1;
    localparam [31:0] C_WORD = GROUP_WORDS - 1;
    localparam [31:0] C_PIXEL = PIXEL_WORDS - 1;
    localparam [31:0] C_PHASE = STRIDE - 1;
    localparam [31:0] C_X = MAP_WIDTH - 1;
    localparam [31:0] C_Y = MAP_HEIGHT - 1;
    localparam [31:0] C_STEP = PIXEL_WORDS;
    localparam [31:0] C_BACK = (STRIDE - 1) * PIXEL_WORDS;
    localparam [31:0] C_ROW = ROW_WORDS;
    localparam [31:0] C_WRAP = RING_WORDS - ROW_WORDS;

    // Position of the next beat: column within the word, word within the group, word within the pixel, pixel, row.
    reg [COLUMN_WIDTH-1:0] column_q;
    reg [WORD_WIDTH-1:0] word_q;
    reg [PIXEL_WIDTH-1:0] pixel_word_q;
    reg [PHASE_WIDTH-1:0] phase_q;
    reg [BANKS-1:0] bank_q;
    reg [X_WIDTH-1:0] x_q;
    reg [Y_WIDTH-1:0] y_q;
    reg [ADDRESS_WIDTH-1:0] x_base_q;
    reg [ADDRESS_WIDTH-1:0] row_base_q;
    reg row_open_q;

    wire accept = s_axis_tvalid & s_axis_tready;
    wire last_word_of_group = (word_q == C_WORD[WORD_WIDTH-1:0]);
    wire last_column = (column_q == C_COLUMN[COLUMN_WIDTH-1:0])
                     | (last_word_of_group & (column_q == C_LAST_COLUMN[COLUMN_WIDTH-1:0]));
    wire last_of_pixel = last_column & (pixel_word_q == C_PIXEL[PIXEL_WIDTH-1:0]);
    wire last_of_row = last_of_pixel & (x_q == C_X[X_WIDTH-1:0]);
    wire last_of_frame = last_of_row & (y_q == C_Y[Y_WIDTH-1:0]);
    wire last_phase = (phase_q == C_PHASE[PHASE_WIDTH-1:0]);

    assign s_axis_tready = enable_i & (row_open_q | row_free_i);
    assign row_done_o = accept & last_of_row;
    assign frame_done_o = accept & last_of_frame;

    always @(posedge clk)
        if (rst) begin
            column_q <= {COLUMN_WIDTH{1'b0}};
            word_q <= {WORD_WIDTH{1'b0}};
            pixel_word_q <= {PIXEL_WIDTH{1'b0}};
            phase_q <= {PHASE_WIDTH{1'b0}};
            x_q <= {X_WIDTH{1'b0}};
            y_q <= {Y_WIDTH{1'b0}};
            row_open_q <= 1'b0;
        end else if (accept) begin
            row_open_q <= ~last_of_row;
            column_q <= last_column ? {COLUMN_WIDTH{1'b0}} : column_q + 1'b1;
            if (last_column) begin
                word_q <= last_word_of_group ? {WORD_WIDTH{1'b0}} : word_q + 1'b1;
                pixel_word_q <= last_of_pixel ? {PIXEL_WIDTH{1'b0}} : pixel_word_q + 1'b1;
            end
            if (last_of_pixel) begin
                phase_q <= (last_of_row | last_phase) ? {PHASE_WIDTH{1'b0}} : phase_q + 1'b1;
                x_q <= last_of_row ? {X_WIDTH{1'b0}} : x_q + 1'b1;
            end
            if (last_of_row) y_q <= last_of_frame ? {Y_WIDTH{1'b0}} : y_q + 1'b1;
        end

    // Bank of the pixel, one-hot: STRIDE neighbouring pixels share a bank, then the next one follows.
    wire [BANKS-1:0] next_bank;
    generate
        if (BANKS > 1) begin : gen_banks
            assign next_bank = {bank_q[BANKS-2:0], bank_q[BANKS-1]};
        end else begin : gen_one_bank
            assign next_bank = bank_q;
        end
    endgenerate

    wire [BANKS-1:0] first_bank = C_ONE[BANKS-1:0];
    wire last_bank = bank_q[BANKS-1];
    wire [ADDRESS_WIDTH-1:0] next_row_base = row_base_q + C_ROW[ADDRESS_WIDTH-1:0];

    always @(posedge clk)
        if (rst) begin
            bank_q <= first_bank;
            x_base_q <= {ADDRESS_WIDTH{1'b0}};
            row_base_q <= {ADDRESS_WIDTH{1'b0}};
        end else if (accept & last_of_row) begin
            bank_q <= first_bank;
            x_base_q <= {ADDRESS_WIDTH{1'b0}};
            row_base_q <= (row_base_q == C_WRAP[ADDRESS_WIDTH-1:0]) ? {ADDRESS_WIDTH{1'b0}} : next_row_base;
        end else if (accept & last_of_pixel) begin
            if (last_phase) bank_q <= next_bank;
            x_base_q <= (last_phase & ~last_bank) ? x_base_q - C_BACK[ADDRESS_WIDTH-1:0]
                                                  : x_base_q + C_STEP[ADDRESS_WIDTH-1:0];
        end

    // Two register stages towards the RAMs: column and bank select beside the address sum.
    reg [ELEMENTS*ACT_BITS-1:0] data_q;
    reg [BANKS-1:0] data_bank_q;
    reg [COLUMNS-1:0] data_column_q;
    reg [ADDRESS_WIDTH-1:0] offset_q;
    reg [ADDRESS_WIDTH-1:0] base_q;
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

    wire [ADDRESS_WIDTH+PIXEL_WIDTH-1:0] wide_pixel_word = {{ADDRESS_WIDTH{1'b0}}, pixel_word_q};
    wire unused_high_bits = |wide_pixel_word[ADDRESS_WIDTH+PIXEL_WIDTH-1:ADDRESS_WIDTH];
    integer column;

    always @(posedge clk) begin
        data_q <= kept_bits;
        data_bank_q <= (accept & ~rst) ? bank_q : {BANKS{1'b0}};
        for (column = 0; column < COLUMNS; column = column + 1)
            data_column_q[column] <= (column_q == column[COLUMN_WIDTH-1:0]);
        offset_q <= x_base_q + wide_pixel_word[ADDRESS_WIDTH-1:0];
        base_q <= row_base_q;
        write_data_o <= data_q;
        write_bank_o <= data_bank_q;
        write_column_o <= data_column_q;
        write_address_o <= base_q + offset_q;
    end

    always @(posedge clk) begin
        last_early_o <= ~rst & accept & s_axis_tlast & ~last_of_frame;
        last_missing_o <= ~rst & accept & ~s_axis_tlast & last_of_frame;
    end

endmodule

`default_nettype wire
