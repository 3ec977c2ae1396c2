// nn_control_registers: AXI4-Lite control, status, performance counters and memory loading; interrupt. docs/interfaces.md has the register map.
//
//   VERSION, LAYER_ID, PEAK_MACS   read-only identification values
//   SELECT_WIDTH                   bits of LOAD_SELECT: 4 name a memory of one layer, those above them the node of a network
//
// Two resets: bus_rst_i for the AXI4-Lite channels, rst for the rest. soft_reset_o asks for rst without bus_rst_i, so that the write that asks for
// it is answered.
// AXI4-Lite: one access at a time, 32 bit, response OKAY; a write needs address and data, in any order.
// Loading: load_valid_o is high for one cycle for each LOAD_DATA write, load_restart_o for each LOAD_ADDRESS write; load_data_o has the value.
`default_nettype none

module nn_control_registers #(
    parameter [31:0] VERSION = 32'd0,
    parameter [31:0] LAYER_ID = 32'd0,
    parameter [31:0] PEAK_MACS = 32'd0,
    parameter SELECT_WIDTH = 4
) (
    input  wire        clk,
    input  wire        rst,
    input  wire        bus_rst_i,
    output wire        soft_reset_o,
    // AXI4-Lite
    input  wire [7:0]  s_axil_awaddr,
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    output wire [1:0]  s_axil_bresp,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    input  wire [7:0]  s_axil_araddr,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    output wire        irq,
    // Engine control: frames may be taken in, computed
    output wire        input_enable_o,
    output wire        compute_enable_o,
    // Engine events
    input  wire        frame_accepted_i,
    input  wire        frame_computed_i,
    input  wire        frame_sent_i,
    input  wire        step_i,
    input  wire        wait_input_i,
    input  wire        wait_output_i,
    input  wire        wait_weight_i,
    input  wire        last_early_i,
    input  wire        last_missing_i,
    input  wire        weight_early_i,
    input  wire        weight_missing_i,
    // Memory loading
    output wire        load_valid_o,
    output wire [SELECT_WIDTH-1:0] load_select_o,
    output wire        load_restart_o,
    output wire [31:0] load_data_o
);

    // Write channel: address and data are held until both are there.
    reg aw_held_q, w_held_q, b_valid_q;
    reg [7:2] aw_q;
    reg [31:0] w_q;
    wire write = aw_held_q & w_held_q & ~b_valid_q;
    wire unused = |{s_axil_wstrb, s_axil_awaddr[1:0], s_axil_araddr[1:0]};

    assign s_axil_awready = ~aw_held_q;
    assign s_axil_wready = ~w_held_q;
    assign s_axil_bvalid = b_valid_q;
    assign s_axil_bresp = 2'b00;

    always @(posedge clk)
        if (bus_rst_i) begin
            aw_held_q <= 1'b0;
            w_held_q <= 1'b0;
            b_valid_q <= 1'b0;
        end else begin
            if (write) aw_held_q <= 1'b0;
            else if (s_axil_awvalid) aw_held_q <= 1'b1;
            if (write) w_held_q <= 1'b0;
            else if (s_axil_wvalid) w_held_q <= 1'b1;
            if (write) b_valid_q <= 1'b1;
            else if (s_axil_bready) b_valid_q <= 1'b0;
        end
    always @(posedge clk) begin
        if (s_axil_awready) aw_q <= s_axil_awaddr[7:2];
        if (s_axil_wready) w_q <= s_axil_wdata;
    end

    // The decoded write, one cycle later; w_q still holds its data then.
    reg write_ctrl_q, write_gie_q, write_ier_q, write_isr_q, write_frames_q, write_status_q, write_select_q, write_address_q, write_data_q, write_count_q;
    always @(posedge clk) begin
        write_ctrl_q <= write & ~bus_rst_i & (aw_q == 6'h00);
        write_gie_q <= write & ~bus_rst_i & (aw_q == 6'h01);
        write_ier_q <= write & ~bus_rst_i & (aw_q == 6'h02);
        write_isr_q <= write & ~bus_rst_i & (aw_q == 6'h03);
        write_frames_q <= write & ~bus_rst_i & (aw_q == 6'h04);
        write_status_q <= write & ~bus_rst_i & (aw_q == 6'h06);
        write_select_q <= write & ~bus_rst_i & (aw_q == 6'h10);
        write_address_q <= write & ~bus_rst_i & (aw_q == 6'h11);
        write_data_q <= write & ~bus_rst_i & (aw_q == 6'h12);
        write_count_q <= write & ~bus_rst_i & (aw_q == 6'h13);
    end
    assign soft_reset_o = write_ctrl_q & w_q[8];

    // Run control: a run takes in, computes and sends `frames` frames, each side counting for itself.
    reg busy_q, done_q, restart_q, gie_q, ier_q, isr_q, early_q, missing_q, weight_early_q, weight_missing_q, start_busy_q, load_short_q;
    reg [15:0] frames_q, to_accept_q, to_compute_q, to_send_q;
    reg one_frame_q; // frames_q is 1; start comes at least two cycles after a write to it
    always @(posedge clk) one_frame_q <= (frames_q == 16'd1);
    // Registered tests of the counters: the streams' ready and the run's end depend on them.
    reg accept_any_q, accept_one_q, compute_any_q, compute_one_q, send_any_q, send_one_q;
    wire read_ctrl;
    // Events are registered on their way in, and so is the start: every counter is one LUT away from registers.
    reg start_q, frame_computed_q, frame_sent_q, step_q, wait_input_q, wait_output_q, wait_weight_q;
    reg idle_q; // neither busy_q nor start_q, worked out a cycle ahead, for start_q drives all counters
    wire start = idle_q & ((write_ctrl_q & w_q[0]) | (restart_q & done_q));
    always @(posedge clk) begin
        start_q <= ~rst & start;
        frame_computed_q <= ~rst & frame_computed_i;
        frame_sent_q <= ~rst & frame_sent_i;
        step_q <= step_i;
        wait_input_q <= wait_input_i;
        wait_output_q <= wait_output_i;
        wait_weight_q <= wait_weight_i;
    end
    // A run ends when all its frames have been sent and taken in; strides may leave input rows that no output waits for.
    wire running = send_any_q | accept_any_q;
    wire finish = busy_q & ~running;
    always @(posedge clk) idle_q <= rst | ~(start | start_q | (busy_q & running));

    assign input_enable_o = accept_any_q;
    assign compute_enable_o = compute_any_q;
    assign irq = gie_q & isr_q;

    always @(posedge clk)
        if (rst) begin
            busy_q <= 1'b0;
            done_q <= 1'b0;
            restart_q <= 1'b0;
            frames_q <= 16'd1;
            to_accept_q <= 16'd0;
            to_compute_q <= 16'd0;
            to_send_q <= 16'd0;
            accept_any_q <= 1'b0;
            accept_one_q <= 1'b0;
            compute_any_q <= 1'b0;
            compute_one_q <= 1'b0;
            send_any_q <= 1'b0;
            send_one_q <= 1'b0;
        end else begin
            if (write_ctrl_q) restart_q <= w_q[7];
            if (write_frames_q) frames_q <= (w_q[15:0] == 16'd0) ? 16'd1 : w_q[15:0];
            if (start_q) begin
                busy_q <= 1'b1;
                to_accept_q <= frames_q;
                to_compute_q <= frames_q;
                to_send_q <= frames_q;
                accept_any_q <= 1'b1;
                accept_one_q <= one_frame_q;
                compute_any_q <= 1'b1;
                compute_one_q <= one_frame_q;
                send_any_q <= 1'b1;
                send_one_q <= one_frame_q;
            end else begin
                if (frame_accepted_i) begin
                    to_accept_q <= to_accept_q - 16'd1;
                    accept_any_q <= ~accept_one_q;
                    accept_one_q <= (to_accept_q == 16'd2);
                end
                if (frame_computed_q) begin
                    to_compute_q <= to_compute_q - 16'd1;
                    compute_any_q <= ~compute_one_q;
                    compute_one_q <= (to_compute_q == 16'd2);
                end
                if (frame_sent_q) begin
                    to_send_q <= to_send_q - 16'd1;
                    send_any_q <= ~send_one_q;
                    send_one_q <= (to_send_q == 16'd2);
                end
                if (finish) busy_q <= 1'b0;
            end
            done_q <= finish | (done_q & ~read_ctrl & ~start_q);
        end

    always @(posedge clk)
        if (rst) begin
            gie_q <= 1'b0;
            ier_q <= 1'b0;
            isr_q <= 1'b0;
            early_q <= 1'b0;
            missing_q <= 1'b0;
            weight_early_q <= 1'b0;
            weight_missing_q <= 1'b0;
            start_busy_q <= 1'b0;
            load_short_q <= 1'b0;
        end else begin
            if (write_gie_q) gie_q <= w_q[0];
            if (write_ier_q) ier_q <= w_q[0];
            if (finish & ier_q) isr_q <= 1'b1;
            else if (write_isr_q & w_q[0]) isr_q <= 1'b0;
            if (last_early_i) early_q <= 1'b1;
            else if (write_status_q & w_q[0]) early_q <= 1'b0;
            if (last_missing_i) missing_q <= 1'b1;
            else if (write_status_q & w_q[1]) missing_q <= 1'b0;
            if (weight_early_i) weight_early_q <= 1'b1;
            else if (write_status_q & w_q[2]) weight_early_q <= 1'b0;
            if (weight_missing_i) weight_missing_q <= 1'b1;
            else if (write_status_q & w_q[3]) weight_missing_q <= 1'b0;
            if (write_ctrl_q & w_q[0] & ~idle_q) start_busy_q <= 1'b1;
            else if (write_status_q & w_q[4]) start_busy_q <= 1'b0;
            if (start_q & load_any_q) load_short_q <= 1'b1;
            else if (write_status_q & w_q[5]) load_short_q <= 1'b0;
        end

    // Chunks that are still to be loaded, as announced. Not reset, like the contents of the memories: who was cut off can tell afterwards.
    reg [23:0] load_count_q;
    reg load_any_q;
    initial load_count_q = 24'd0;
    initial load_any_q = 1'b0;
    initial write_count_q = 1'b0; // what stands here at power-up must not be counted, or written to a memory
    initial write_data_q = 1'b0;
    always @(posedge clk) begin
        load_any_q <= (load_count_q != 24'd0); // two writes are at least two cycles apart
        if (write_count_q) load_count_q <= w_q[23:0];
        else if (write_data_q & load_any_q) load_count_q <= load_count_q - 24'd1;
    end

    // Performance counters of the last run. running is seen two cycles longer than the run lasts, one at its begin and one at its end.
    reg [31:0] cycles_q, active_cycles_q, wait_input_cycles_q, wait_output_cycles_q, wait_weight_cycles_q;
    reg [15:0] frames_done_q;
    reg clear_q, running_q;
    always @(posedge clk) begin
        clear_q <= rst | start_q;
        running_q <= running;
    end
    always @(posedge clk)
        if (clear_q) begin
            cycles_q <= 32'd0;
            active_cycles_q <= 32'd0;
            wait_input_cycles_q <= 32'd0;
            wait_output_cycles_q <= 32'd0;
            wait_weight_cycles_q <= 32'd0;
            frames_done_q <= 16'd0;
        end else begin
            if (running & running_q) cycles_q <= cycles_q + 32'd1;
            if (step_q) active_cycles_q <= active_cycles_q + 32'd1;
            if (wait_input_q) wait_input_cycles_q <= wait_input_cycles_q + 32'd1;
            if (wait_output_q) wait_output_cycles_q <= wait_output_cycles_q + 32'd1;
            if (wait_weight_q) wait_weight_cycles_q <= wait_weight_cycles_q + 32'd1;
            if (frame_sent_q) frames_done_q <= frames_done_q + 16'd1;
        end

    // Memory loading: data is handed on in the cycle of the write
    reg [SELECT_WIDTH-1:0] select_q;
    always @(posedge clk)
        if (rst) select_q <= {SELECT_WIDTH{1'b0}};
        else if (write_select_q) select_q <= w_q[SELECT_WIDTH-1:0];
    assign load_valid_o = write_data_q;
    assign load_restart_o = write_address_q;
    assign load_select_o = select_q;
    assign load_data_o = w_q;

    // Read channel
    reg r_valid_q;
    reg [31:0] r_q;
    wire read = s_axil_arvalid & s_axil_arready;
    assign s_axil_arready = ~r_valid_q;
    assign s_axil_rvalid = r_valid_q;
    assign s_axil_rdata = r_q;
    assign s_axil_rresp = 2'b00;
    assign read_ctrl = read & (s_axil_araddr[7:2] == 6'h00);

    always @(posedge clk)
        if (bus_rst_i) r_valid_q <= 1'b0;
        else if (read) r_valid_q <= 1'b1;
        else if (s_axil_rready) r_valid_q <= 1'b0;

    // Whatever address stands there is read until the handshake, which keeps arvalid off the enable of these registers.
    always @(posedge clk)
        if (s_axil_arready)
            case (s_axil_araddr[7:2])
                6'h00: r_q <= {24'd0, restart_q, 3'd0, idle_q, idle_q, done_q, 1'b0};
                6'h01: r_q <= {31'd0, gie_q};
                6'h02: r_q <= {31'd0, ier_q};
                6'h03: r_q <= {31'd0, isr_q};
                6'h04: r_q <= {16'd0, frames_q};
                6'h06: r_q <= {26'd0, load_short_q, start_busy_q, weight_missing_q, weight_early_q, missing_q, early_q};
                6'h08: r_q <= cycles_q;
                6'h09: r_q <= active_cycles_q;
                6'h0A: r_q <= wait_input_cycles_q;
                6'h0B: r_q <= wait_output_cycles_q;
                6'h0C: r_q <= {16'd0, frames_done_q};
                6'h0D: r_q <= wait_weight_cycles_q;
                6'h10: r_q <= {{(32-SELECT_WIDTH){1'b0}}, select_q};
                6'h13: r_q <= {8'd0, load_count_q};
                6'h14: r_q <= VERSION;
                6'h15: r_q <= LAYER_ID;
                6'h16: r_q <= PEAK_MACS;
                default: r_q <= 32'd0;
            endcase

endmodule

`default_nettype wire
