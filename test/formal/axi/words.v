// Cells that hand on words, whatever comes and whenever: words are numbered as they are sent, so that each taker must see the numbers in order.
module words (
    input wire clk, valid, reset_again,
    input wire [1:0] ready
);
    localparam COUNT = 4; // bits of a number; more words than the run has cycles
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire rst = ~begun | reset_again;

    reg [COUNT-1:0] sent, taken_0, taken_1;
    reg stood_in;
    wire taker_0, taker_1;
    wire in_ready, in_valid;
    wire [COUNT-1:0] data_0, data_1;
    assign in_valid = valid | stood_in;
`ifdef FIFO
    wire [31:0] most;
    nn_stream_fifo #(.WIDTH(COUNT), .DEPTH(`FIFO), .BLOCK(`BLOCK)) u_dut (
        .clk(clk), .rst(rst), .data_i(sent), .valid_i(in_valid), .ready_o(in_ready),
        .data_o(data_0), .valid_o(taker_0), .ready_i(ready[0]), .most_o(most)
    );
    assign taker_1 = 1'b0;
    assign data_1 = data_0;
`else
    nn_stream_fork #(.WIDTH(COUNT), .BRANCHES(2)) u_dut (
        .clk(clk), .rst(rst), .data_i(sent), .valid_i(in_valid), .ready_o(in_ready),
        .data_o(data_0), .valid_o({taker_1, taker_0}), .ready_i(ready)
    );
    assign data_1 = data_0;
`endif

    // An offer at the input stands; an offer at an output must.
    reg after_reset, stood_0, stood_1;
    reg [COUNT-1:0] data_before;
    reg [2:0] idle; // cycles in which words are there and nobody is offered one
    initial after_reset = 1'b0;
    always @(posedge clk) begin
        after_reset <= ~rst;
        stood_in <= ~rst & in_valid & ~in_ready;
        stood_0 <= ~rst & taker_0 & ~ready[0];
        stood_1 <= ~rst & taker_1 & ~ready[1];
        data_before <= data_0;
        if (rst) begin
            sent <= {COUNT{1'b0}};
            taken_0 <= {COUNT{1'b0}};
            taken_1 <= {COUNT{1'b0}};
            idle <= 3'd0;
        end else begin
            if (in_valid & in_ready) sent <= sent + 1'b1;
            if (taker_0 & ready[0]) taken_0 <= taken_0 + 1'b1;
            if (taker_1 & ready[1]) taken_1 <= taken_1 + 1'b1;
            idle <= (taker_0 | sent == taken_0) ? 3'd0 : idle + 3'd1;
        end
    end

    wire [COUNT-1:0] held = sent - taken_0;
    always @* if (after_reset) begin
        // Nothing is lost, doubled or out of order, and nothing is offered that has not come.
        if (taker_0) assert (data_0 == taken_0 && taken_0 != sent);
        if (taker_1) assert (data_1 == taken_1 && taken_1 != sent);
        if (stood_0) assert (taker_0 && data_0 == data_before);
        if (stood_1) assert (taker_1 && data_1 == data_before);
`ifdef FIFO
        // It holds as many words as it is deep, no more, and refuses none before; a word that waits is offered.
        assert (held <= `FIFO);
        if (held < `FIFO - 1 - `BLOCK) assert (in_ready);
        if (held == `FIFO) assert (!in_ready);
        assert (idle < 3'd3);
`else
        // No taker is more than a word ahead of another.
        assert (taken_0 - taken_1 == 0 || taken_0 - taken_1 == 1 || taken_1 - taken_0 == 1);
`endif
    end
endmodule
