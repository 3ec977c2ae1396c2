// nn_sum_turns: asks the queues of finished sums for the next ones, as often as the drain has handed on those of a turn.
//
//   TURNS   sums of a queue, 2 or more
//   PERIOD  cycles that the drain takes for the sums of a turn
//
// next_o: TURNS - 1 pulses, PERIOD, 2 * PERIOD, ... cycles after start_i. The next start_i comes after the last of them.
`default_nettype none

module nn_sum_turns #(
    parameter TURNS = 2,
    parameter PERIOD = 4
) (
    input  wire clk,
    input  wire rst,
    input  wire start_i,
    output wire next_o
);

    localparam PERIOD_WIDTH = (PERIOD > 1) ? $clog2(PERIOD) : 1;
    localparam TURN_WIDTH = (TURNS > 2) ? $clog2(TURNS - 1) : 1;

    wire [PERIOD_WIDTH-1:0] cycle;
    wire [TURN_WIDTH-1:0] turn;
    wire cycle_last, turn_last;
    wire unused_counts = |{cycle, turn};
    reg active_q;

    nn_counter #(.COUNT(PERIOD), .WIDTH(PERIOD_WIDTH)) u_cycle_counter (
        .clk(clk), .rst(rst), .enable_i(active_q), .count_o(cycle), .last_o(cycle_last)
    );
    nn_counter #(.COUNT(TURNS - 1), .WIDTH(TURN_WIDTH)) u_turn_counter (
        .clk(clk), .rst(rst), .enable_i(next_o), .count_o(turn), .last_o(turn_last)
    );
    always @(posedge clk)
        if (rst) active_q <= 1'b0;
        else if (start_i) active_q <= 1'b1;
        else if (next_o & turn_last) active_q <= 1'b0;

    assign next_o = active_q & cycle_last;

endmodule

`default_nettype wire
