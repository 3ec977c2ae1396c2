// nn_adder: registered sum of two two's complement numbers.
//
//   A_WIDTH, B_WIDTH  bits of the operands
//   A_SHIFT, B_SHIFT  left shift of each operand, by wiring
//   WIDTH             bits of the sum, modulo 2^WIDTH; no operand reaches beyond it
//   XC7_PRIMITIVES    1: one LUT per bit and the carry chain; 0: the same sum, left to the tool
//
// Latency: 1 cycle. Places that only one operand reaches need no LUT.
`default_nettype none

module nn_adder #(
    parameter A_WIDTH = 8,
    parameter B_WIDTH = 8,
    parameter A_SHIFT = 0,
    parameter B_SHIFT = 0,
    parameter WIDTH = 9,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire               clk,
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output reg  [WIDTH-1:0]   sum_o
);

    wire [WIDTH-1:0] a = {{WIDTH-A_WIDTH-A_SHIFT{a_i[A_WIDTH-1]}}, a_i, {A_SHIFT{1'b0}}};
    wire [WIDTH-1:0] b = {{WIDTH-B_WIDTH-B_SHIFT{b_i[B_WIDTH-1]}}, b_i, {B_SHIFT{1'b0}}};
    wire [WIDTH-1:0] sum;

    always @(posedge clk) sum_o <= sum;

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            localparam BASE = (A_SHIFT < B_SHIFT) ? B_SHIFT : A_SHIFT;
            localparam BITS = WIDTH - BASE;

            wire [BITS-1:0] propagate;
            genvar i;
            for (i = 0; i < BITS; i = i + 1) begin : gen_bits
                LUT2 #(.INIT(4'h6)) u_propagate (.O(propagate[i]), .I0(a[BASE+i]), .I1(b[BASE+i]));
            end
            nn_carry_chain #(.WIDTH(BITS)) u_carry (
                .propagate_i(propagate), .generate_i(a[WIDTH-1:BASE]), .carry_i(1'b0), .sum_o(sum[WIDTH-1:BASE])
            );
            if (BASE > 0) begin : gen_single
                assign sum[BASE-1:0] = a[BASE-1:0] | b[BASE-1:0];
            end
        end else begin : gen_behavioural
            assign sum = a + b;
        end
    endgenerate

endmodule

`default_nettype wire
