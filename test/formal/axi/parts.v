// nn_stream_width, whatever comes and whenever: elements are numbered as they are sent, TLAST stands with the last of a frame and no other.
module parts (
    input wire clk, valid, ready, reset_again
);
    localparam ELEMENT = 5; // bits of a number; more elements than the run has cycles, twice
    localparam [ELEMENT-1:0] IN = `IN, OUT = `OUT, FRAME = 8;
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire rst = ~begun | reset_again;

    reg [ELEMENT-1:0] sent, taken;
    reg stood_in;
    wire in_ready, out_valid, out_last;
    wire in_valid = valid | stood_in;
    wire [`IN*ELEMENT-1:0] in_data;
    wire [`OUT*ELEMENT-1:0] out_data, out_wanted;
    genvar i;
    generate
        for (i = 0; i < `IN; i = i + 1) assign in_data[i*ELEMENT +: ELEMENT] = sent + i;
        for (i = 0; i < `OUT; i = i + 1) assign out_wanted[i*ELEMENT +: ELEMENT] = taken + i;
    endgenerate
    wire in_last = ((sent + IN) & (FRAME - 5'd1)) == 5'd0;
    nn_stream_width #(.ELEMENT_BITS(ELEMENT), .IN_ELEMENTS(`IN), .OUT_ELEMENTS(`OUT)) u_dut (
        .clk(clk), .rst(rst), .s_axis_tdata(in_data), .s_axis_tvalid(in_valid), .s_axis_tready(in_ready), .s_axis_tlast(in_last),
        .m_axis_tdata(out_data), .m_axis_tvalid(out_valid), .m_axis_tready(ready), .m_axis_tlast(out_last)
    );

    reg after_reset, stood;
    initial after_reset = 1'b0;
    always @(posedge clk) begin
        after_reset <= ~rst;
        stood_in <= ~rst & in_valid & ~in_ready;
        stood <= ~rst & out_valid & ~ready;
        if (rst) begin
            sent <= {ELEMENT{1'b0}};
            taken <= {ELEMENT{1'b0}};
        end else begin
            if (in_valid & in_ready) sent <= sent + IN;
            if (out_valid & ready) taken <= taken + OUT;
        end
    end

    always @* if (after_reset) begin
        if (out_valid) assert (out_data == out_wanted && out_last == (((taken + OUT) & (FRAME - 5'd1)) == 5'd0));
        if (out_valid) assert (sent - taken >= OUT && sent - taken < 5'd24);
        if (stood) assert (out_valid);
    end
endmodule
