// nn_factor_value: the integer that a factor's code stands for (docs/number_formats.md, "Weights").
//
//   KIND        0: two's complement, 1: pot, 2: apot
//   CODE_WIDTH  bits of the code
//   WIDTH       bits of the value: enough for both signs of the largest
//
// Combinational.
`default_nettype none

module nn_factor_value #(
    parameter KIND = 0,
    parameter CODE_WIDTH = 4,
    parameter WIDTH = 8
) (
    input  wire [CODE_WIDTH-1:0] code_i,
    output wire [WIDTH-1:0]      value_o
);

    generate
        if (KIND == 0) begin : gen_integer
            wire [WIDTH+CODE_WIDTH-1:0] extended = {{WIDTH{code_i[CODE_WIDTH-1]}}, code_i};
            wire unused = |extended[WIDTH+CODE_WIDTH-1:WIDTH];
            assign value_o = extended[WIDTH-1:0];
        end else if (KIND == 1) begin : gen_pot
            // Ones from the power on for a negative one: no carry, so each bit is a function of the code alone.
            wire [CODE_WIDTH-2:0] magnitude = code_i[CODE_WIDTH-2:0];
            wire [WIDTH-1:0] power = {{WIDTH-1{1'b0}}, 1'b1} << magnitude;
            wire [WIDTH-1:0] ones = {WIDTH{code_i[CODE_WIDTH-1]}} << magnitude;
            assign value_o = (&magnitude) ? {WIDTH{1'b0}} : power | ones;
        end else begin : gen_apot
            // A table: each bit is a function of the four bits of a code.
            reg signed [4:0] value;
            always @* case (code_i)
                4'd1: value = 5'sd1;
                4'd2: value = 5'sd2;
                4'd3: value = 5'sd3;
                4'd4: value = 5'sd4;
                4'd5: value = 5'sd6;
                4'd6: value = 5'sd8;
                4'd7: value = 5'sd10;
                4'd9: value = -5'sd1;
                4'd10: value = -5'sd2;
                4'd11: value = -5'sd3;
                4'd12: value = -5'sd4;
                4'd13: value = -5'sd6;
                4'd14: value = -5'sd8;
                4'd15: value = -5'sd10;
                default: value = 5'sd0;
            endcase
            wire [WIDTH+4:0] extended = {{WIDTH{value[4]}}, value};
            wire unused = |extended[WIDTH+4:WIDTH];
            assign value_o = extended[WIDTH-1:0];
        end
    endgenerate

endmodule

`default_nettype wire
