// nn_dsp_pair: activation times two packed weights, added to the slice before: one DSP48E1 of a chain.
//
//   sum_o = (FIRST ? 2^(FIELD-1) : cascade_i) + act_i * (high_i * 2^FIELD + low_i)
//
//   FIRST           1: begins a chain with one half of the low field, which keeps the low sum above zero; 0: adds to cascade_i
//   ACT_WIDTH       bits of the activation, at most 17 unsigned or 18 signed
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   WEIGHT_WIDTH    bits of a weight, two's complement; WEIGHT_WIDTH + FIELD is at most 25
//   FIELD           place of the high weight; the packed weights must be a number of 25 bits
//   XC7_PRIMITIVES  1: DSP48E1 instance; 0: behavioural
//
// Latency: 4 cycles from the operands to sum_o, all in the block's own registers; cascade_i is added in the last one.
// cascade_o is the same sum on the block's wire to the next one of its column.
// Where lanes select, the roles change: act_i is a weight, and low_i and high_i are the activations of two pixels.
`default_nettype none

module nn_dsp_pair #(
    parameter FIRST = 1,
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter WEIGHT_WIDTH = 4,
    parameter FIELD = 17,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                    clk,
    input  wire [ACT_WIDTH-1:0]    act_i,
    input  wire [WEIGHT_WIDTH-1:0] low_i,
    input  wire [WEIGHT_WIDTH-1:0] high_i,
    input  wire [47:0]             cascade_i,
    output wire [47:0]             sum_o,
    output wire [47:0]             cascade_o
);

    localparam [47:0] HALF = 48'd1 << (FIELD - 1);
    localparam [6:0] OPMODE = (FIRST != 0) ? 7'b0110101 : 7'b0010101; // product + C, product + PCIN

    wire [24:0] low = {{25-WEIGHT_WIDTH{low_i[WEIGHT_WIDTH-1]}}, low_i};
    wire [24:0] high = {{25-WEIGHT_WIDTH{high_i[WEIGHT_WIDTH-1]}}, high_i} << FIELD;
    wire [17:0] act = {{18-ACT_WIDTH{(ACT_SIGNED != 0) & act_i[ACT_WIDTH-1]}}, act_i};

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            DSP48E1 #(
                .ACASCREG(1), .ADREG(1), .ALUMODEREG(0), .AREG(1), .BCASCREG(2), .BREG(2), .CARRYINREG(0), .CARRYINSELREG(0),
                .CREG(1), .DREG(1), .INMODEREG(0), .MREG(1), .OPMODEREG(0), .PREG(1),
                .A_INPUT("DIRECT"), .B_INPUT("DIRECT"), .USE_DPORT("TRUE"), .USE_MULT("MULTIPLY"), .USE_SIMD("ONE48"),
                .AUTORESET_PATDET("NO_RESET"), .USE_PATTERN_DETECT("NO_PATDET"), .SEL_MASK("MASK"), .SEL_PATTERN("PATTERN"),
                .MASK(48'h3FFFFFFFFFFF), .PATTERN(48'h000000000000)
            ) u_dsp (
                .CLK(clk),
                .A({{5{high[24]}}, high}), .B(act), .C(HALF), .D(low), .P(sum_o),
                .INMODE(5'b00100), .OPMODE(OPMODE), .ALUMODE(4'b0000), .CARRYIN(1'b0), .CARRYINSEL(3'b000),
                .CEA1(1'b0), .CEA2(1'b1), .CEAD(1'b1), .CEALUMODE(1'b0), .CEB1(1'b1), .CEB2(1'b1), .CEC(1'b1), .CECARRYIN(1'b0),
                .CECTRL(1'b0), .CED(1'b1), .CEINMODE(1'b0), .CEM(1'b1), .CEP(1'b1),
                .RSTA(1'b0), .RSTALLCARRYIN(1'b0), .RSTALUMODE(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTCTRL(1'b0), .RSTD(1'b0),
                .RSTINMODE(1'b0), .RSTM(1'b0), .RSTP(1'b0),
                .ACIN(30'd0), .BCIN(18'd0), .PCIN(cascade_i), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0), .PCOUT(cascade_o),
                /* verilator lint_off PINCONNECTEMPTY */
                .ACOUT(), .BCOUT(), .CARRYCASCOUT(), .CARRYOUT(), .MULTSIGNOUT(), .OVERFLOW(), .PATTERNBDETECT(),
                .PATTERNDETECT(), .UNDERFLOW()
                /* verilator lint_on PINCONNECTEMPTY */
            );
        end else begin : gen_behavioural
            reg signed [24:0] low_q, high_q, weights_q;
            reg signed [17:0] act_q, act_q2;
            reg signed [42:0] product_q;
            reg [47:0] sum_q;
            always @(posedge clk) begin
                low_q <= low;
                high_q <= high;
                weights_q <= high_q + low_q;
                act_q <= act;
                act_q2 <= act_q;
                product_q <= weights_q * act_q2;
                sum_q <= {{5{product_q[42]}}, product_q} + ((FIRST != 0) ? HALF : cascade_i);
            end
            wire unused = &{1'b0, cascade_i, OPMODE};
            assign sum_o = sum_q;
            assign cascade_o = sum_q;
        end
    endgenerate

endmodule

`default_nettype wire
