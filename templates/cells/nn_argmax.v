// nn_argmax: the index of the largest of a frame's elements; the lowest index wins a tie.
//
//   ELEMENT_BITS  bits of an element
//   ELEMENTS      elements of a beat
//   SIGNED        1: elements are two's complement
//   CLASSES       elements of a frame, a multiple of ELEMENTS, at most 65536
//
// Stream: a beat per cycle, one beat of 16 bits out for each frame, with TLAST; an offer stands until it is taken; no combinational path from one
// side to the other. TLAST of the input is not looked at.
// Latency: 2 cycles from the last beat, one more for each halving of ELEMENTS.
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
    localparam LOCAL_WIDTH = (LEVELS > 0) ? LEVELS : 1;
    localparam BEATS = CLASSES / ELEMENTS;
    localparam BEAT_WIDTH = (BEATS > 1) ? $clog2(BEATS) : 1;
    wire unused_last = s_axis_tlast;

    // The result of a frame stands until the output takes it, and everything stands with it.
    reg done_q;
    wire out_ready;
    wire move = ~done_q | out_ready;
    assign s_axis_tready = move;

    // ------ Largest element of a beat: a tree with a register behind each level, node 1 its root, node n above nodes 2n and 2n + 1
    wire [2*LEAVES*ELEMENT_BITS-1:0] values;
    wire [2*LEAVES*LOCAL_WIDTH-1:0] locals;
    wire [LEVELS:0] valids;
    assign values[ELEMENT_BITS-1:0] = {ELEMENT_BITS{1'b0}};
    assign locals[LOCAL_WIDTH-1:0] = {LOCAL_WIDTH{1'b0}};
    wire unused_node = |{values[ELEMENT_BITS-1:0], locals[LOCAL_WIDTH-1:0]};
    assign valids[0] = s_axis_tvalid;
    genvar node, level;
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
            wire larger = (SIGNED != 0) ? $signed(high) > $signed(low) : high > low;
            reg [ELEMENT_BITS-1:0] value_q;
            reg [LOCAL_WIDTH-1:0] local_q;
            always @(posedge clk)
                if (move) begin
                    value_q <= larger ? high : low;
                    local_q <= larger ? locals[(2*node+1)*LOCAL_WIDTH +: LOCAL_WIDTH] : locals[2*node*LOCAL_WIDTH +: LOCAL_WIDTH];
                end
            assign values[node*ELEMENT_BITS +: ELEMENT_BITS] = value_q;
            assign locals[node*LOCAL_WIDTH +: LOCAL_WIDTH] = local_q;
        end
        for (level = 0; level < LEVELS; level = level + 1) begin : gen_valids
            reg valid_q;
            always @(posedge clk)
                if (rst) valid_q <= 1'b0;
                else if (move) valid_q <= valids[level];
            assign valids[level+1] = valid_q;
        end
    endgenerate

    // ------ Largest of the frame so far
    reg first_q;
    reg [ELEMENT_BITS-1:0] best_q;
    reg [15:0] index_q;
    wire [BEAT_WIDTH-1:0] beat;
    wire beat_last;
    wire step = move & valids[LEVELS];
    wire [ELEMENT_BITS-1:0] value = values[ELEMENT_BITS +: ELEMENT_BITS];
    wire [LOCAL_WIDTH-1:0] place = locals[LOCAL_WIDTH +: LOCAL_WIDTH];
    wire better = first_q | ((SIGNED != 0) ? $signed(value) > $signed(best_q) : value > best_q);
    wire [15:0] index;

    nn_counter #(.COUNT(BEATS), .WIDTH(BEAT_WIDTH)) u_beat (
        .clk(clk), .rst(rst), .enable_i(step), .count_o(beat), .last_o(beat_last)
    );
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
                if (rst | (step & beat_last)) base_q <= 16'd0;
                else if (step) base_q <= base_q + C_ELEMENTS[15:0];
            assign index = base_q + {{(16-LOCAL_WIDTH){1'b0}}, place};
        end
    endgenerate

    always @(posedge clk)
        if (rst) begin
            first_q <= 1'b1;
            done_q <= 1'b0;
        end else begin
            if (step) first_q <= beat_last;
            if (move) done_q <= step & beat_last;
        end
    always @(posedge clk)
        if (step & better) begin
            best_q <= value;
            index_q <= index;
        end

    // ------ Output
    nn_stream_register #(.WIDTH(16)) u_output (
        .clk(clk), .rst(rst), .data_i(index_q), .valid_i(done_q), .ready_o(out_ready),
        .data_o(m_axis_tdata), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready)
    );
    assign m_axis_tlast = 1'b1;

endmodule

`default_nettype wire
