// nn_factor_product: registered product of two two's complement numbers.
//
//   A_WIDTH, B_WIDTH  bits of the numbers
//   WIDTH             bits of the product, modulo 2^WIDTH
//   LATENCY           cycles, 2 or more: operands are registered, the product is, and what is left passes
`default_nettype none

module nn_factor_product #(
    parameter A_WIDTH = 8,
    parameter B_WIDTH = 4,
    parameter WIDTH = 12,
    parameter LATENCY = 3
) (
    input  wire               clk,
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output wire [WIDTH-1:0]   product_o
);

    localparam FULL = (A_WIDTH + B_WIDTH > WIDTH) ? A_WIDTH + B_WIDTH : WIDTH;

    reg signed [A_WIDTH-1:0] a_q;
    reg signed [B_WIDTH-1:0] b_q;
    wire signed [FULL-1:0] a = {{FULL-A_WIDTH{a_q[A_WIDTH-1]}}, a_q};
    wire signed [FULL-1:0] b = {{FULL-B_WIDTH{b_q[B_WIDTH-1]}}, b_q};
    wire signed [FULL-1:0] product = a * b;
    reg [WIDTH-1:0] product_q;
    always @(posedge clk) begin
        a_q <= a_i;
        b_q <= b_i;
        product_q <= product[WIDTH-1:0];
    end
    generate
        if (FULL > WIDTH) begin : gen_high
            wire unused_high = |product[FULL-1:WIDTH];
        end
    endgenerate
    nn_delay #(.WIDTH(WIDTH), .DEPTH(LATENCY - 2)) u_delay (
        .clk(clk), .rst(1'b0), .data_i(product_q), .data_o(product_o)
    );

endmodule

`default_nettype wire
