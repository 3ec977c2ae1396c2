// Rules of AXI4-Lite for nn_control_registers: whatever the engine does and whenever the master is ready.
module lite (
    input wire clk, reset_again, soft_reset,
    input wire [7:0] awaddr, araddr,
    input wire awvalid, wvalid, bready, arvalid, rready,
    input wire [31:0] wdata,
    input wire [3:0] wstrb,
    input wire [10:0] events
);
    reg begun;
    initial begun = 1'b0;
    always @(posedge clk) begun <= 1'b1;
    wire bus_rst = ~begun | reset_again;

    wire awready, wready, bvalid, arready, rvalid, irq, asks_reset, input_enable, compute_enable, load_valid, load_restart;
    wire [1:0] bresp, rresp;
    wire [31:0] rdata, load_data;
    wire [3:0] load_select;

    nn_control_registers #(.VERSION(32'h00010203), .LAYER_ID(32'h89ABCDEF), .PEAK_MACS(32'd16)) u_dut (
        .clk(clk), .rst(bus_rst | soft_reset), .bus_rst_i(bus_rst), .soft_reset_o(asks_reset),
        .s_axil_awaddr(awaddr), .s_axil_awvalid(awvalid), .s_axil_awready(awready),
        .s_axil_wdata(wdata), .s_axil_wstrb(wstrb), .s_axil_wvalid(wvalid), .s_axil_wready(wready),
        .s_axil_bresp(bresp), .s_axil_bvalid(bvalid), .s_axil_bready(bready),
        .s_axil_araddr(araddr), .s_axil_arvalid(arvalid), .s_axil_arready(arready),
        .s_axil_rdata(rdata), .s_axil_rresp(rresp), .s_axil_rvalid(rvalid), .s_axil_rready(rready),
        .irq(irq), .input_enable_o(input_enable), .compute_enable_o(compute_enable),
        .frame_accepted_i(events[0]), .frame_computed_i(events[1]), .frame_sent_i(events[2]), .step_i(events[3]),
        .wait_input_i(events[4]), .wait_output_i(events[5]), .wait_weight_i(events[6]),
        .last_early_i(events[7]), .last_missing_i(events[8]), .weight_early_i(events[9]), .weight_missing_i(events[10]),
        .load_valid_o(load_valid), .load_restart_o(load_restart), .load_select_o(load_select), .load_data_o(load_data)
    );

    // Requests that were taken and not yet answered.
    reg [2:0] addresses, data, reads;
    reg [31:0] taken;
    always @(posedge clk)
        if (bus_rst) begin
            addresses <= 3'd0;
            data <= 3'd0;
            reads <= 3'd0;
        end else begin
            addresses <= addresses + (awvalid & awready) - (bvalid & bready);
            data <= data + (wvalid & wready) - (bvalid & bready);
            reads <= reads + (arvalid & arready) - (rvalid & rready);
        end

    // The last cycle, and how long a whole request has been waiting for its answer.
    reg after_reset, b_stood, r_stood, b_before;
    reg [31:0] rdata_before;
    reg [1:0] b_age;
    initial after_reset = 1'b0;
    always @(posedge clk) begin
        after_reset <= ~bus_rst;
        b_stood <= bvalid & ~bready;
        r_stood <= rvalid & ~rready;
        b_before <= bvalid;
        rdata_before <= rdata;
        b_age <= (bus_rst | bvalid | addresses == 3'd0 | data == 3'd0) ? 2'd0 : b_age + 2'd1;
    end

    // What the counters of requests are, by the ports alone; induction rests on it.
    always @* if (after_reset) begin
        assert (addresses == {2'b0, ~awready} + {2'b0, bvalid});
        assert (data == {2'b0, ~wready} + {2'b0, bvalid});
        assert (reads == {2'b0, rvalid});
    end

    // No answer without a request; one for each.
    always @* if (after_reset) begin
        if (bvalid) assert (addresses != 3'd0 && data != 3'd0);
        if (rvalid) assert (reads == 3'd1 && !arready);
        assert (b_age < 2'd2);
    end

    // An answer stays as it is until it is taken, and is OKAY.
    always @* if (after_reset) begin
        if (b_stood) assert (bvalid);
        if (r_stood) assert (rvalid && rdata == rdata_before);
        assert (bresp == 2'b00 && rresp == 2'b00);
    end

    // A write takes effect once, with its answer.
    always @* if (after_reset) begin
        if (load_valid | load_restart | asks_reset) assert (bvalid && !b_stood);
    end
endmodule
