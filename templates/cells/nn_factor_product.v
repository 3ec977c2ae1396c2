// nn_factor_product: registered product of two two's complement numbers.
//
//   A_WIDTH, B_WIDTH  bits of the numbers
//   WIDTH             bits of the product, modulo 2^WIDTH
//   LATENCY           cycles, 3 or more: operands are registered, the product is, and what is left passes
//
// A product of fewer than 9 bits is made in LUTs, for which a DSP48E1 would be too much: it has a cycle for the products with each half of b_i and one for their sum.
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

    localparam LEAST_DSP = 9;
    localparam FULL = (A_WIDTH + B_WIDTH > WIDTH) ? A_WIDTH + B_WIDTH : WIDTH;
    localparam LOW = B_WIDTH / 2;

    reg signed [A_WIDTH-1:0] a_q;
    reg signed [B_WIDTH-1:0] b_q;
    always @(posedge clk) begin
        a_q <= a_i;
        b_q <= b_i;
    end
    wire signed [FULL-1:0] a = {{FULL-A_WIDTH{a_q[A_WIDTH-1]}}, a_q};
    reg [WIDTH-1:0] product_q;
    generate
        if (WIDTH < LEAST_DSP && B_WIDTH > 1) begin : gen_halves
            wire signed [FULL-1:0] b_low = {{FULL-LOW{1'b0}}, b_q[LOW-1:0]};
            wire signed [FULL-1:0] b_high = {{FULL-B_WIDTH+LOW{b_q[B_WIDTH-1]}}, b_q[B_WIDTH-1:LOW]};
            wire signed [FULL-1:0] low = a * b_low;
            wire signed [FULL-1:0] high = a * b_high;
            reg [WIDTH-1:0] low_q, high_q;
            always @(posedge clk) begin
                low_q <= low[WIDTH-1:0];
                high_q <= high[WIDTH-1:0];
                product_q <= low_q + (high_q << LOW);
            end
            if (FULL > WIDTH) begin : gen_cut
                wire unused_high = |{low[FULL-1:WIDTH], high[FULL-1:WIDTH]};
            end
            nn_delay #(.WIDTH(WIDTH), .DEPTH(LATENCY - 3)) u_delay (
                .clk(clk), .rst(1'b0), .data_i(product_q), .data_o(product_o)
            );
        end else begin : gen_whole
            wire signed [FULL-1:0] b = {{FULL-B_WIDTH{b_q[B_WIDTH-1]}}, b_q};
            wire signed [FULL-1:0] product = a * b;
            always @(posedge clk) product_q <= product[WIDTH-1:0];
            if (FULL > WIDTH) begin : gen_cut
                wire unused_high = |product[FULL-1:WIDTH];
            end
            nn_delay #(.WIDTH(WIDTH), .DEPTH(LATENCY - 2)) u_delay (
                .clk(clk), .rst(1'b0), .data_i(product_q), .data_o(product_o)
            );
        end
    endgenerate

endmodule

`default_nettype wire
