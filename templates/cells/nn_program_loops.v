// nn_program_loops: the six loops of an instruction and the addresses that follow from them; docs/units/program_loops.md.
//
//   for row, for column, for tile, for kernel row, for kernel column, for word       one step for each
//
// An address is the one before it plus a difference that belongs to the outermost loop that goes on, so that nothing is multiplied.
//
//   ADDRESS_WIDTH    bits of a map address
//   WEIGHT_WIDTH     bits of a weight address
//   WORD_WIDTH, KERNEL_WIDTH, TILE_WIDTH, SIDE_WIDTH   bits of the numbers of words, kernel rows and columns, tiles, rows and columns, each less one
//   PADDING          1: positions outside of the map are found, 0: there are none
//   POSITION_WIDTH   bits of a row or column of the map, two's complement
//
// Timing: start_i takes the instruction over; step_i, from the next cycle on, takes a step. tile_done_o and last_o tell of the step that is being taken;
// the step itself, its addresses and flags come two cycles later, so that only registers stand in front of the adders; outside_o one more.
`default_nettype none

module nn_program_loops #(
    parameter ADDRESS_WIDTH = 8,
    parameter WEIGHT_WIDTH = 8,
    parameter WORD_WIDTH = 4,
    parameter KERNEL_WIDTH = 2,
    parameter TILE_WIDTH = 4,
    parameter SIDE_WIDTH = 4,
    parameter PADDING = 1,
    parameter POSITION_WIDTH = 6
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire                      start_i,
    input  wire                      step_i,
    output wire                      tile_done_o,
    output wire                      last_o,
    // Rounds of each loop, less one
    input  wire [WORD_WIDTH-1:0]     words_i,
    input  wire [KERNEL_WIDTH-1:0]   kernel_columns_i,
    input  wire [KERNEL_WIDTH-1:0]   kernel_rows_i,
    input  wire [TILE_WIDTH-1:0]     tiles_i,
    input  wire [SIDE_WIDTH-1:0]     columns_i,
    input  wire [SIDE_WIDTH-1:0]     rows_i,
    // First address, and the difference when each loop goes on, modulo 2^ADDRESS_WIDTH
    input  wire [ADDRESS_WIDTH-1:0]  base_i,
    input  wire [ADDRESS_WIDTH-1:0]  word_step_i,
    input  wire [ADDRESS_WIDTH-1:0]  kernel_column_step_i,
    input  wire [ADDRESS_WIDTH-1:0]  kernel_row_step_i,
    input  wire [ADDRESS_WIDTH-1:0]  tile_step_i,
    input  wire [ADDRESS_WIDTH-1:0]  column_step_i,
    input  wire [ADDRESS_WIDTH-1:0]  row_step_i,
    // Weights: one word for each step, from the first one again at each pixel if restart_i
    input  wire [WEIGHT_WIDTH-1:0]   weight_base_i,
    input  wire                      restart_i,
    // Position of the kernel's corner and the map; only with PADDING
    input  wire [POSITION_WIDTH-1:0] left_i,
    input  wire [POSITION_WIDTH-1:0] top_i,
    input  wire [POSITION_WIDTH-1:0] stride_x_i,
    input  wire [POSITION_WIDTH-1:0] stride_y_i,
    input  wire [POSITION_WIDTH-1:0] width_i,
    input  wire [POSITION_WIDTH-1:0] height_i,
    // The step, two cycles later
    output wire                      step_o,
    output wire [ADDRESS_WIDTH-1:0]  address_o,
    output wire [WEIGHT_WIDTH-1:0]   weight_address_o,
    output wire                      first_o,
    output wire                      tile_last_o,
    output wire                      pixel_last_o,
    output wire                      op_last_o,
    output wire                      outside_o
);

    localparam [255:0] C_ONE = 256'd1;

    // ---------------------------------------------------------------- Loops
    wire last_word, last_kernel_column, last_kernel_row, last_tile, last_column, last_row;
    wire kernel_column_done = last_word;
    wire kernel_row_done = last_word & last_kernel_column;
    wire tile_done = kernel_row_done & last_kernel_row;
    wire pixel_done = tile_done & last_tile;
    wire row_done = pixel_done & last_column;

    nn_loop_counter #(.WIDTH(WORD_WIDTH)) u_word_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i), .rounds_i(words_i), .last_o(last_word)
    );
    nn_loop_counter #(.WIDTH(KERNEL_WIDTH)) u_kernel_column_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i & kernel_column_done), .rounds_i(kernel_columns_i), .last_o(last_kernel_column)
    );
    nn_loop_counter #(.WIDTH(KERNEL_WIDTH)) u_kernel_row_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i & kernel_row_done), .rounds_i(kernel_rows_i), .last_o(last_kernel_row)
    );
    nn_loop_counter #(.WIDTH(TILE_WIDTH)) u_tile_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i & tile_done), .rounds_i(tiles_i), .last_o(last_tile)
    );
    nn_loop_counter #(.WIDTH(SIDE_WIDTH)) u_column_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i & pixel_done), .rounds_i(columns_i), .last_o(last_column)
    );
    nn_loop_counter #(.WIDTH(SIDE_WIDTH)) u_row_counter (
        .clk(clk), .load_i(start_i), .step_i(step_i & row_done), .rounds_i(rows_i), .last_o(last_row)
    );

    // What the step ends, and which loop goes on behind it, one-hot
    reg step_q, tile_q, pixel_q, op_q;
    reg start_q, next_word_q, next_kernel_column_q, next_kernel_row_q, next_tile_q, next_column_q, next_row_q;
    always @(posedge clk) begin
        step_q <= ~rst & step_i;
        tile_q <= tile_done;
        pixel_q <= pixel_done;
        op_q <= row_done & last_row;
        start_q <= start_i;
        next_word_q <= step_i & ~kernel_column_done;
        next_kernel_column_q <= step_i & kernel_column_done & ~kernel_row_done;
        next_kernel_row_q <= step_i & kernel_row_done & ~tile_done;
        next_tile_q <= step_i & tile_done & ~pixel_done;
        next_column_q <= step_i & pixel_done & ~row_done;
        next_row_q <= step_i & row_done;
    end
    // A cycle later the difference stands before the adder, and the step is handed on.
    reg step_q2, first_q, tile_q2, pixel_q2, op_q2, start_q2;
    reg [ADDRESS_WIDTH-1:0] difference_q;
    wire [ADDRESS_WIDTH-1:0] inner_step =
        (word_step_i & {ADDRESS_WIDTH{next_word_q}}) | (kernel_column_step_i & {ADDRESS_WIDTH{next_kernel_column_q}})
        | (kernel_row_step_i & {ADDRESS_WIDTH{next_kernel_row_q}});
    wire [ADDRESS_WIDTH-1:0] outer_step =
        (tile_step_i & {ADDRESS_WIDTH{next_tile_q}}) | (column_step_i & {ADDRESS_WIDTH{next_column_q}}) | (row_step_i & {ADDRESS_WIDTH{next_row_q}});
    always @(posedge clk) begin
        step_q2 <= ~rst & step_q;
        tile_q2 <= tile_q;
        pixel_q2 <= pixel_q;
        op_q2 <= op_q;
        start_q2 <= start_q;
        difference_q <= inner_step | outer_step | (base_i & {ADDRESS_WIDTH{start_q}});
    end
    always @(posedge clk)
        if (start_q2) first_q <= 1'b1;
        else if (step_q2) first_q <= tile_q2;

    // ---------------------------------------------------------------- Addresses
    reg [ADDRESS_WIDTH-1:0] address_q;
    always @(posedge clk) address_q <= (address_q & {ADDRESS_WIDTH{~start_q2}}) + difference_q;

    reg [WEIGHT_WIDTH-1:0] weight_address_q;
    always @(posedge clk)
        if (start_q2 | (step_q2 & pixel_q2 & restart_i)) weight_address_q <= weight_base_i;
        else if (step_q2) weight_address_q <= weight_address_q + C_ONE[WEIGHT_WIDTH-1:0];

    // ---------------------------------------------------------------- Positions outside of the map
    generate
        if (PADDING != 0) begin : gen_padding
            reg [POSITION_WIDTH-1:0] corner_x_q, corner_y_q, x_q, y_q;
            reg outside_x_q, outside_y_q, outside_q;
            wire [POSITION_WIDTH-1:0] next_x = corner_x_q + stride_x_i;
            wire [POSITION_WIDTH-1:0] next_y = corner_y_q + stride_y_i;
            always @(posedge clk)
                if (start_q | next_row_q) begin
                    corner_x_q <= left_i;
                    x_q <= left_i;
                end else if (next_column_q) begin
                    corner_x_q <= next_x;
                    x_q <= next_x;
                end else if (next_tile_q | next_kernel_row_q) x_q <= corner_x_q;
                else if (next_kernel_column_q) x_q <= x_q + C_ONE[POSITION_WIDTH-1:0];
            always @(posedge clk)
                if (start_q) begin
                    corner_y_q <= top_i;
                    y_q <= top_i;
                end else if (next_row_q) begin
                    corner_y_q <= next_y;
                    y_q <= next_y;
                end else if (next_tile_q | next_column_q) y_q <= corner_y_q;
                else if (next_kernel_row_q) y_q <= y_q + C_ONE[POSITION_WIDTH-1:0];
            // Rows and columns before the first one are large numbers without sign.
            always @(posedge clk) begin
                outside_x_q <= (x_q >= width_i);
                outside_y_q <= (y_q >= height_i);
                outside_q <= outside_x_q | outside_y_q;
            end
            assign outside_o = outside_q;
        end else begin : gen_no_padding
            wire unused = |{left_i, top_i, stride_x_i, stride_y_i, width_i, height_i};
            assign outside_o = 1'b0;
        end
    endgenerate

    assign tile_done_o = tile_done;
    assign last_o = row_done & last_row;
    assign step_o = step_q2;
    assign address_o = address_q;
    assign weight_address_o = weight_address_q;
    assign first_o = first_q;
    assign tile_last_o = tile_q2;
    assign pixel_last_o = pixel_q2;
    assign op_last_o = op_q2;

endmodule

`default_nettype wire
