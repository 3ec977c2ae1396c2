// nn_argmax: the index of the largest of a frame's elements; the lowest index wins a tie.
//
//   ELEMENT_BITS  bits of an element
//   ELEMENTS      elements of a beat
//   SIGNED        1: elements are two's complement
//   CLASSES       elements of a frame, a multiple of ELEMENTS, at most 65536
//
// Stream: a beat per cycle, one beat of 16 bits out for each frame, with TLAST; an offer stands until it is taken; no combinational path from one
// side to the other. TLAST of the input is not looked at. A frame is begun only if there is room for its index, and what has begun never waits.
// Latency: 4 cycles from the last beat of one or two elements, 5 of three or four, 6 of five to eight.
`default_nettype none

module nn_argmax #(
    parameter ELEMENT_BITS = 8,
    parameter ELEMENTS = 2,
    parameter SIGNED = 0,
    parameter CLASSES = 10
) (
    input  wire                             clk,
    input  wire                             rst,
    // Elements in
    input  wire [ELEMENTS*ELEMENT_BITS-1:0] s_axis_tdata,
    input  wire                             s_axis_tvalid,
    output wire                             s_axis_tready,
    input  wire                             s_axis_tlast,
    // Index out
    output wire [15:0]                      m_axis_tdata,
    output wire                             m_axis_tvalid,
    input  wire                             m_axis_tready,
    output wire                             m_axis_tlast
);

    localparam LEVELS = $clog2(ELEMENTS);
    localparam LEAVES = 1 << LEVELS;
    localparam STAGES = (LEVELS > 0) ? LEVELS : 1;
    localparam LOCAL_WIDTH = (LEVELS > 0) ? LEVELS : 1;
    localparam BEATS = CLASSES / ELEMENTS;
    localparam BEAT_WIDTH = (BEATS > 1) ? $clog2(BEATS) : 1;
    // Signed elements compare as unsigned ones with the other highest bit. Comparisons are the borrow of a difference: one carry chain.
    localparam [ELEMENT_BITS-1:0] C_SIGN = (SIGNED != 0) ? {1'b1, {(ELEMENT_BITS-1){1'b0}}} : {ELEMENT_BITS{1'b0}};
    wire unused_last = s_axis_tlast;

    // ------ Room: frames that are on their way or wait to be taken; three more may begin before their number is seen
    localparam FRAMES = 16;
    localparam [31:0] C_ROOM = FRAMES - 4;
    reg room_q, begun_q, taken_q;
    reg [4:0] frames_q;
    wire accept_last, begins;
    wire accept = s_axis_tvalid & s_axis_tready;
    assign s_axis_tready = room_q | ~begins;
    always @(posedge clk)
        if (rst) begin
            begun_q <= 1'b0;
            taken_q <= 1'b0;
            frames_q <= 5'd0;
            room_q <= 1'b0;
        end else begin
            begun_q <= accept & begins;
            taken_q <= m_axis_tvalid & m_axis_tready;
            if (begun_q & ~taken_q) frames_q <= frames_q + 5'd1;
            else if (~begun_q & taken_q) frames_q <= frames_q - 5'd1;
            room_q <= frames_q < C_ROOM[4:0];
        end
    generate
        if (BEATS > 1) begin : gen_begins
            reg begins_q;
            always @(posedge clk)
                if (rst) begins_q <= 1'b1;
                else if (accept) begins_q <= accept_last;
            assign begins = begins_q;
        end else begin : gen_all_begin
            wire unused_accept = accept_last;
            assign begins = 1'b1;
        end
    endgenerate
    wire [BEAT_WIDTH-1:0] accepted;
    nn_counter #(.COUNT(BEATS), .WIDTH(BEAT_WIDTH)) u_accepted (
        .clk(clk), .rst(rst), .enable_i(accept), .count_o(accepted), .last_o(accept_last)
    );

    // ------ Largest element of a beat: a tree with a register behind each level, node 1 its root, node n above nodes 2n and 2n + 1
    wire [2*LEAVES*ELEMENT_BITS-1:0] values;
    wire [2*LEAVES*LOCAL_WIDTH-1:0] locals;
    assign values[ELEMENT_BITS-1:0] = {ELEMENT_BITS{1'b0}};
    assign locals[LOCAL_WIDTH-1:0] = {LOCAL_WIDTH{1'b0}};
    wire unused_node = |{values[ELEMENT_BITS-1:0], locals[LOCAL_WIDTH-1:0]};
    genvar node;
    generate
        for (node = LEAVES; node < 2 * LEAVES; node = node + 1) begin : gen_leaves
            // Where elements are missing, the last one stands again: it does not win over itself.
            localparam ELEMENT = (node - LEAVES < ELEMENTS) ? node - LEAVES : ELEMENTS - 1;
            localparam [31:0] C_ELEMENT = ELEMENT;
            assign values[node*ELEMENT_BITS +: ELEMENT_BITS] = s_axis_tdata[ELEMENT*ELEMENT_BITS +: ELEMENT_BITS];
            assign locals[node*LOCAL_WIDTH +: LOCAL_WIDTH] = C_ELEMENT[LOCAL_WIDTH-1:0];
        end
        for (node = 1; node < LEAVES; node = node + 1) begin : gen_nodes
            wire [ELEMENT_BITS-1:0] low = values[2*node*ELEMENT_BITS +: ELEMENT_BITS];
            wire [ELEMENT_BITS-1:0] high = values[(2*node+1)*ELEMENT_BITS +: ELEMENT_BITS];
            wire [ELEMENT_BITS:0] difference = {1'b0, low ^ C_SIGN} - {1'b0, high ^ C_SIGN};
            wire larger = difference[ELEMENT_BITS];
            wire unused_difference = |difference;
            reg [ELEMENT_BITS-1:0] value_q;
            reg [LOCAL_WIDTH-1:0] local_q;
            always @(posedge clk) begin
                value_q <= larger ? high : low;
                local_q <= larger ? locals[(2*node+1)*LOCAL_WIDTH +: LOCAL_WIDTH] : locals[2*node*LOCAL_WIDTH +: LOCAL_WIDTH];
            end
            assign values[node*ELEMENT_BITS +: ELEMENT_BITS] = value_q;
            assign locals[node*LOCAL_WIDTH +: LOCAL_WIDTH] = local_q;
        end
    endgenerate

    // What goes with a beat: place of its first element, whether it begins or ends a frame
    wire [BEAT_WIDTH-1:0] beat;
    wire valid_last, valid;
    wire first;
    nn_delay #(.WIDTH(1), .DEPTH(STAGES)) u_valid (
        .clk(clk), .rst(rst), .data_i(accept), .data_o(valid)
    );
    nn_delay #(.WIDTH(BEAT_WIDTH + 2), .DEPTH(STAGES)) u_beat (
        .clk(clk), .rst(1'b0), .data_i({accepted, begins, accept_last}), .data_o({beat, first, valid_last})
    );

    // ------ Largest of the frame so far. The comparison's highest bit takes a first beat and refuses none: no logic stands behind it.
    reg done_q;
    reg [ELEMENT_BITS-1:0] best_q;
    reg [15:0] index_q;
    wire [ELEMENT_BITS-1:0] value;
    wire [LOCAL_WIDTH-1:0] place = locals[LOCAL_WIDTH +: LOCAL_WIDTH];
    wire [ELEMENT_BITS+1:0] difference = {1'b0, ~valid, best_q ^ C_SIGN} - {1'b0, valid & first, value ^ C_SIGN};
    wire better = difference[ELEMENT_BITS+1];
    wire unused_difference = |difference;
    wire [15:0] index;
    generate
        if (LEVELS == 0) begin : gen_value
            reg [ELEMENT_BITS-1:0] value_q;
            always @(posedge clk) value_q <= values[ELEMENT_BITS +: ELEMENT_BITS];
            assign value = value_q;
        end else begin : gen_root
            assign value = values[ELEMENT_BITS +: ELEMENT_BITS];
        end
    endgenerate
    generate
        if (LEVELS == 0) begin : gen_single
            wire [BEAT_WIDTH+15:0] wide_index = {16'd0, beat};
            wire unused_bits = |{place, wide_index[BEAT_WIDTH+15:16]};
            assign index = wide_index[15:0];
        end else if (LEAVES == ELEMENTS) begin : gen_whole
            wire [BEAT_WIDTH+LEVELS+15:0] wide_index = {16'd0, beat, place};
            wire unused_bits = |wide_index[BEAT_WIDTH+LEVELS+15:16];
            assign index = wide_index[15:0];
        end else begin : gen_sum
            localparam [31:0] C_ELEMENTS = ELEMENTS;
            reg [15:0] base_q;
            wire unused_bits = |beat;
            always @(posedge clk)
                if (rst | (valid & valid_last)) base_q <= 16'd0;
                else if (valid) base_q <= base_q + C_ELEMENTS[15:0];
            assign index = base_q + {{(16-LOCAL_WIDTH){1'b0}}, place};
        end
    endgenerate

    always @(posedge clk)
        if (rst) done_q <= 1'b0;
        else done_q <= valid & valid_last;
    always @(posedge clk)
        if (rst) best_q <= {ELEMENT_BITS{1'b0}}; // so that the first comparison has a value in simulation
        else if (better) best_q <= value;
    always @(posedge clk)
        if (better) index_q <= index;

    // ------ Output
    wire out_ready;
    wire [31:0] most;
    wire unused_output = |{out_ready, most};
    nn_stream_fifo #(.WIDTH(16), .DEPTH(FRAMES), .BLOCK(0)) u_output (
        .clk(clk), .rst(rst), .data_i(index_q), .valid_i(done_q), .ready_o(out_ready),
        .data_o(m_axis_tdata), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready), .most_o(most)
    );
    assign m_axis_tlast = 1'b1;

endmodule

`default_nettype wire
