// nn_max_pool: max pooling of a stream of pixels, first along the rows, then across them.
//
//   ELEMENT_BITS     bits of an element
//   ELEMENTS         elements of a beat
//   SIGNED           1: elements are two's complement
//   CHANNEL_BEATS    beats of a pixel
//   WIDTH, HEIGHT    pixels of a row, rows
//   KERNEL_H, KERNEL_W, STRIDE_H, STRIDE_W   windows, floor mode
//   PAD_TOP, PAD_LEFT, PAD_BOTTOM, PAD_RIGHT   smaller than the kernel; padding never wins
//   BLOCK            line buffer of partial maxima in 1: block RAM, 0: LUT RAM
//
// The line buffer has CHANNEL_BEATS words for each output pixel of a row, of a beat for each window that is open between two rows:
// ceil((KERNEL_H - 1) / STRIDE_H).
// Stream: row, column, channel; a beat per cycle, but for windows that end a whole stride or more behind the map's edge: those beats go out while
// none is taken. An offer stands until it is taken; no combinational path from one side to the other. TLAST of the input is not looked at.
// Latency: 6 cycles from the beat that completes an output, one more from 4 CHANNEL_BEATS, and one from rows of 4 beats.
`default_nettype none

module nn_max_pool #(
    parameter ELEMENT_BITS = 8,
    parameter ELEMENTS = 1,
    parameter SIGNED = 0,
    parameter CHANNEL_BEATS = 1,
    parameter WIDTH = 4,
    parameter HEIGHT = 4,
    parameter KERNEL_H = 2,
    parameter KERNEL_W = 2,
    parameter STRIDE_H = 2,
    parameter STRIDE_W = 2,
    parameter PAD_TOP = 0,
    parameter PAD_LEFT = 0,
    parameter PAD_BOTTOM = 0,
    parameter PAD_RIGHT = 0,
    parameter BLOCK = 0
) (
    input  wire                             clk,
    input  wire                             rst,
    // Pixels in
    input  wire [ELEMENTS*ELEMENT_BITS-1:0] s_axis_tdata,
    input  wire                             s_axis_tvalid,
    output wire                             s_axis_tready,
    input  wire                             s_axis_tlast,
    // Pixels out
    output wire [ELEMENTS*ELEMENT_BITS-1:0] m_axis_tdata,
    output wire                             m_axis_tvalid,
    input  wire                             m_axis_tready,
    output wire                             m_axis_tlast
);

    localparam BEAT_BITS = ELEMENTS * ELEMENT_BITS;
    localparam OUT_WIDTH = (WIDTH + PAD_LEFT + PAD_RIGHT - KERNEL_W) / STRIDE_W + 1;

    wire [BEAT_BITS-1:0] row_data;
    wire row_valid, row_ready, row_last;
    wire unused_last = s_axis_tlast | row_last;

    nn_window_max #(
        .ELEMENT_BITS(ELEMENT_BITS), .ELEMENTS(ELEMENTS), .SIGNED(SIGNED), .INNER(CHANNEL_BEATS), .LENGTH(WIDTH), .KERNEL(KERNEL_W), .STRIDE(STRIDE_W),
        .PAD_BEFORE(PAD_LEFT), .PAD_AFTER(PAD_RIGHT), .BLOCK(0)
    ) u_along_rows (
        .clk(clk), .rst(rst), .s_axis_tdata(s_axis_tdata), .s_axis_tvalid(s_axis_tvalid), .s_axis_tready(s_axis_tready),
        .m_axis_tdata(row_data), .m_axis_tvalid(row_valid), .m_axis_tready(row_ready), .m_axis_tlast(row_last)
    );

    nn_window_max #(
        .ELEMENT_BITS(ELEMENT_BITS), .ELEMENTS(ELEMENTS), .SIGNED(SIGNED), .INNER(OUT_WIDTH * CHANNEL_BEATS), .LENGTH(HEIGHT), .KERNEL(KERNEL_H),
        .STRIDE(STRIDE_H), .PAD_BEFORE(PAD_TOP), .PAD_AFTER(PAD_BOTTOM), .BLOCK(BLOCK)
    ) u_across_rows (
        .clk(clk), .rst(rst), .s_axis_tdata(row_data), .s_axis_tvalid(row_valid), .s_axis_tready(row_ready),
        .m_axis_tdata(m_axis_tdata), .m_axis_tvalid(m_axis_tvalid), .m_axis_tready(m_axis_tready), .m_axis_tlast(m_axis_tlast)
    );

endmodule

`default_nettype wire
