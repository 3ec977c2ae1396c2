// nn_power_coefficient: product of an output factor and a kernel factor, both powers of two, as nn_power_term takes it.
//
//   A_WIDTH, B_WIDTH  bits of the codes: sign, and a magnitude that is all ones for zero
//   HAS_KERNEL        0: b_i is ignored, the coefficient is a_i
//   GROUPS            groups of four exponents of the coefficient
//
// high_o is a thermometer of the exponent's group, all low for a coefficient of zero; low_o is the exponent within the group.
// Latency: 2 cycles.
`default_nettype none

module nn_power_coefficient #(
    parameter A_WIDTH = 4,
    parameter B_WIDTH = 4,
    parameter HAS_KERNEL = 1,
    parameter GROUPS = 2
) (
    input  wire               clk,
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output reg  [GROUPS-1:0]  high_o,
    output reg  [1:0]         low_o,
    output reg                negative_o
);

    localparam A_MAG = A_WIDTH - 1;
    localparam B_MAG = B_WIDTH - 1;
    localparam SUM_WIDTH = ((A_MAG > B_MAG) ? A_MAG : B_MAG) + 2;

    wire b_zero = (HAS_KERNEL != 0) & (&b_i[B_MAG-1:0]);
    wire [SUM_WIDTH-1:0] a = {{SUM_WIDTH-A_MAG{1'b0}}, a_i[A_MAG-1:0]};
    wire [SUM_WIDTH-1:0] b = (HAS_KERNEL != 0) ? {{SUM_WIDTH-B_MAG{1'b0}}, b_i[B_MAG-1:0]} : {SUM_WIDTH{1'b0}};
    reg [SUM_WIDTH-1:0] sum_q;
    reg zero_q, negative_q;
    always @(posedge clk) begin
        sum_q <= a + b;
        zero_q <= (&a_i[A_MAG-1:0]) | b_zero;
        negative_q <= a_i[A_MAG] ^ ((HAS_KERNEL != 0) & b_i[B_MAG]);
    end

    // Ones from the group on: shifted up by the group, nothing for zero.
    wire [GROUPS-1:0] from = {GROUPS{~zero_q}} << sum_q[SUM_WIDTH-1:2];
    always @(posedge clk) begin
        high_o <= from;
        low_o <= sum_q[1:0];
        negative_o <= negative_q;
    end

endmodule

`default_nettype wire
