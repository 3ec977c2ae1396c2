// Rules of AXI4-Stream for the master nn_output_buffer: whatever is written into it and whenever the slave is ready.
module stream_out (
    input wire clk, reset_again, valid, slot_done, tready,
    input wire [`BITS-1:0] vector,
    input wire [3:0] place
);
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire rst = ~begun | reset_again;

    wire [2*`BITS-1:0] tdata;
    wire tvalid, tlast, released, sent;
    nn_output_buffer #(
        .VECTOR_BITS(`BITS), .BEAT_VECTORS(2), .SLOTS(2), .SLOT_WIDTH(`SLOT_WIDTH), .SLOT_BEATS(`SLOT_BEATS), .LAST_BEATS(`LAST_BEATS),
        .END_SLOT_BEATS(`SLOT_BEATS), .END_LAST_BEATS(`LAST_BEATS), .ROW_TILES(2), .ROWS(2), .LAST_ROWS(2), .BLOCK(0)
    ) u_dut (
        .clk(clk), .rst(rst), .valid_i(valid), .place_i(place[`SLOT_WIDTH-1:0]), .vector_i(vector), .slot_done_i(slot_done),
        .slot_released_o(released), .frame_sent_o(sent),
        .m_axis_tdata(tdata), .m_axis_tvalid(tvalid), .m_axis_tready(tready), .m_axis_tlast(tlast)
    );

    reg after_reset, stood, last_before;
    reg [2*`BITS-1:0] data_before;
    initial after_reset = 1'b0;
    always @(posedge clk) begin
        after_reset <= ~rst;
        stood <= tvalid & ~tready;
        data_before <= tdata;
        last_before <= tlast;
    end

    // An offer stays as it is until it is taken; there is none after a reset.
    always @* begin
        if (after_reset & stood) assert (tvalid && tdata == data_before && tlast == last_before);
        if (begun & ~after_reset) assert (!tvalid);
    end
`ifdef FROM_RESET

    // Frames of two rows, a full slot and a last one in each. Not more slots than there are: the sequencer sees to that.
    localparam [5:0] FRAME = 2 * (`SLOT_BEATS + `LAST_BEATS);
    reg [5:0] beat;
    reg [2:0] full;
    reg [3:0] waiting;
    always @(posedge clk)
        if (rst) begin
            beat <= 6'd0;
            full <= 3'd0;
            waiting <= 4'd0;
        end else begin
            if (tvalid & tready) beat <= (beat == FRAME - 6'd1) ? 6'd0 : beat + 6'd1;
            full <= full + slot_done - released;
            waiting <= (tvalid | full == 3'd0) ? 4'd0 : waiting + 4'd1;
        end
    always @* if (begun) assume (!(slot_done && full >= 3'd2));

    // TLAST marks the last beat of a frame and no other; an offer comes without waiting for ready.
    always @* if (after_reset) begin
        if (tvalid) assert (tlast == (beat == FRAME - 6'd1));
        assert (waiting < 4'd4);
    end
`endif
endmodule
