// nn_sum_queue: keeps the finished sums of the pixel tiles that take turns on an accumulator, until the drain asks for them one after the other.
//
//   WIDTH           bits of a sum
//   TURNS           sums, 2 to 32
//   XC7_PRIMITIVES  1: SRL16E or SRLC32E instances for three sums and more; 0: registers
//
//   if shift_i: sum_i moves in, and sum_o becomes the sum behind the one that it was
//
// The first of TURNS sums stands at sum_o in the cycle after the last one has moved in. No reset. Instances, and registers that are kept, because
// Yosys up to 0.67 makes shift registers without their enable of such a line (YosysHQ/yosys issue 6058).
`default_nettype none

module nn_sum_queue #(
    parameter WIDTH = 24,
    parameter TURNS = 2,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire             clk,
    input  wire             shift_i,
    input  wire [WIDTH-1:0] sum_i,
    output wire [WIDTH-1:0] sum_o
);

    generate
        if (XC7_PRIMITIVES != 0 && TURNS > 2) begin : gen_xc7
            localparam [31:0] C_LAST = TURNS - 1;
            genvar i;
            for (i = 0; i < WIDTH; i = i + 1) begin : gen_bits
                if (TURNS <= 16) begin : gen_short
                    SRL16E #(.INIT(16'h0000)) u_line (
                        .CLK(clk), .CE(shift_i), .D(sum_i[i]), .A0(C_LAST[0]), .A1(C_LAST[1]), .A2(C_LAST[2]), .A3(C_LAST[3]), .Q(sum_o[i])
                    );
                end else begin : gen_long
                    wire unused_q31;
                    SRLC32E #(.INIT(32'h00000000)) u_line (
                        .CLK(clk), .CE(shift_i), .D(sum_i[i]), .A(C_LAST[4:0]), .Q(sum_o[i]), .Q31(unused_q31)
                    );
                end
            end
        end else begin : gen_registers
            (* keep = "true" *) reg [TURNS*WIDTH-1:0] queue_q;
            always @(posedge clk)
                if (shift_i) queue_q <= {queue_q[(TURNS-1)*WIDTH-1:0], sum_i};
            assign sum_o = queue_q[TURNS*WIDTH-1 -: WIDTH];
        end
    endgenerate

endmodule

`default_nettype wire
