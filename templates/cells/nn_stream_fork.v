// nn_stream_fork: gives each word of a stream to several takers, each of which takes it when it is ready.
//
//   WIDTH     bits of a word: data with whatever goes with it, as TLAST
//   BRANCHES  takers, 2 or more
//
// Stream: a word per cycle if all take one; the next word is offered when all have taken this one. An offer stands until it is taken; no
// combinational path from one side to the other, nor from one taker to another. Latency: 1 cycle.
`default_nettype none

module nn_stream_fork #(
    parameter WIDTH = 9,
    parameter BRANCHES = 2
) (
    input  wire                clk,
    input  wire                rst,
    // Words in
    input  wire [WIDTH-1:0]    data_i,
    input  wire                valid_i,
    output wire                ready_o,
    // Words out: one word, a handshake for each taker
    output wire [WIDTH-1:0]    data_o,
    output wire [BRANCHES-1:0] valid_o,
    input  wire [BRANCHES-1:0] ready_i
);

    wire valid;
    reg [BRANCHES-1:0] taken_q; // the word that stands has gone there
    wire [BRANCHES-1:0] gone = taken_q | ready_i;
    wire all_gone = &gone;

    nn_stream_register #(.WIDTH(WIDTH)) u_word (
        .clk(clk), .rst(rst), .data_i(data_i), .valid_i(valid_i), .ready_o(ready_o), .data_o(data_o), .valid_o(valid), .ready_i(all_gone)
    );

    always @(posedge clk)
        if (rst) taken_q <= {BRANCHES{1'b0}};
        else if (valid) taken_q <= all_gone ? {BRANCHES{1'b0}} : gone;

    assign valid_o = {BRANCHES{valid}} & ~taken_q;

endmodule

`default_nettype wire
