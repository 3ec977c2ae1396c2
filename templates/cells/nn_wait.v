// nn_wait: keeps a finished sum until those of slower lanes are there.
//
//   WIDTH  bits
//   HOLD   1: a register takes the sum with done_i, which comes again no earlier than DEPTH cycles later; 0: a delay line
//   DEPTH  cycles that the sum waits, 0 or more; 0 is a wire
//
// Latency: HOLD 1: from the cycle after done_i until the next one; HOLD 0: DEPTH cycles.
`default_nettype none

module nn_wait #(
    parameter WIDTH = 24,
    parameter HOLD = 1,
    parameter DEPTH = 1
) (
    input  wire             clk,
    input  wire             done_i,
    input  wire [WIDTH-1:0] sum_i,
    output wire [WIDTH-1:0] sum_o
);

    generate
        if (HOLD != 0 && DEPTH > 0) begin : gen_hold
            reg [WIDTH-1:0] held_q;
            always @(posedge clk)
                if (done_i) held_q <= sum_i;
            assign sum_o = held_q;
        end else begin : gen_delay
            wire unused = done_i;
            nn_delay #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_delay (
                .clk(clk), .rst(1'b0), .data_i(sum_i), .data_o(sum_o)
            );
        end
    endgenerate

endmodule

`default_nettype wire
