// nn_lane_apot: activation times 0, +-1, 2, 3, 4, 6, 8 or 10, two powers of two added in the lane.
//
//   term_o = negative ? ~(act_i * (A + B)) : act_i * (A + B)        ~v is -v - 1; the bias makes up for the -1
//   A = {0, 2, 4, 8}[h],  B = b ? (h[1] ? 2 : 1) : 0
//
//   ACT_WIDTH       bits of the activation
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   WIDTH           bits of term_o: ACT_WIDTH + 4, and one more for the sign if the activation is unsigned
//   XC7_PRIMITIVES  1: LUT, LUT6_2 and CARRY4 instances; 0: behavioural
//
// code_i is {sign, h[1:0], b}; zero is all zeros. Latency: 2 cycles. A + B is (P + b) << h[1] with P = {0, 2, 2, 4}[h]: the adder's own LUTs
// choose P and mask by b; then one step doubles and inverts, two bits per LUT.
`default_nettype none

module nn_lane_apot #(
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter WIDTH = 13,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                 clk,
    input  wire [ACT_WIDTH-1:0] act_i,
    input  wire [3:0]           code_i,
    output wire [WIDTH-1:0]     term_o
);

    // act * (P + b) is at most 5 times the activation.
    localparam SUM_WIDTH = ACT_WIDTH + 3;
    localparam OUT = ACT_WIDTH + 4;

    // Stage 1: P times plus b times the activation
    wire sign = (ACT_SIGNED != 0) & act_i[ACT_WIDTH-1];
    wire [SUM_WIDTH-1:0] once = {{3{sign}}, act_i};
    wire [SUM_WIDTH-1:0] twice = {{2{sign}}, act_i, 1'b0};
    wire [SUM_WIDTH-1:0] fourfold = {sign, act_i, 2'b00};
    wire [SUM_WIDTH-1:0] sum;
    reg [SUM_WIDTH-1:0] sum_q;
    reg negative_q, double_q;
    always @(posedge clk) begin
        sum_q <= sum;
        negative_q <= code_i[3];
        double_q <= code_i[2];
    end

    genvar i;
    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Truth tables over the LUT's inputs. I5 is b: without it O6 is P's bit, and that is O5 in either case.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] P_BIT = ((I3 ^ I4) & I1) | (I3 & I4 & I2);
            // P is even: bit 0 has nothing to add.
            wire [SUM_WIDTH-1:1] propagate;
            wire [SUM_WIDTH-1:1] p;
            for (i = 1; i < SUM_WIDTH; i = i + 1) begin : gen_bits
                LUT6_2 #(.INIT({I0 ^ P_BIT, P_BIT})) u_add (
                    .O6(propagate[i]), .O5(p[i]),
                    .I0(once[i]), .I1(twice[i]), .I2(fourfold[i]), .I3(code_i[1]), .I4(code_i[2]), .I5(code_i[0])
                );
            end
            nn_carry_chain #(.WIDTH(SUM_WIDTH - 1)) u_carry (
                .propagate_i(propagate), .generate_i(p), .carry_i(1'b0), .sum_o(sum[SUM_WIDTH-1:1])
            );
            assign sum[0] = once[0] & code_i[0];
            wire unused = twice[0] | fourfold[0];
        end else begin : gen_behavioural
            assign sum = (code_i[0] ? once : {SUM_WIDTH{1'b0}})
                + ((code_i[2:1] == 2'd0) ? {SUM_WIDTH{1'b0}} : (code_i[2:1] == 2'd3) ? fourfold : twice);
        end
    endgenerate

    // Stage 2: double and invert
    wire [OUT-1:0] product;
    nn_shift_step #(
        .IN_WIDTH(SUM_WIDTH), .IN_SIGNED(ACT_SIGNED), .STEP(1), .OUT_WIDTH(OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
    ) u_step (
        .clk(clk), .clear_i(1'b0), .shift_i(double_q), .invert_i(negative_q), .in_i(sum_q), .out_o(product)
    );

    generate
        if (WIDTH > OUT) begin : gen_sign
            reg negative_q2;
            always @(posedge clk) negative_q2 <= negative_q;
            assign term_o = {{WIDTH-OUT{negative_q2}}, product};
        end else begin : gen_no_sign
            assign term_o = product;
        end
    endgenerate

endmodule

`default_nettype wire
