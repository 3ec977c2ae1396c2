// nn_weighted_sum: (a - zero point of a) * multiplier of a + (b - zero point of b) * multiplier of b, for the addition of two maps.
//
//   BITS               bits of an activation, without sign
//   MULTIPLIER_WIDTH   bits of the multipliers, without sign
//   SUM_WIDTH          bits of the sum, at least BITS + MULTIPLIER_WIDTH + 2
//
// Latency: 3 cycles, one pair per cycle, no stall. Zero points and multipliers stay while activations are on their way.
`default_nettype none

module nn_weighted_sum #(
    parameter BITS = 8,
    parameter MULTIPLIER_WIDTH = 16,
    parameter SUM_WIDTH = 26
) (
    input  wire                        clk,
    input  wire [BITS-1:0]             a_i,
    input  wire [BITS-1:0]             b_i,
    input  wire [BITS-1:0]             a_zero_i,
    input  wire [BITS-1:0]             b_zero_i,
    input  wire [MULTIPLIER_WIDTH-1:0] a_multiplier_i,
    input  wire [MULTIPLIER_WIDTH-1:0] b_multiplier_i,
    output wire [SUM_WIDTH-1:0]        sum_o
);

    localparam PRODUCT_WIDTH = BITS + MULTIPLIER_WIDTH + 2;

    reg signed [BITS:0] a_q, b_q;
    reg signed [PRODUCT_WIDTH-1:0] a_product_q, b_product_q;
    reg signed [PRODUCT_WIDTH-1:0] sum_q;
    wire signed [MULTIPLIER_WIDTH:0] a_multiplier = {1'b0, a_multiplier_i};
    wire signed [MULTIPLIER_WIDTH:0] b_multiplier = {1'b0, b_multiplier_i};
    always @(posedge clk) begin
        a_q <= {1'b0, a_i} - {1'b0, a_zero_i};
        b_q <= {1'b0, b_i} - {1'b0, b_zero_i};
        a_product_q <= a_q * a_multiplier;
        b_product_q <= b_q * b_multiplier;
        sum_q <= a_product_q + b_product_q;
    end
    assign sum_o = {{(SUM_WIDTH-PRODUCT_WIDTH+1){sum_q[PRODUCT_WIDTH-1]}}, sum_q[PRODUCT_WIDTH-2:0]};

endmodule

`default_nettype wire
