// nn_lane_uniform_lut: one radix-4 digit of a uniform weight times the activation; a weight of B bits has ceil(B / 2) of them.
//
//   digit = bits_i[0] + bits_i[1] - 2 * bits_i[2] = 0, +-1, +-2
//   term_o = digit < 0 ? ~(act_i * |digit|) : act_i * digit        ~v is -v - 1; the bias makes up for the -1
//
//   ACT_WIDTH       bits of the activation
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   MAX_SHIFT       1: all digits; 0: never +-2 (the top digit of an odd number of bits)
//   WIDTH           bits of term_o: ACT_WIDTH + MAX_SHIFT, and one more for the sign if the activation is unsigned
//   XC7_PRIMITIVES  1: LUT6_2 instances; 0: behavioural
//
// bits_i are weight bits 2j+1, 2j and 2j-1 of digit j (Booth recoding); bit -1 is 0. Latency: 1 cycle, two LUT levels, two bits per LUT.
`default_nettype none

module nn_lane_uniform_lut #(
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter MAX_SHIFT = 1,
    parameter WIDTH = 10,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                 clk,
    input  wire [ACT_WIDTH-1:0] act_i,
    input  wire [2:0]           bits_i,
    output wire [WIDTH-1:0]     term_o
);

    localparam OUT = ACT_WIDTH + MAX_SHIFT;
    // Without a shift the step goes beyond its operand and is never taken.
    localparam STEP = (MAX_SHIFT == 0) ? ACT_WIDTH : 1;

    wire zero, two;
    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Over bits_i: O5 is zero (all equal), O6 is two (the lower two equal, the highest not).
            LUT6_2 #(.INIT({32'h00000018, 32'h00000081})) u_recode (
                .O6(two), .O5(zero), .I0(bits_i[0]), .I1(bits_i[1]), .I2(bits_i[2]), .I3(1'b0), .I4(1'b0), .I5(1'b1)
            );
        end else begin : gen_behavioural
            assign zero = (bits_i == 3'b000) | (bits_i == 3'b111);
            assign two = (bits_i == 3'b011) | (bits_i == 3'b100);
        end
    endgenerate

    // -1 * 0 gives no inverted term: zero clears the sign too.
    wire [OUT-1:0] product;
    nn_shift_step #(
        .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .STEP(STEP), .OUT_WIDTH(OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
    ) u_step (
        .clk(clk), .clear_i(zero), .shift_i((MAX_SHIFT != 0) & two), .invert_i(bits_i[2]), .in_i(act_i), .out_o(product)
    );

    generate
        if (WIDTH > OUT) begin : gen_sign
            reg negative_q;
            always @(posedge clk)
                if (zero) negative_q <= 1'b0;
                else negative_q <= bits_i[2];
            assign term_o = {{WIDTH-OUT{negative_q}}, product};
        end else begin : gen_no_sign
            assign term_o = product;
        end
    endgenerate

endmodule

`default_nettype wire
