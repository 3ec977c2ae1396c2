// nn_lane_uniform_dsp: activation times a two's complement weight in exactly one DSP48E1, whatever the widths.
//
//   ACT_WIDTH       bits of the activation, at most 17 unsigned or 18 signed
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   WEIGHT_WIDTH    bits of the weight, at most 25
//   WIDTH           bits of term_o: ACT_WIDTH + WEIGHT_WIDTH
//   XC7_PRIMITIVES  1: DSP48E1 instance; 0: behavioural
//
// Latency: 2 cycles, the block's own M and P registers.
`default_nettype none

module nn_lane_uniform_dsp #(
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter WEIGHT_WIDTH = 8,
    parameter WIDTH = 16,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                    clk,
    input  wire [ACT_WIDTH-1:0]    act_i,
    input  wire [WEIGHT_WIDTH-1:0] code_i,
    output wire [WIDTH-1:0]        term_o
);

    wire sign = (ACT_SIGNED != 0) & act_i[ACT_WIDTH-1];

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            wire [47:0] product;
            DSP48E1 #(
                .ACASCREG(0), .ADREG(0), .ALUMODEREG(0), .AREG(0), .BCASCREG(0), .BREG(0), .CARRYINREG(0), .CARRYINSELREG(0),
                .CREG(0), .DREG(0), .INMODEREG(0), .MREG(1), .OPMODEREG(0), .PREG(1),
                .A_INPUT("DIRECT"), .B_INPUT("DIRECT"), .USE_DPORT("FALSE"), .USE_MULT("MULTIPLY"), .USE_SIMD("ONE48"),
                .AUTORESET_PATDET("NO_RESET"), .USE_PATTERN_DETECT("NO_PATDET"), .SEL_MASK("MASK"), .SEL_PATTERN("PATTERN"),
                .MASK(48'h3FFFFFFFFFFF), .PATTERN(48'h000000000000)
            ) u_dsp (
                .CLK(clk),
                .A({{30-WEIGHT_WIDTH{code_i[WEIGHT_WIDTH-1]}}, code_i}),
                .B({{18-ACT_WIDTH{sign}}, act_i}),
                .C(48'd0), .D(25'd0), .P(product),
                .INMODE(5'b00000), .OPMODE(7'b0000101), .ALUMODE(4'b0000), .CARRYIN(1'b0), .CARRYINSEL(3'b000),
                .CEA1(1'b0), .CEA2(1'b0), .CEAD(1'b0), .CEALUMODE(1'b0), .CEB1(1'b0), .CEB2(1'b0), .CEC(1'b0), .CECARRYIN(1'b0),
                .CECTRL(1'b0), .CED(1'b0), .CEINMODE(1'b0), .CEM(1'b1), .CEP(1'b1),
                .RSTA(1'b0), .RSTALLCARRYIN(1'b0), .RSTALUMODE(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTCTRL(1'b0), .RSTD(1'b0),
                .RSTINMODE(1'b0), .RSTM(1'b0), .RSTP(1'b0),
                .ACIN(30'd0), .BCIN(18'd0), .PCIN(48'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0),
                /* verilator lint_off PINCONNECTEMPTY */
                .ACOUT(), .BCOUT(), .PCOUT(), .CARRYCASCOUT(), .CARRYOUT(), .MULTSIGNOUT(), .OVERFLOW(), .PATTERNBDETECT(),
                .PATTERNDETECT(), .UNDERFLOW()
                /* verilator lint_on PINCONNECTEMPTY */
            );
            assign term_o = product[WIDTH-1:0];
            wire unused = &{1'b0, product};
        end else begin : gen_behavioural
            wire signed [WIDTH-1:0] act = {{WIDTH-ACT_WIDTH{sign}}, act_i};
            wire signed [WIDTH-1:0] weight = {{WIDTH-WEIGHT_WIDTH{code_i[WEIGHT_WIDTH-1]}}, code_i};
            reg signed [WIDTH-1:0] product_q, product_q2;
            always @(posedge clk) begin
                product_q <= act * weight;
                product_q2 <= product_q;
            end
            assign term_o = product_q2;
        end
    endgenerate

endmodule

`default_nettype wire
