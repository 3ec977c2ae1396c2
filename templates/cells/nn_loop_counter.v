// nn_loop_counter: one loop of a layer program; its number of rounds is read when a round of the loop around it begins.
//
//   WIDTH   bits of the number of rounds, less one
//
// load_i begins with the first round; step_i goes on to the next, after the last one to the first. last_o: this is the last round; from a register.
`default_nettype none

module nn_loop_counter #(
    parameter WIDTH = 4
) (
    input  wire             clk,
    input  wire             load_i,
    input  wire             step_i,
    input  wire [WIDTH-1:0] rounds_i, // less one
    output wire             last_o
);

    localparam [255:0] C_ONE = 256'd1;

    reg [WIDTH-1:0] left_q;
    reg last_q;
    always @(posedge clk)
        if (load_i | (step_i & last_q)) begin
            left_q <= rounds_i;
            last_q <= (rounds_i == {WIDTH{1'b0}});
        end else if (step_i) begin
            left_q <= left_q - C_ONE[WIDTH-1:0];
            last_q <= (left_q == C_ONE[WIDTH-1:0]);
        end
    assign last_o = last_q;

endmodule

`default_nettype wire
