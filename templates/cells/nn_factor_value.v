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
        end else begin : gen_signed
            wire negative = code_i[CODE_WIDTH-1];
            wire [CODE_WIDTH-2:0] magnitude = code_i[CODE_WIDTH-2:0];
            wire [WIDTH-1:0] size;
            if (KIND == 1) begin : gen_pot
                assign size = (&magnitude) ? {WIDTH{1'b0}} : {{WIDTH-1{1'b0}}, 1'b1} << magnitude;
            end else begin : gen_apot
                wire [3:0] high = (magnitude[2:1] == 2'd0) ? 4'd0 : 4'd1 << magnitude[2:1];
                wire [3:0] low = magnitude[0] ? (magnitude[2] ? 4'd2 : 4'd1) : 4'd0;
                wire [3:0] sum = high + low;
                assign size = {{WIDTH-4{1'b0}}, sum};
            end
            assign value_o = (size ^ {WIDTH{negative}}) + {{WIDTH-1{1'b0}}, negative};
        end
    endgenerate

endmodule

`default_nettype wire
