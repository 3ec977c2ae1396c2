// nn_stream_gate: lets frames of a run into a network, counts their beats and checks TLAST.
//
//   WIDTH  bits of a beat
//   BEATS  beats of a frame
//
// Stream: passes beats on without a register while enable_i is high, which may fall in the cycle after frame_done_o. Between two frames it is shut for a
// cycle. TLAST goes on as it is counted, whatever comes in.
// frame_done_o, last_early_o and last_missing_o are pulses in the cycle after the beat that they are about.
`default_nettype none

module nn_stream_gate #(
    parameter WIDTH = 8,
    parameter BEATS = 4
) (
    input  wire             clk,
    input  wire             rst,
    // Beats in
    input  wire [WIDTH-1:0] s_axis_tdata,
    input  wire             s_axis_tvalid,
    output wire             s_axis_tready,
    input  wire             s_axis_tlast,
    // Beats out
    output wire [WIDTH-1:0] m_axis_tdata,
    output wire             m_axis_tvalid,
    input  wire             m_axis_tready,
    output wire             m_axis_tlast,
    // Control
    input  wire             enable_i,
    output wire             frame_done_o,
    output reg              last_early_o,
    output reg              last_missing_o
);

    localparam COUNT_WIDTH = (BEATS > 1) ? $clog2(BEATS) : 1;

    reg frame_end_q;
    wire open = enable_i & ~frame_end_q;
    wire accept = s_axis_tvalid & s_axis_tready;
    wire [COUNT_WIDTH-1:0] beat;
    wire beat_last;
    wire unused_count = |beat;

    assign s_axis_tready = open & m_axis_tready;
    assign m_axis_tvalid = open & s_axis_tvalid;
    assign m_axis_tdata = s_axis_tdata;
    assign m_axis_tlast = beat_last;
    assign frame_done_o = frame_end_q;

    nn_counter #(.COUNT(BEATS), .WIDTH(COUNT_WIDTH)) u_beat_counter (
        .clk(clk), .rst(rst), .enable_i(accept), .count_o(beat), .last_o(beat_last)
    );

    always @(posedge clk) begin
        frame_end_q <= ~rst & accept & beat_last;
        last_early_o <= ~rst & accept & s_axis_tlast & ~beat_last;
        last_missing_o <= ~rst & accept & ~s_axis_tlast & beat_last;
    end

endmodule

`default_nettype wire
