// nn_rebuild_residual: adds signed powers of two to some of the exact sums that leave the rank sums (docs/number_formats.md, "Reconstruction").
//
//   LANES          sums side by side
//   DIGITS         powers that a sum may get
//   CODE_WIDTH     bits of a power's code: sign, and a magnitude that is all ones for none
//   GAP_WIDTH      bits of a word's count of steps
//   WORDS          words of a round, 2 or more
//   ADDRESS_WIDTH  clog2(WORDS)
//   WIDTH          bits of a sum
//   XC7_PRIMITIVES 1: carry chains and registers of instances; 0: the same, left to the tool
//
// A word: the steps to let pass before it is used (lowest bits), then the codes of lane 0 (digit 0 first), of lane 1, and so on. Words are read one after the
// other, round and round, up to eight ahead, so that words for neighbouring steps are there in time.
// rst: the next step is the first of a round. enable_i: the memory may be read from here on until rst; eight cycles before the first step.
// step_i: the sums of a step stand on sums_i in the next cycle. A step a cycle, pauses of any length between.
// Latency: DIGITS cycles from sums_i to sums_o, 2 cycles from address_o to word_i.
`default_nettype none

module nn_rebuild_residual #(
    parameter LANES = 1,
    parameter DIGITS = 1,
    parameter CODE_WIDTH = 5,
    parameter GAP_WIDTH = 4,
    parameter WORDS = 16,
    parameter ADDRESS_WIDTH = 4,
    parameter WIDTH = 16,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                                         clk,
    input  wire                                         rst,
    input  wire                                         enable_i,
    // Memory of the words
    output wire [ADDRESS_WIDTH-1:0]                     address_o,
    input  wire [GAP_WIDTH+LANES*DIGITS*CODE_WIDTH-1:0] word_i,
    // Sums
    input  wire                                         step_i,
    input  wire [LANES*WIDTH-1:0]                       sums_i,
    output wire [LANES*WIDTH-1:0]                       sums_o
);

    localparam CODES = LANES * DIGITS * CODE_WIDTH;
    localparam [GAP_WIDTH-1:0] C_ONE = 1;
    localparam [GAP_WIDTH-1:0] C_NONE = 0;

    // ---------------------------------------------------------------- Words are asked for while fewer than eight are on their way or wait
    reg started_q;
    reg [3:0] held_q;
    reg [1:0] reading_q;
    wire ask = started_q & ~held_q[3];
    wire [GAP_WIDTH+CODES-1:0] next;
    wire next_valid, take, address_last, fifo_ready;
    wire [31:0] fifo_most;
    wire unused = |{address_last, fifo_ready, fifo_most};
    always @(posedge clk)
        if (rst) begin
            started_q <= 1'b0;
            held_q <= 4'd0;
            reading_q <= 2'd0;
        end else begin
            started_q <= started_q | enable_i;
            if (ask & ~take) held_q <= held_q + 4'd1;
            else if (take & ~ask) held_q <= held_q - 4'd1;
            reading_q <= {reading_q[0], ask};
        end
    nn_counter #(.COUNT(WORDS), .WIDTH(ADDRESS_WIDTH)) u_address_counter (
        .clk(clk), .rst(rst), .enable_i(ask), .count_o(address_o), .last_o(address_last)
    );
    nn_stream_fifo #(.WIDTH(GAP_WIDTH + CODES), .DEPTH(8), .BLOCK(0)) u_words (
        .clk(clk), .rst(rst), .data_i(word_i), .valid_i(reading_q[1]), .ready_o(fifo_ready),
        .data_o(next), .valid_o(next_valid), .ready_i(take), .most_o(fifo_most)
    );

    // ---------------------------------------------------------------- The present word and the steps before it; due_q: it is used with the next step
    reg present_q, due_q;
    reg [GAP_WIDTH-1:0] left_q;
    reg [CODES-1:0] codes_q;
    wire used = step_i & due_q;
    wire free = ~present_q | used;
    assign take = next_valid & free;
    always @(posedge clk)
        if (rst) begin
            present_q <= 1'b0;
            due_q <= 1'b0;
        end else begin
            if (free) present_q <= next_valid;
            if (free) due_q <= next_valid & (next[GAP_WIDTH-1:0] == C_NONE);
            else if (step_i) due_q <= (left_q == C_ONE);
        end
    always @(posedge clk) begin
        if (take) codes_q <= next[GAP_WIDTH +: CODES];
        if (take) left_q <= next[GAP_WIDTH-1:0];
        else if (step_i) left_q <= left_q - 1'b1;
    end

    // ---------------------------------------------------------------- A digit a stage; in steps without a word all codes say none
    genvar lane, digit;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lanes
            wire [(DIGITS+1)*WIDTH-1:0] stages;
            assign stages[WIDTH-1:0] = sums_i[lane*WIDTH +: WIDTH];
            assign sums_o[lane*WIDTH +: WIDTH] = stages[DIGITS*WIDTH +: WIDTH];
            for (digit = 0; digit < DIGITS; digit = digit + 1) begin : gen_digits
                wire [CODE_WIDTH-1:0] stored = codes_q[(lane*DIGITS + digit)*CODE_WIDTH +: CODE_WIDTH];
                wire [CODE_WIDTH-1:0] code;
                nn_pass #(.WIDTH(CODE_WIDTH), .DEPTH(digit + 1), .XC7_PRIMITIVES(XC7_PRIMITIVES)) u_code_pass (
                    .clk(clk), .data_i({stored[CODE_WIDTH-1], stored[CODE_WIDTH-2:0] | {CODE_WIDTH-1{~used}}}), .data_o(code)
                );
                nn_power_add #(.CODE_WIDTH(CODE_WIDTH), .WIDTH(WIDTH), .XC7_PRIMITIVES(XC7_PRIMITIVES)) u_add (
                    .clk(clk), .code_i(code), .number_i(stages[digit*WIDTH +: WIDTH]), .sum_o(stages[(digit+1)*WIDTH +: WIDTH])
                );
            end
        end
    endgenerate

endmodule

`default_nettype wire
