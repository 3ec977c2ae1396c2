// nn_power_pair: registered sum of two signed powers of two, decoded and added in the same LUT.
//
//   GROUPS          groups of four places of each number
//   SIGN            place from which on a number's bits are its sign, below 4 * GROUPS
//   WIDTH           bits of the sum, modulo 2^WIDTH
//   XC7_PRIMITIVES  1: one LUT6_2 per bit and the carry chain; 0: the same sum, left to the tool
//
// A number is what nn_power_term gives: its place 4h+n is reach[h] & (low[n] | ~group[h]).
// Latency: 1 cycle. Where reach of b is low, b is zero and O6 equals O5, which is what lets six inputs and two outputs share a LUT.
`default_nettype none

module nn_power_pair #(
    parameter GROUPS = 3,
    parameter SIGN = 10,
    parameter WIDTH = 12,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire              clk,
    input  wire [GROUPS-1:0] a_group_i,
    input  wire [GROUPS-1:0] a_reach_i,
    input  wire [3:0]        a_low_i,
    input  wire [GROUPS-1:0] b_group_i,
    input  wire [GROUPS-1:0] b_reach_i,
    input  wire [3:0]        b_low_i,
    output reg  [WIDTH-1:0]  sum_o
);

    wire [WIDTH-1:0] sum;
    always @(posedge clk) sum_o <= sum;

    wire unused = |{a_group_i, a_reach_i, a_low_i, b_group_i, b_reach_i, b_low_i};

    genvar i;
    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Truth tables over the LUT's inputs. O5 is a's bit; O6 is the same while I5 is low, and a's bit xor b's while it is high.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] A = I2 & (I1 | ~I0);
            localparam [31:0] B = I3 | ~I4;

            wire [WIDTH-1:0] propagate;
            wire [WIDTH-1:0] a;
            for (i = 0; i < WIDTH; i = i + 1) begin : gen_bits
                localparam PLACE = (i < SIGN) ? i : SIGN;
                LUT6_2 #(.INIT({A ^ B, A})) u_add (
                    .O6(propagate[i]), .O5(a[i]),
                    .I0(a_group_i[PLACE/4]), .I1(a_low_i[PLACE%4]), .I2(a_reach_i[PLACE/4]),
                    .I3(b_low_i[PLACE%4]), .I4(b_group_i[PLACE/4]), .I5(b_reach_i[PLACE/4])
                );
            end
            nn_carry_chain #(.WIDTH(WIDTH)) u_carry (
                .propagate_i(propagate), .generate_i(a), .carry_i(1'b0), .sum_o(sum)
            );
        end else begin : gen_behavioural
            wire [WIDTH-1:0] a, b;
            for (i = 0; i < WIDTH; i = i + 1) begin : gen_bits
                localparam PLACE = (i < SIGN) ? i : SIGN;
                assign a[i] = a_reach_i[PLACE/4] & (a_low_i[PLACE%4] | ~a_group_i[PLACE/4]);
                assign b[i] = b_reach_i[PLACE/4] & (b_low_i[PLACE%4] | ~b_group_i[PLACE/4]);
            end
            assign sum = a + b;
        end
    endgenerate

endmodule

`default_nettype wire
