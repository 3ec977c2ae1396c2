// Functional models of the 7-series cells that a mapped netlist is made of, written from UG474 (slices) and UG953 (libraries guide).
// Vector ports are given bit by bit (S0 for S[0]): the netlist is a netlist of bits, and a simulator sees no loops where there are none.
// DSP48E1 is not here: its model comes with Yosys (sim/cell_models.ts).
/* verilator tracing_off */
/* verilator lint_off DECLFILENAME */
/* verilator lint_off WIDTH */
`default_nettype none

module INV (input wire I, output wire O);
    assign O = ~I;
endmodule

module LUT1 #(parameter [1:0] INIT = 2'd0) (input wire I0, output wire O);
    assign O = INIT >> I0;
endmodule

module LUT2 #(parameter [3:0] INIT = 4'd0) (input wire I0, I1, output wire O);
    assign O = INIT >> {I1, I0};
endmodule

module LUT3 #(parameter [7:0] INIT = 8'd0) (input wire I0, I1, I2, output wire O);
    assign O = INIT >> {I2, I1, I0};
endmodule

module LUT4 #(parameter [15:0] INIT = 16'd0) (input wire I0, I1, I2, I3, output wire O);
    assign O = INIT >> {I3, I2, I1, I0};
endmodule

module LUT5 #(parameter [31:0] INIT = 32'd0) (input wire I0, I1, I2, I3, I4, output wire O);
    assign O = INIT >> {I4, I3, I2, I1, I0};
endmodule

module LUT6 #(parameter [63:0] INIT = 64'd0) (input wire I0, I1, I2, I3, I4, I5, output wire O);
    assign O = INIT >> {I5, I4, I3, I2, I1, I0};
endmodule

// O5 is the lower half of the table whatever I5 is.
module LUT6_2 #(parameter [63:0] INIT = 64'd0) (input wire I0, I1, I2, I3, I4, I5, output wire O6, O5);
    assign O6 = INIT >> {I5, I4, I3, I2, I1, I0};
    assign O5 = INIT[31:0] >> {I4, I3, I2, I1, I0};
endmodule

module MUXF7 (input wire I0, I1, S, output wire O);
    assign O = S ? I1 : I0;
endmodule

module MUXF8 (input wire I0, I1, S, output wire O);
    assign O = S ? I1 : I0;
endmodule

module CARRY4 (
    input wire CI, CYINIT, DI0, DI1, DI2, DI3, S0, S1, S2, S3,
    output wire O0, O1, O2, O3, CO0, CO1, CO2, CO3
);
    wire carry = CI | CYINIT; // one of them is 0
    assign CO0 = S0 ? carry : DI0;
    assign CO1 = S1 ? CO0 : DI1;
    assign CO2 = S2 ? CO1 : DI2;
    assign CO3 = S3 ? CO2 : DI3;
    assign O0 = S0 ^ carry;
    assign O1 = S1 ^ CO0;
    assign O2 = S2 ^ CO1;
    assign O3 = S3 ^ CO2;
endmodule

module FDRE #(parameter [0:0] INIT = 1'b0, IS_C_INVERTED = 1'b0, IS_D_INVERTED = 1'b0, IS_R_INVERTED = 1'b0) (
    input wire C, CE, D, R, output reg Q
);
    initial Q = INIT;
    wire clock = C ^ IS_C_INVERTED;
    always @(posedge clock)
        if (R ^ IS_R_INVERTED) Q <= 1'b0;
        else if (CE) Q <= D ^ IS_D_INVERTED;
endmodule

module FDSE #(parameter [0:0] INIT = 1'b1, IS_C_INVERTED = 1'b0, IS_D_INVERTED = 1'b0, IS_S_INVERTED = 1'b0) (
    input wire C, CE, D, S, output reg Q
);
    initial Q = INIT;
    wire clock = C ^ IS_C_INVERTED;
    always @(posedge clock)
        if (S ^ IS_S_INVERTED) Q <= 1'b1;
        else if (CE) Q <= D ^ IS_D_INVERTED;
endmodule

module SRL16E #(parameter [15:0] INIT = 16'd0, parameter [0:0] IS_CLK_INVERTED = 1'b0) (
    input wire A0, A1, A2, A3, CE, CLK, D, output wire Q
);
    reg [15:0] line;
    initial line = INIT;
    wire clock = CLK ^ IS_CLK_INVERTED;
    always @(posedge clock) if (CE) line <= {line[14:0], D};
    assign Q = line >> {A3, A2, A1, A0};
endmodule

module SRLC32E #(parameter [31:0] INIT = 32'd0, parameter [0:0] IS_CLK_INVERTED = 1'b0) (
    input wire A0, A1, A2, A3, A4, CE, CLK, D, output wire Q, Q31
);
    reg [31:0] line;
    initial line = INIT;
    wire clock = CLK ^ IS_CLK_INVERTED;
    always @(posedge clock) if (CE) line <= {line[30:0], D};
    assign Q = line >> {A4, A3, A2, A1, A0};
    assign Q31 = line[31];
endmodule

`default_nettype wire
/* verilator lint_on WIDTH */
/* verilator lint_on DECLFILENAME */
/* verilator tracing_on */
