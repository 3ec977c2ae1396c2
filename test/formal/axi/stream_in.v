// The slave nn_input_writer: what it reports of TLAST, whatever comes and whenever.
module stream_in (
    input wire clk, tvalid, tlast, enable, row_free,
    input wire [7:0] tdata
);
    localparam [3:0] FRAME = 4'd6; // two rows of three beats
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire rst = ~begun;

    wire tready, row_done, frame_done, early, missing;
    wire write_bank, write_column;
    wire [3:0] write_address;
    wire [7:0] write_data;
    nn_input_writer #(
        .ELEMENTS(1), .ELEMENT_BITS(8), .ACT_BITS(8), .COLUMNS(1), .LAST_COLUMNS(1), .GROUP_WORDS(1), .PIXEL_WORDS(1), .STRIDE(1), .BANKS(1),
        .ROW_BEATS(3), .MAP_HEIGHT(2), .RING_WORDS(9), .ROW_WORDS(3), .ADDRESS_WIDTH(4)
    ) u_dut (
        .clk(clk), .rst(rst), .s_axis_tdata(tdata), .s_axis_tvalid(tvalid), .s_axis_tready(tready), .s_axis_tlast(tlast),
        .enable_i(enable), .row_free_i(row_free), .row_done_o(row_done), .frame_done_o(frame_done), .last_early_o(early), .last_missing_o(missing),
        .write_bank_o(write_bank), .write_column_o(write_column), .write_address_o(write_address), .write_data_o(write_data)
    );

    reg [3:0] beat;
    reg [1:0] is_early, is_missing;
    wire last = beat == FRAME - 4'd1;
    always @(posedge clk)
        if (rst) begin
            beat <= 4'd0;
            is_early <= 2'b00;
            is_missing <= 2'b00;
        end else begin
            if (tvalid & tready) beat <= last ? 4'd0 : beat + 4'd1;
            is_early <= {is_early[0], tvalid & tready & tlast & ~last};
            is_missing <= {is_missing[0], tvalid & tready & ~tlast & last};
        end

    // Each wrong TLAST once, two cycles after its beat; nothing is taken that is not wanted.
    always @* if (begun) begin
        assert (early == is_early[1] && missing == is_missing[1]);
        if (!enable) assert (!tready);
    end
endmodule
