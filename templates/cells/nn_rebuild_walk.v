// nn_rebuild_walk: walks over the factors of all weights of a layer, channel tile by channel tile, and gives the addresses of the factor memories.
//
//   RANK_STEPS     steps that sum up one sub-block: ranks over rank lanes
//   PERIOD         cycles of a sub-block, RANK_STEPS or more: its sums leave one after the other
//   INPUT_PARTS    sub-blocks of a weight word's input channels
//   GROUP_WORDS    words of a group's input channels
//   TAPS           kernel positions
//   OUTPUT_PARTS   sub-blocks of a tile's output channels
//   TILES, GROUPS  channel tiles of a group, groups of the convolution
//   BLOCK_PARTS    sub-blocks of output channels that share a block of factors
//   BLOCKS         blocks of a group
//   O_WIDTH, I_WIDTH, K_WIDTH, S_WIDTH   address bits of output, input and kernel factors and of recoding shifts
//
// Order: group, tile, output part, kernel position, word, input part, rank step. Output factors lie in the order of the output parts, those beyond a group's
// last channel included; input and kernel factors block by block, so that the word behind a block's last one is the next block's first.
// A tile begins while enable_i is high and a half of the weight memory is free, and does not stop; flush_i begins again with the first tile.
// step_o and the addresses stand in the same cycle, one behind the loops; first_o and last_o tell the ends of a sub-block's sum.
`default_nettype none

module nn_rebuild_walk #(
    parameter RANK_STEPS = 4,
    parameter PERIOD = 4,
    parameter INPUT_PARTS = 2,
    parameter GROUP_WORDS = 2,
    parameter TAPS = 9,
    parameter OUTPUT_PARTS = 2,
    parameter TILES = 2,
    parameter GROUPS = 1,
    parameter BLOCK_PARTS = 4,
    parameter BLOCKS = 1,
    parameter O_WIDTH = 4,
    parameter I_WIDTH = 4,
    parameter K_WIDTH = 4,
    parameter S_WIDTH = 4
) (
    input  wire               clk,
    input  wire               rst,
    input  wire               flush_i,
    input  wire               enable_i,
    input  wire               half_released_i,
    output wire               step_o,
    output wire               first_o,
    output wire               last_o,
    output wire [O_WIDTH-1:0] output_address_o,
    output wire [I_WIDTH-1:0] input_address_o,
    output wire [K_WIDTH-1:0] kernel_address_o,
    output wire [S_WIDTH-1:0] shift_address_o
);

    localparam P_WIDTH = (PERIOD > 1) ? $clog2(PERIOD) : 1;
    localparam IP_WIDTH = (INPUT_PARTS > 1) ? $clog2(INPUT_PARTS) : 1;
    localparam W_WIDTH = (GROUP_WORDS > 1) ? $clog2(GROUP_WORDS) : 1;
    localparam T_WIDTH = (TAPS > 1) ? $clog2(TAPS) : 1;
    localparam OP_WIDTH = (OUTPUT_PARTS > 1) ? $clog2(OUTPUT_PARTS) : 1;
    localparam C_WIDTH = (TILES > 1) ? $clog2(TILES) : 1;
    localparam G_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
    localparam BP_WIDTH = (BLOCK_PARTS > 1) ? $clog2(BLOCK_PARTS) : 1;
    localparam B_WIDTH = (BLOCKS > 1) ? $clog2(BLOCKS) : 1;
    localparam [31:0] C_LAST_STEP = RANK_STEPS - 1;

    wire restart = rst | flush_i;

    // ---------------------------------------------------------------- Halves that may be written, the present one included
    reg [1:0] free_q;
    reg free_any_q, in_tile_q;
    wire go = in_tile_q | (enable_i & free_any_q);
    wire tile_end;
    always @(posedge clk)
        if (restart) begin
            free_q <= 2'd2;
            free_any_q <= 1'b1;
            in_tile_q <= 1'b0;
        end else begin
            in_tile_q <= go & ~tile_end;
            if (tile_end & ~half_released_i) begin
                free_q <= free_q - 2'd1;
                free_any_q <= free_q[1];
            end else if (~tile_end & half_released_i) begin
                free_q <= free_q + 2'd1;
                free_any_q <= 1'b1;
            end
        end

    // ---------------------------------------------------------------- Loops
    wire [P_WIDTH-1:0] phase;
    wire [IP_WIDTH-1:0] input_part;
    wire [W_WIDTH-1:0] word;
    wire [T_WIDTH-1:0] tap;
    wire [OP_WIDTH-1:0] output_part;
    wire [C_WIDTH-1:0] tile;
    wire [G_WIDTH-1:0] group;
    wire [BP_WIDTH-1:0] block_part;
    wire [B_WIDTH-1:0] block;
    wire phase_last, input_last, word_last, tap_last, output_last, tile_last, group_last, block_part_last, block_last;

    wire part_end = go & phase_last;
    wire row_end = part_end & input_last & word_last; // all input channels of a kernel position
    wire kernel_end = row_end & tap_last; // all weights of an output part
    assign tile_end = kernel_end & output_last;
    wire group_end = tile_end & tile_last;
    wire pass_end = group_end & group_last;
    wire block_end = kernel_end & block_part_last & ~block_last;
    wire unused_counts = |{input_part, word, tap, output_part, tile, group, block_part, block};

    nn_counter #(.COUNT(PERIOD), .WIDTH(P_WIDTH)) u_phase_counter (
        .clk(clk), .rst(restart), .enable_i(go), .count_o(phase), .last_o(phase_last)
    );
    nn_counter #(.COUNT(INPUT_PARTS), .WIDTH(IP_WIDTH)) u_input_counter (
        .clk(clk), .rst(restart), .enable_i(part_end), .count_o(input_part), .last_o(input_last)
    );
    nn_counter #(.COUNT(GROUP_WORDS), .WIDTH(W_WIDTH)) u_word_counter (
        .clk(clk), .rst(restart), .enable_i(part_end & input_last), .count_o(word), .last_o(word_last)
    );
    nn_counter #(.COUNT(TAPS), .WIDTH(T_WIDTH)) u_tap_counter (
        .clk(clk), .rst(restart), .enable_i(row_end), .count_o(tap), .last_o(tap_last)
    );
    nn_counter #(.COUNT(OUTPUT_PARTS), .WIDTH(OP_WIDTH)) u_output_counter (
        .clk(clk), .rst(restart), .enable_i(kernel_end), .count_o(output_part), .last_o(output_last)
    );
    nn_counter #(.COUNT(TILES), .WIDTH(C_WIDTH)) u_tile_counter (
        .clk(clk), .rst(restart), .enable_i(tile_end), .count_o(tile), .last_o(tile_last)
    );
    nn_counter #(.COUNT(GROUPS), .WIDTH(G_WIDTH)) u_group_counter (
        .clk(clk), .rst(restart), .enable_i(group_end), .count_o(group), .last_o(group_last)
    );
    // Output parts beyond a group's last channel stay with the last block.
    nn_counter #(.COUNT(BLOCK_PARTS), .WIDTH(BP_WIDTH)) u_block_part_counter (
        .clk(clk), .rst(restart | group_end), .enable_i(kernel_end), .count_o(block_part), .last_o(block_part_last)
    );
    nn_counter #(.COUNT(BLOCKS), .WIDTH(B_WIDTH)) u_block_counter (
        .clk(clk), .rst(restart | group_end), .enable_i(block_end), .count_o(block), .last_o(block_last)
    );

    // ---------------------------------------------------------------- Steps within a sub-block: the first ones of its cycles
    wire step, step_last;
    generate
        if (PERIOD > RANK_STEPS) begin : gen_pause
            reg pause_q; // the sums of the sub-block before have not left yet
            assign step = go & ~pause_q;
            assign step_last = (phase == C_LAST_STEP[P_WIDTH-1:0]);
            always @(posedge clk)
                if (restart) pause_q <= 1'b0;
                else if (go) pause_q <= (pause_q | step_last) & ~phase_last;
        end else begin : gen_no_pause
            wire unused_phase = |{phase, C_LAST_STEP};
            assign step = go;
            assign step_last = phase_last;
        end
    endgenerate

    // ---------------------------------------------------------------- Addresses, a cycle behind the loops
    // A sub-block ends on the address of its last step; where it goes on from there is settled at its end, pauses included.
    reg step_q, step_last_q, first_q, part_end_q, row_end_q, kernel_end_q, block_over_q, pass_end_q;
    always @(posedge clk) begin
        step_q <= step & ~restart;
        step_last_q <= step_last;
        part_end_q <= part_end & ~restart;
        row_end_q <= row_end;
        kernel_end_q <= kernel_end;
        block_over_q <= block_end | group_end;
        pass_end_q <= pass_end & ~restart;
        if (restart) first_q <= 1'b1;
        else if (step_q) first_q <= step_last_q;
    end
    assign step_o = step_q;
    assign first_o = first_q;
    assign last_o = step_q & step_last_q;

    reg [O_WIDTH-1:0] output_q, output_first_q;
    reg [I_WIDTH-1:0] input_q, input_first_q;
    reg [K_WIDTH-1:0] kernel_q, kernel_tap_q, kernel_first_q;
    reg [S_WIDTH-1:0] shift_q;
    wire [O_WIDTH-1:0] output_next = output_q + 1'b1;
    wire [I_WIDTH-1:0] input_next = input_q + 1'b1;
    wire [K_WIDTH-1:0] kernel_next = kernel_q + 1'b1;

    always @(posedge clk)
        if (restart | pass_end_q) begin
            output_q <= {O_WIDTH{1'b0}};
            output_first_q <= {O_WIDTH{1'b0}};
            input_q <= {I_WIDTH{1'b0}};
            input_first_q <= {I_WIDTH{1'b0}};
            kernel_q <= {K_WIDTH{1'b0}};
            kernel_tap_q <= {K_WIDTH{1'b0}};
            kernel_first_q <= {K_WIDTH{1'b0}};
            shift_q <= {S_WIDTH{1'b0}};
        end else if (part_end_q) begin
            output_q <= kernel_end_q ? output_next : output_first_q;
            if (kernel_end_q) begin
                output_first_q <= output_next;
                shift_q <= shift_q + 1'b1;
            end
            input_q <= (row_end_q & ~block_over_q) ? input_first_q : input_next;
            if (block_over_q) input_first_q <= input_next;
            kernel_q <= (kernel_end_q & ~block_over_q) ? kernel_first_q : row_end_q ? kernel_next : kernel_tap_q;
            if (row_end_q) kernel_tap_q <= (kernel_end_q & ~block_over_q) ? kernel_first_q : kernel_next;
            if (block_over_q) kernel_first_q <= kernel_next;
        end else if (step_q & ~step_last_q) begin
            output_q <= output_next;
            input_q <= input_next;
            kernel_q <= kernel_next;
        end

    assign output_address_o = output_q;
    assign input_address_o = input_q;
    assign kernel_address_o = kernel_q;
    assign shift_address_o = shift_q;

endmodule

`default_nettype wire
