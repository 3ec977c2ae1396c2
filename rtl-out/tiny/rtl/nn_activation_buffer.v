// nn_activation_buffer: ring of input rows in one bank for each pixel lane, with padding and lane alignment on the way out.
//
//   PIXEL_LANES    banks, and output pixels read at once; pixel lane p reads bank (rotate + p) mod PIXEL_LANES
//   COLUMNS        separately written parts of a word
//   COLUMN_BITS    bits of a part
//   DEPTH          words of a bank
//   ADDRESS_WIDTH  clog2(DEPTH), at least 1
//   ROTATE_WIDTH   bits of rotate_i
//   ACT_BITS, ZERO_POINT  an activation, and the value that padding has
//   BLOCK          1: block RAM, 0: LUT RAM
//
// Latency: address to act_o is 2 cycles with one pixel lane, 3 with more (a register before the rotation).
// rotate_i and pad_i belong to the address given in the same cycle.
`default_nettype none

module nn_activation_buffer #(
    parameter PIXEL_LANES = 1,
    parameter COLUMNS = 1,
    parameter COLUMN_BITS = 8,
    parameter DEPTH = 16,
    parameter ADDRESS_WIDTH = 4,
    parameter ROTATE_WIDTH = 1,
    parameter ACT_BITS = 8,
    parameter ZERO_POINT = 0,
    parameter BLOCK = 1
) (
    input  wire                                       clk,
    // Write port
    input  wire [PIXEL_LANES-1:0]                     write_bank_i,
    input  wire [COLUMNS-1:0]                         write_column_i,
    input  wire [ADDRESS_WIDTH-1:0]                   write_address_i,
    input  wire [COLUMN_BITS-1:0]                     write_data_i,
    // Read port: one address for each bank
    input  wire [PIXEL_LANES*ADDRESS_WIDTH-1:0]       read_address_i,
    input  wire [ROTATE_WIDTH-1:0]                    rotate_i,
    input  wire [PIXEL_LANES-1:0]                     pad_i,
    output reg  [PIXEL_LANES*COLUMNS*COLUMN_BITS-1:0] act_o
);

    localparam WORD_BITS = COLUMNS * COLUMN_BITS;
    localparam LANES = WORD_BITS / ACT_BITS;
    localparam [31:0] C_ZERO = ZERO_POINT;
    localparam [WORD_BITS-1:0] PAD_WORD = {LANES{C_ZERO[ACT_BITS-1:0]}};

    wire [PIXEL_LANES*WORD_BITS-1:0] read_data;

    genvar bank, column;
    generate
        for (bank = 0; bank < PIXEL_LANES; bank = bank + 1) begin : gen_banks
            for (column = 0; column < COLUMNS; column = column + 1) begin : gen_columns
                nn_ram #(
                    .WIDTH(COLUMN_BITS), .DEPTH(DEPTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .WRITE_LANES(1), .BLOCK(BLOCK), .INIT_FILE("")
                ) u_ram (
                    .clk(clk),
                    .write_enable_i(write_bank_i[bank] & write_column_i[column]),
                    .write_address_i(write_address_i),
                    .write_data_i(write_data_i),
                    .read_enable_i(1'b1),
                    .read_address_i(read_address_i[bank*ADDRESS_WIDTH +: ADDRESS_WIDTH]),
                    .read_data_o(read_data[bank*WORD_BITS + column*COLUMN_BITS +: COLUMN_BITS])
                );
            end
        end
    endgenerate

    genvar lane;
    generate
        if (PIXEL_LANES == 1) begin : gen_single
            // Padding is the synchronous set/reset of the output register, so it costs no logic.
            reg pad_q;
            wire unused = |rotate_i;
            always @(posedge clk) begin
                pad_q <= pad_i[0];
                if (pad_q) act_o <= PAD_WORD;
                else act_o <= read_data;
            end
        end else begin : gen_rotated
            reg [PIXEL_LANES*WORD_BITS-1:0] data_q;
            reg [ROTATE_WIDTH-1:0] rotate_q, rotate_q2;
            reg [PIXEL_LANES-1:0] pad_q, pad_q2;
            always @(posedge clk) begin
                data_q <= read_data;
                rotate_q <= rotate_i;
                rotate_q2 <= rotate_q;
                pad_q <= pad_i;
                pad_q2 <= pad_q;
            end
            for (lane = 0; lane < PIXEL_LANES; lane = lane + 1) begin : gen_lanes
                reg [WORD_BITS-1:0] selected;
                integer i;
                always @* begin
                    selected = {WORD_BITS{1'b0}};
                    for (i = 0; i < PIXEL_LANES; i = i + 1)
                        if (rotate_q2 == i[ROTATE_WIDTH-1:0])
                            selected = data_q[((i + lane) % PIXEL_LANES)*WORD_BITS +: WORD_BITS];
                end
                always @(posedge clk)
                    if (pad_q2[lane]) act_o[lane*WORD_BITS +: WORD_BITS] <= PAD_WORD;
                    else act_o[lane*WORD_BITS +: WORD_BITS] <= selected;
            end
        end
    endgenerate

endmodule

`default_nettype wire
