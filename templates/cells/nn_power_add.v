// nn_power_add: registered sum of a number and a signed power of two, or of none.
//
//   CODE_WIDTH      bits of the power's code, as of a pot weight: sign, and a magnitude that is all ones for none
//   WIDTH           bits of the number and of the sum, modulo 2^WIDTH
//   XC7_PRIMITIVES  1: one LUT per bit, of the code and the number's bit, and the carry chain (CODE_WIDTH up to 5); 0: the same sum, left to the tool
//
// Latency: 1 cycle.
`default_nettype none

module nn_power_add #(
    parameter CODE_WIDTH = 5,
    parameter WIDTH = 16,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                  clk,
    input  wire [CODE_WIDTH-1:0] code_i,
    input  wire [WIDTH-1:0]      number_i,
    output reg  [WIDTH-1:0]      sum_o
);

    wire [WIDTH-1:0] power, sum;

    nn_factor_value #(.KIND(1), .CODE_WIDTH(CODE_WIDTH), .WIDTH(WIDTH)) u_power (.code_i(code_i), .value_o(power));

    always @(posedge clk) sum_o <= sum;

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            nn_carry_chain #(.WIDTH(WIDTH)) u_carry (
                .propagate_i(number_i ^ power), .generate_i(number_i), .carry_i(1'b0), .sum_o(sum)
            );
        end else begin : gen_behavioural
            assign sum = number_i + power;
        end
    endgenerate

endmodule

`default_nettype wire
