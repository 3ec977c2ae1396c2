// nn_activation_buffer: ring of input rows in one bank for each pixel lane, with padding and lane alignment on the way out.
//
//   PIXEL_LANES    banks, and output pixels read at once; pixel lane p reads bank (rotate + p) mod PIXEL_LANES
//   COLUMNS        separately written parts of a word
//   COLUMN_BITS    bits of a part
//   DEPTH          words of a bank
//   ADDRESS_WIDTH  clog2(DEPTH), at least 1
//   ROTATE_WIDTH   bits of rotate_i
//   ROTATIONS, ROTATION_LIST   how many values rotate_i takes, and which, the first one lowest
//   ACT_BITS, ZERO_POINT  an activation, and the value that padding has
//   BLOCK          1: block RAM, 0: LUT RAM
//
// Latency: address to act_o is 2 cycles with one pixel lane, 3 with more (a register before the rotation), 4 with more than four rotations.
// rotate_i and pad_i belong to the address given in the same cycle.
`default_nettype none

module nn_activation_buffer #(
    parameter PIXEL_LANES = 1,
    parameter COLUMNS = 1,
    parameter COLUMN_BITS = 8,
    parameter DEPTH = 16,
    parameter ADDRESS_WIDTH = 4,
    parameter ROTATE_WIDTH = 1,
    parameter ROTATIONS = 1,
    parameter [ROTATIONS*ROTATE_WIDTH-1:0] ROTATION_LIST = {ROTATIONS*ROTATE_WIDTH{1'b0}},
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

    genvar lane, choice;
    generate
        if (PIXEL_LANES == 1) begin : gen_single
            // Padding is the synchronous set/reset of the output register, so it costs no logic.
            reg pad_q;
            wire unused = |{rotate_i, ROTATION_LIST};
            always @(posedge clk) begin
                pad_q <= pad_i[0];
                if (pad_q) act_o <= PAD_WORD;
                else act_o <= read_data;
            end
        end else begin : gen_rotated
            reg [PIXEL_LANES*WORD_BITS-1:0] data_q;
            reg [ROTATE_WIDTH-1:0] rotate_q;
            reg [PIXEL_LANES-1:0] pad_q, pad_q2;
            // What the lanes take: rotated words, and the padding of the same cycle
            wire [PIXEL_LANES*WORD_BITS-1:0] rotated;
            wire [PIXEL_LANES-1:0] pad;
            always @(posedge clk) begin
                data_q <= read_data;
                rotate_q <= rotate_i;
                pad_q <= pad_i;
                pad_q2 <= pad_q;
            end
            if (ROTATIONS <= 4) begin : gen_few
                // One of the few rotations that the kernel has, by its number: a 4:1 multiplexer at most, one LUT a bit.
                reg [1:0] number, number_q;
                integer r;
                always @* begin
                    number = 2'd0;
                    for (r = 1; r < ROTATIONS; r = r + 1)
                        if (rotate_q == ROTATION_LIST[r*ROTATE_WIDTH +: ROTATE_WIDTH]) number = r[1:0];
                end
                always @(posedge clk) number_q <= number;
                wire unused = |{rotate_q, number_q};
                assign pad = pad_q2;
                for (lane = 0; lane < PIXEL_LANES; lane = lane + 1) begin : gen_lanes
                    wire [WORD_BITS-1:0] words [0:3];
                    for (choice = 0; choice < 4; choice = choice + 1) begin : gen_choices
                        // Numbers beyond the list stand for the last of it.
                        localparam INDEX = (choice < ROTATIONS) ? choice : ROTATIONS - 1;
                        localparam [31:0] C_LIST = {{(32-ROTATE_WIDTH){1'b0}}, ROTATION_LIST[INDEX*ROTATE_WIDTH +: ROTATE_WIDTH]};
                        localparam SOURCE = (lane + C_LIST) % PIXEL_LANES;
                        assign words[choice] = data_q[SOURCE*WORD_BITS +: WORD_BITS];
                    end
                    assign rotated[lane*WORD_BITS +: WORD_BITS] = words[number_q];
                end
            end else begin : gen_many
                // By 0 to 3 banks, then by a multiple of four, a register behind each.
                localparam HIGH_WIDTH = ROTATE_WIDTH - 2;
                localparam FAR = 1 << HIGH_WIDTH;
                reg [ROTATE_WIDTH-1:0] rotate_q2;
                reg [HIGH_WIDTH-1:0] rotate_q3;
                reg [PIXEL_LANES-1:0] pad_q3;
                reg [PIXEL_LANES*WORD_BITS-1:0] turned_q;
                wire unused = |ROTATION_LIST;
                always @(posedge clk) begin
                    rotate_q2 <= rotate_q;
                    rotate_q3 <= rotate_q2[ROTATE_WIDTH-1:2];
                    pad_q3 <= pad_q2;
                end
                assign pad = pad_q3;
                for (lane = 0; lane < PIXEL_LANES; lane = lane + 1) begin : gen_lanes
                    wire [WORD_BITS-1:0] near [0:3];
                    wire [WORD_BITS-1:0] far [0:FAR-1];
                    for (choice = 0; choice < 4; choice = choice + 1) begin : gen_near
                        assign near[choice] = data_q[((lane + choice) % PIXEL_LANES)*WORD_BITS +: WORD_BITS];
                    end
                    for (choice = 0; choice < FAR; choice = choice + 1) begin : gen_far
                        assign far[choice] = turned_q[((lane + 4*choice) % PIXEL_LANES)*WORD_BITS +: WORD_BITS];
                    end
                    always @(posedge clk) turned_q[lane*WORD_BITS +: WORD_BITS] <= near[rotate_q2[1:0]];
                    assign rotated[lane*WORD_BITS +: WORD_BITS] = far[rotate_q3];
                end
            end
            for (lane = 0; lane < PIXEL_LANES; lane = lane + 1) begin : gen_outputs
                always @(posedge clk)
                    if (pad[lane]) act_o[lane*WORD_BITS +: WORD_BITS] <= PAD_WORD;
                    else act_o[lane*WORD_BITS +: WORD_BITS] <= rotated[lane*WORD_BITS +: WORD_BITS];
            end
        end
    endgenerate

endmodule

`default_nettype wire
