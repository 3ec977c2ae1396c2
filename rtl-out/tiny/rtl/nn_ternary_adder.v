// nn_ternary_adder: registered sum of three two's complement numbers for the LUTs of a sum of two.
//
//   A_WIDTH, B_WIDTH, C_WIDTH  bits of the operands
//   A_SHIFT, B_SHIFT, C_SHIFT  left shift of each operand, by wiring
//   WIDTH                      bits of the sum, modulo 2^WIDTH; no operand reaches beyond it
//   XC7_PRIMITIVES             1: one LUT6_2 per bit and the carry chain; 0: the same sum, left to the tool
//
// Latency: 1 cycle. In each bit, a LUT6_2 compresses the operands to sum and majority; the majority goes one place up, where it is the
// carry chain's second operand. Places that only one operand reaches need no LUT.
`default_nettype none

module nn_ternary_adder #(
    parameter A_WIDTH = 8,
    parameter B_WIDTH = 8,
    parameter C_WIDTH = 8,
    parameter A_SHIFT = 0,
    parameter B_SHIFT = 0,
    parameter C_SHIFT = 0,
    parameter WIDTH = 10,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire               clk,
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    input  wire [C_WIDTH-1:0] c_i,
    output reg  [WIDTH-1:0]   sum_o
);

    wire [WIDTH-1:0] a = {{WIDTH-A_WIDTH-A_SHIFT{a_i[A_WIDTH-1]}}, a_i, {A_SHIFT{1'b0}}};
    wire [WIDTH-1:0] b = {{WIDTH-B_WIDTH-B_SHIFT{b_i[B_WIDTH-1]}}, b_i, {B_SHIFT{1'b0}}};
    wire [WIDTH-1:0] c = {{WIDTH-C_WIDTH-C_SHIFT{c_i[C_WIDTH-1]}}, c_i, {C_SHIFT{1'b0}}};
    wire [WIDTH-1:0] sum;

    always @(posedge clk) sum_o <= sum;

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Lowest place that two operands reach: the middle one of the three shifts.
            localparam LEAST_AB = (A_SHIFT < B_SHIFT) ? A_SHIFT : B_SHIFT;
            localparam MOST_AB = (A_SHIFT < B_SHIFT) ? B_SHIFT : A_SHIFT;
            localparam BASE = (C_SHIFT < LEAST_AB) ? LEAST_AB : (C_SHIFT < MOST_AB) ? C_SHIFT : MOST_AB;
            localparam BITS = WIDTH - BASE;

            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] PROPAGATE = I0 ^ I1 ^ I2 ^ I3;
            localparam [31:0] MAJORITY = (I0 & I1) | (I0 & I2) | (I1 & I2);

            wire [BITS-1:0] propagate;
            wire [BITS:0] majority;
            assign majority[0] = 1'b0;

            genvar i;
            for (i = 0; i < BITS; i = i + 1) begin : gen_bits
                LUT6_2 #(.INIT({PROPAGATE, MAJORITY})) u_compress (
                    .O6(propagate[i]), .O5(majority[i+1]),
                    .I0(a[BASE+i]), .I1(b[BASE+i]), .I2(c[BASE+i]), .I3(majority[i]), .I4(1'b0), .I5(1'b1)
                );
            end
            nn_carry_chain #(.WIDTH(BITS)) u_carry (
                .propagate_i(propagate), .generate_i(majority[BITS-1:0]), .carry_i(1'b0), .sum_o(sum[WIDTH-1:BASE])
            );
            if (BASE > 0) begin : gen_single
                assign sum[BASE-1:0] = a[BASE-1:0] | b[BASE-1:0] | c[BASE-1:0];
            end
            wire unused = majority[BITS];
        end else begin : gen_behavioural
            assign sum = a + b + c;
        end
    endgenerate

endmodule

`default_nettype wire
