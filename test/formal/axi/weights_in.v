// The slave nn_weight_stream: what it reports of TLAST, and that it takes no more than there is room for.
module weights_in (
    input wire clk, tvalid, tlast, enable, released,
    input wire [63:0] tdata
);
    localparam [4:0] HALF = 5'd4, PASS = 5'd12; // two words of two beats in a half, three halves in a pass
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire rst = ~begun;

    wire tready, full, early, missing;
    wire [1:0] write_part, write_address;
    wire [63:0] write_data;
    nn_weight_stream #(.PARTS(2), .WORDS(2), .WORD_WIDTH(1), .HALVES(3)) u_dut (
        .clk(clk), .rst(rst),
        .s_axis_weight_tdata(tdata), .s_axis_weight_tvalid(tvalid), .s_axis_weight_tready(tready), .s_axis_weight_tlast(tlast),
        .enable_i(enable), .half_released_i(released), .half_full_o(full), .last_early_o(early), .last_missing_o(missing),
        .write_part_o(write_part), .write_address_o(write_address), .write_data_o(write_data)
    );

    reg [4:0] beat;
    reg [2:0] held; // halves that were filled and not released
    reg is_early, is_missing;
    wire last = beat == PASS - 5'd1;
    wire filled = tvalid & tready & (beat[1:0] == 2'd3);
    always @(posedge clk)
        if (rst) begin
            beat <= 5'd0;
            held <= 3'd0;
            is_early <= 1'b0;
            is_missing <= 1'b0;
        end else begin
            if (tvalid & tready) beat <= last ? 5'd0 : beat + 5'd1;
            held <= held + filled - released;
            is_early <= tvalid & tready & tlast & ~last;
            is_missing <= tvalid & tready & ~tlast & last;
        end
    always @* if (begun) assume (!(released && held == 3'd0));

    always @* if (begun) begin
        assert (early == is_early && missing == is_missing);
        assert (held <= 3'd2);
        if (!enable || held == 3'd2) assert (!tready);
    end
endmodule
