// nn_counter: counts 0..COUNT-1 round and round, and says from a register when it stands at the last.
//
//   COUNT  values, 1 or more
//   WIDTH  clog2(COUNT), at least 1
//
// last_o is worked out one count ahead, so that counters can be chained without a comparison on the way from one to the next.
`default_nettype none

module nn_counter #(
    parameter COUNT = 4,
    parameter WIDTH = 2
) (
    input  wire             clk,
    input  wire             rst,
    input  wire             enable_i,
    output wire [WIDTH-1:0] count_o,
    output wire             last_o
);

    generate
        if (COUNT > 1) begin : gen_counter
            localparam [31:0] C_BEFORE_LAST = COUNT - 2;
            reg [WIDTH-1:0] count_q;
            reg last_q;
            always @(posedge clk)
                if (rst) begin
                    count_q <= {WIDTH{1'b0}};
                    last_q <= 1'b0;
                end else if (enable_i) begin
                    count_q <= last_q ? {WIDTH{1'b0}} : count_q + 1'b1;
                    last_q <= (count_q == C_BEFORE_LAST[WIDTH-1:0]) & ~last_q;
                end
            assign count_o = count_q;
            assign last_o = last_q;
        end else begin : gen_single
            wire unused = |{clk, rst, enable_i};
            assign count_o = {WIDTH{1'b0}};
            assign last_o = 1'b1;
        end
    endgenerate

endmodule

`default_nettype wire
