// nn_lane_bpot: activation times 0, +-1, +-2 or +-4; the group's exponent follows behind the group's adder tree.
//
//   term_o = m == 0 ? 0 : negative ? ~(act_i << (m - 1)) : act_i << (m - 1)        ~v is -v - 1; the bias makes up for the -1
//
//   ACT_WIDTH       bits of the activation
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   WIDTH           bits of term_o: ACT_WIDTH + 2, and one more for the sign if the activation is unsigned
//   XC7_PRIMITIVES  1: LUT6_2 instances; 0: behavioural
//
// code_i is {sign, m}; a zero has sign 0. Latency: 1 cycle, one LUT per bit.
`default_nettype none

module nn_lane_bpot #(
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter WIDTH = 11,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                 clk,
    input  wire [ACT_WIDTH-1:0] act_i,
    input  wire [2:0]           code_i,
    output wire [WIDTH-1:0]     term_o
);

    nn_shift_three #(
        .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .ZERO_FIRST(1), .WIDTH(WIDTH), .XC7_PRIMITIVES(XC7_PRIMITIVES)
    ) u_shift (
        .clk(clk), .select_i(code_i[1:0]), .negative_i(code_i[2]), .in_i(act_i), .term_o(term_o)
    );

endmodule

`default_nettype wire
