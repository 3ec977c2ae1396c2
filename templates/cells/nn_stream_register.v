// nn_stream_register: a register slice in a stream: two words, no combinational path from one side to the other.
//
//   WIDTH  bits of a word: data with whatever goes with it, as TLAST
//
// Stream: a word per cycle; an offer stands until it is taken. Latency: 1 cycle.
`default_nettype none

module nn_stream_register #(
    parameter WIDTH = 9
) (
    input  wire             clk,
    input  wire             rst,
    // Words in
    input  wire [WIDTH-1:0] data_i,
    input  wire             valid_i,
    output wire             ready_o,
    // Words out
    output wire [WIDTH-1:0] data_o,
    output wire             valid_o,
    input  wire             ready_i
);

    // The second word is held where the first one stands and another is on its way.
    reg [WIDTH-1:0] word_q, held_q;
    reg word_valid_q, held_valid_q;
    wire move = ~word_valid_q | ready_i;

    always @(posedge clk)
        if (rst) begin
            word_valid_q <= 1'b0;
            held_valid_q <= 1'b0;
        end else begin
            word_valid_q <= ~move | held_valid_q | valid_i;
            held_valid_q <= ~move & (held_valid_q | valid_i);
        end

    always @(posedge clk) begin
        if (move) word_q <= held_valid_q ? held_q : data_i;
        if (~held_valid_q) held_q <= data_i;
    end

    assign ready_o = ~held_valid_q;
    assign data_o = word_q;
    assign valid_o = word_valid_q;

endmodule

`default_nettype wire
