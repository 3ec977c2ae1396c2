// Ports of the 7-series primitives that the cells instantiate, for lint only.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDSIGNAL */
/* verilator lint_off UNUSEDPARAM */
`default_nettype none
module LUT2 #(parameter [3:0] INIT = 4'h0) (output wire O, input wire I0, I1);
    assign O = 1'b0;
endmodule
module LUT3 #(parameter [7:0] INIT = 8'h0) (output wire O, input wire I0, I1, I2);
    assign O = 1'b0;
endmodule
module LUT6_2 #(parameter [63:0] INIT = 64'h0) (output wire O6, O5, input wire I0, I1, I2, I3, I4, I5);
    assign O6 = 1'b0;
    assign O5 = 1'b0;
endmodule
module FDRE #(parameter INIT = 1'b0) (output wire Q, input wire C, CE, R, D);
    assign Q = 1'b0;
endmodule
module CARRY4 (output wire [3:0] CO, O, input wire CI, CYINIT, input wire [3:0] DI, S);
    assign CO = 4'h0;
    assign O = 4'h0;
endmodule
module DSP48E1 #(
    parameter integer ACASCREG = 1, ADREG = 1, ALUMODEREG = 1, AREG = 1, BCASCREG = 1, BREG = 1, CARRYINREG = 1, CARRYINSELREG = 1,
    parameter integer CREG = 1, DREG = 1, INMODEREG = 1, MREG = 1, OPMODEREG = 1, PREG = 1,
    parameter A_INPUT = "DIRECT", parameter B_INPUT = "DIRECT", parameter USE_DPORT = "FALSE", parameter USE_MULT = "MULTIPLY",
    parameter USE_SIMD = "ONE48", parameter AUTORESET_PATDET = "NO_RESET", parameter USE_PATTERN_DETECT = "NO_PATDET",
    parameter SEL_MASK = "MASK", parameter SEL_PATTERN = "PATTERN", parameter [47:0] MASK = 48'h0, parameter [47:0] PATTERN = 48'h0
) (
    input wire CLK, input wire [29:0] A, input wire [17:0] B, input wire [47:0] C, input wire [24:0] D, output wire [47:0] P,
    input wire [4:0] INMODE, input wire [6:0] OPMODE, input wire [3:0] ALUMODE, input wire CARRYIN, input wire [2:0] CARRYINSEL,
    input wire CEA1, CEA2, CEAD, CEALUMODE, CEB1, CEB2, CEC, CECARRYIN, CECTRL, CED, CEINMODE, CEM, CEP,
    input wire RSTA, RSTALLCARRYIN, RSTALUMODE, RSTB, RSTC, RSTCTRL, RSTD, RSTINMODE, RSTM, RSTP,
    input wire [29:0] ACIN, input wire [17:0] BCIN, input wire [47:0] PCIN, input wire CARRYCASCIN, MULTSIGNIN,
    output wire [29:0] ACOUT, output wire [17:0] BCOUT, output wire [47:0] PCOUT, output wire CARRYCASCOUT, output wire [3:0] CARRYOUT,
    output wire MULTSIGNOUT, OVERFLOW, PATTERNBDETECT, PATTERNDETECT, UNDERFLOW
);
    assign P = 48'h0;
    assign ACOUT = 30'h0;
    assign BCOUT = 18'h0;
    assign PCOUT = 48'h0;
    assign CARRYOUT = 4'h0;
    assign {CARRYCASCOUT, MULTSIGNOUT, OVERFLOW, PATTERNBDETECT, PATTERNDETECT, UNDERFLOW} = 6'h0;
endmodule
`default_nettype wire
module SRL16E #(parameter [15:0] INIT = 16'h0) (output wire Q, input wire A0, A1, A2, A3, CE, CLK, D);
    assign Q = 1'b0;
endmodule
module SRLC32E #(parameter [31:0] INIT = 32'h0) (output wire Q, Q31, input wire [4:0] A, input wire CE, CLK, D);
    assign Q = 1'b0;
    assign Q31 = 1'b0;
endmodule
