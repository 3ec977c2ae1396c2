// nn_window_max: maxima over windows along one axis of a map, for all places along the inner axes at once. Padding never wins.
//
//   ELEMENT_BITS  bits of an element
//   ELEMENTS      elements of a beat
//   SIGNED        1: elements are two's complement
//   INNER         beats of one position of the axis: what lies in its rows or pixels
//   LENGTH        positions of the axis
//   KERNEL, STRIDE, PAD_BEFORE, PAD_AFTER   windows along the axis, floor mode; both pads smaller than KERNEL
//   BLOCK         partial maxima in 1: block RAM, 0: LUT RAM; of up to three inner beats they are registers
//
// Windows that are open hold a partial maximum for each inner beat: ceil((KERNEL-1) / STRIDE) of them at most between two positions. A window that
// closes is sent, and those behind it move up.
// Stream: a beat per cycle; windows that are still open behind the last position are sent then, while no beat is taken: none of them if the last
// window ends less than STRIDE behind it. m_axis_tlast marks the last beat of the last window. An offer stands until it is
// taken; no combinational path from one side to the other.
// Latency: 3 cycles from the beat that closes a window, 4 from 4 INNER.
`default_nettype none

module nn_window_max #(
    parameter ELEMENT_BITS = 8,
    parameter ELEMENTS = 1,
    parameter SIGNED = 0,
    parameter INNER = 1,
    parameter LENGTH = 4,
    parameter KERNEL = 2,
    parameter STRIDE = 2,
    parameter PAD_BEFORE = 0,
    parameter PAD_AFTER = 0,
    parameter BLOCK = 0
) (
    input  wire                             clk,
    input  wire                             rst,
    // Beats in
    input  wire [ELEMENTS*ELEMENT_BITS-1:0] s_axis_tdata,
    input  wire                             s_axis_tvalid,
    output wire                             s_axis_tready,
    // Maxima out
    output wire [ELEMENTS*ELEMENT_BITS-1:0] m_axis_tdata,
    output wire                             m_axis_tvalid,
    input  wire                             m_axis_tready,
    output wire                             m_axis_tlast
);

    localparam BEAT_BITS    = ELEMENTS * ELEMENT_BITS;
    localparam PARTIALS     = (KERNEL - 1 + STRIDE - 1) / STRIDE;
    localparam OUTPUTS      = (LENGTH + PAD_BEFORE + PAD_AFTER - KERNEL) / STRIDE + 1;
    // Windows that end within the map, at FIRST_CLOSE and every STRIDE from there; of the others one goes at the last position if none ends there.
    localparam FIRST_CLOSE  = KERNEL - 1 - PAD_BEFORE;
    localparam CLOSED       = (LENGTH > FIRST_CLOSE) ? (LENGTH - 1 - FIRST_CLOSE) / STRIDE + 1 : 0;
    localparam CLOSES_LAST  = (LENGTH > FIRST_CLOSE) ? ((LENGTH - 1 - FIRST_CLOSE) % STRIDE == 0) : 0;
    localparam FORCED       = (OUTPUTS > CLOSED && CLOSES_LAST == 0) ? 1 : 0;
    localparam REMAINING    = OUTPUTS - CLOSED - FORCED;
    localparam FIRST_OPEN   = STRIDE - PAD_BEFORE % STRIDE;
    localparam OPEN_FIRST   = PAD_BEFORE / STRIDE + 1;

    localparam SLOTS        = (PARTIALS > 0) ? PARTIALS : 1;
    localparam INNER_WIDTH  = (INNER > 1) ? $clog2(INNER) : 1;
    localparam LENGTH_WIDTH = (LENGTH > 1) ? $clog2(LENGTH) : 1;
    localparam OUTPUT_WIDTH = (OUTPUTS > 1) ? $clog2(OUTPUTS) : 1;
    localparam CLOSE_WIDTH  = (FIRST_CLOSE > STRIDE - 1) ? $clog2(FIRST_CLOSE + 1) : (STRIDE > 1) ? $clog2(STRIDE) : 1;
    localparam OPEN_WIDTH   = $clog2(STRIDE + 1);
    localparam COUNT_WIDTH  = $clog2(PARTIALS + 2);
    localparam [31:0] C_FIRST_CLOSE = FIRST_CLOSE;
    localparam [31:0] C_FIRST_OPEN = FIRST_OPEN;
    localparam [31:0] C_OPEN_FIRST = OPEN_FIRST;
    localparam [31:0] C_STRIDE = STRIDE - 1;
    localparam [0:0] C_FORCED = FORCED;
    localparam [ELEMENT_BITS-1:0] C_LEAST = (SIGNED != 0) ? {1'b1, {(ELEMENT_BITS-1){1'b0}}} : {ELEMENT_BITS{1'b0}};

    // ------ Positions: which windows open and close there
    reg first_q;                       // position 0: all windows that begin in the padding or there
    reg [CLOSE_WIDTH-1:0] to_close_q;  // positions until one closes
    reg [OPEN_WIDTH-1:0] to_open_q;    // positions until one opens
    reg [COUNT_WIDTH-1:0] open_q;      // windows that are open
    wire remaining;                    // behind the last position
    wire remaining_last;               // the last of all positions, with those behind
    wire [INNER_WIDTH-1:0] inner;
    wire [LENGTH_WIDTH-1:0] position;
    wire [OUTPUT_WIDTH-1:0] sent;
    wire inner_last, position_last, sent_last;
    wire unused_counts = |{position, sent};

    wire move; // there is room behind: all that follows moves as one
    wire step = move & (remaining | s_axis_tvalid);
    wire position_end = step & inner_last;
    wire due = to_close_q == {CLOSE_WIDTH{1'b0}};
    wire closing = remaining | due | (position_last & C_FORCED);
    wire opening = to_open_q == {OPEN_WIDTH{1'b0}};
    assign s_axis_tready = move & ~remaining;

    nn_counter #(.COUNT(INNER), .WIDTH(INNER_WIDTH)) u_inner (
        .clk(clk), .rst(rst), .enable_i(step), .count_o(inner), .last_o(inner_last)
    );
    nn_counter #(.COUNT(LENGTH), .WIDTH(LENGTH_WIDTH)) u_position (
        .clk(clk), .rst(rst), .enable_i(position_end & ~remaining), .count_o(position), .last_o(position_last)
    );
    nn_counter #(.COUNT(OUTPUTS), .WIDTH(OUTPUT_WIDTH)) u_sent (
        .clk(clk), .rst(rst), .enable_i(position_end & closing), .count_o(sent), .last_o(sent_last)
    );

    generate
        if (REMAINING > 0) begin : gen_remaining
            localparam REMAINING_WIDTH = (REMAINING > 1) ? $clog2(REMAINING) : 1;
            reg remaining_q;
            wire [REMAINING_WIDTH-1:0] left;
            wire unused_left = |left;
            wire left_last;
            nn_counter #(.COUNT(REMAINING), .WIDTH(REMAINING_WIDTH)) u_left (
                .clk(clk), .rst(rst), .enable_i(position_end & remaining_q), .count_o(left), .last_o(left_last)
            );
            always @(posedge clk)
                if (rst) remaining_q <= 1'b0;
                else if (position_end) remaining_q <= remaining_q ? ~left_last : position_last;
            assign remaining = remaining_q;
            assign remaining_last = remaining_q & left_last;
        end else begin : gen_none_remaining
            assign remaining = 1'b0;
            assign remaining_last = position_last;
        end
    endgenerate

    always @(posedge clk)
        if (rst) begin
            first_q <= 1'b1;
            to_close_q <= C_FIRST_CLOSE[CLOSE_WIDTH-1:0];
            to_open_q <= C_FIRST_OPEN[OPEN_WIDTH-1:0];
            open_q <= {COUNT_WIDTH{1'b0}};
        end else if (position_end) begin
            first_q <= remaining_last;
            to_close_q <= remaining_last ? C_FIRST_CLOSE[CLOSE_WIDTH-1:0] : due ? C_STRIDE[CLOSE_WIDTH-1:0] : to_close_q - 1'b1;
            to_open_q <= remaining_last ? C_FIRST_OPEN[OPEN_WIDTH-1:0] : opening ? C_STRIDE[OPEN_WIDTH-1:0] : to_open_q - 1'b1;
            open_q <= remaining_last ? {COUNT_WIDTH{1'b0}}
                : open_q + (first_q ? C_OPEN_FIRST[COUNT_WIDTH-1:0] : {{(COUNT_WIDTH-1){1'b0}}, opening}) - {{(COUNT_WIDTH-1){1'b0}}, closing};
        end

    wire [SLOTS-1:0] opens;
    genvar slot, element;
    generate
        for (slot = 0; slot < SLOTS; slot = slot + 1) begin : gen_opens
            localparam [31:0] C_SLOT = slot;
            assign opens[slot] = ~remaining & (first_q | (opening & open_q == C_SLOT[COUNT_WIDTH-1:0]));
        end
    endgenerate

    // ------ What goes with a beat, and the partial maxima of its place
    localparam FLAGS = SLOTS + 2;
    wire [FLAGS-1:0] flags = {opens, closing, closing & sent_last & inner_last};
    wire [BEAT_BITS-1:0] beat_s;
    wire [FLAGS-1:0] flags_s;
    wire valid_s;
    wire [SLOTS-1:0] opens_s;
    wire closing_s, last_s;
    wire [SLOTS*BEAT_BITS-1:0] partials_s, partials_next;

    reg [BEAT_BITS-1:0] beat_q;
    reg [FLAGS-1:0] flags_q;
    reg valid_q;
    reg [SLOTS*BEAT_BITS-1:0] partials_q; // as they are behind a beat
    always @(posedge clk)
        if (rst) valid_q <= 1'b0;
        else if (move) valid_q <= step;
    always @(posedge clk) begin
        if (move) begin
            // Behind the map comes what wins over nothing.
            beat_q <= remaining ? {ELEMENTS{C_LEAST}} : s_axis_tdata;
            flags_q <= flags;
        end
        if (move & valid_s) partials_q <= partials_next;
    end

    generate
        if (PARTIALS == 0) begin : gen_no_partials
            wire unused = |{inner, partials_q, opens_s};
            assign partials_s = {(SLOTS*BEAT_BITS){1'b0}};
            assign {valid_s, flags_s, beat_s} = {valid_q, flags_q, beat_q};
        end else if (INNER < 4) begin : gen_registers
            // Too few for a memory, in which they must lie before they are read again.
            wire unused_inner = |inner;
            assign {valid_s, flags_s, beat_s} = {valid_q, flags_q, beat_q};
            if (INNER == 1) begin : gen_one
                assign partials_s = partials_q;
            end else begin : gen_line
                localparam LINE = (INNER - 1) * SLOTS * BEAT_BITS;
                reg [LINE-1:0] line_q;
                wire [LINE+SLOTS*BEAT_BITS-1:0] line = {line_q, partials_q};
                always @(posedge clk)
                    if (move & valid_s) line_q <= line[LINE-1:0];
                assign partials_s = line[LINE +: SLOTS*BEAT_BITS];
            end
        end else begin : gen_memory
            // Block RAM in whole primitives: other depths would be cut into rows with a multiplexer behind them.
            localparam STORED = (BLOCK == 0) ? INNER : (INNER_WIDTH < 9) ? 512 : (1 << INNER_WIDTH);
            wire [SLOTS*BEAT_BITS-1:0] read_data;
            wire [INNER_WIDTH-1:0] inner_s;
            reg [INNER_WIDTH-1:0] inner_q, write_inner_q;
            reg write_q;
            always @(posedge clk)
                if (rst) write_q <= 1'b0;
                else if (move) write_q <= valid_s;
            always @(posedge clk)
                if (move) begin
                    inner_q <= inner;
                    write_inner_q <= inner_s;
                end
            nn_ram #(.WIDTH(SLOTS*BEAT_BITS), .DEPTH(STORED), .ADDRESS_WIDTH(INNER_WIDTH), .BLOCK(BLOCK)) u_partials (
                .clk(clk), .write_enable_i(write_q), .write_address_i(write_inner_q), .write_data_i(partials_q),
                .read_enable_i(move), .read_address_i(inner), .read_data_o(read_data)
            );
            // A window that opens compares with the least value there is; setting registers to it costs nothing.
            reg [SLOTS*BEAT_BITS-1:0] read_q;
            reg [BEAT_BITS-1:0] beat_q2;
            reg [1:0] flags_q2;
            reg [INNER_WIDTH-1:0] inner_q2;
            reg valid_q2;
            always @(posedge clk)
                if (rst) valid_q2 <= 1'b0;
                else if (move) valid_q2 <= valid_q;
            always @(posedge clk)
                if (move) begin
                    beat_q2 <= beat_q;
                    flags_q2 <= flags_q[1:0];
                    inner_q2 <= inner_q;
                end
            for (slot = 0; slot < SLOTS; slot = slot + 1) begin : gen_read
                always @(posedge clk)
                    if (move) read_q[slot*BEAT_BITS +: BEAT_BITS] <= flags_q[2+slot] ? {ELEMENTS{C_LEAST}} : read_data[slot*BEAT_BITS +: BEAT_BITS];
            end
            assign {valid_s, flags_s, beat_s, inner_s, partials_s} = {valid_q2, {SLOTS{1'b0}}, flags_q2, beat_q2, inner_q2, read_q};
        end
    endgenerate

    // ------ Maxima: of each open window, then those behind a window that closes move up
    wire [(SLOTS+1)*BEAT_BITS-1:0] maxima;
    assign {opens_s, closing_s, last_s} = flags_s;
    assign maxima[SLOTS*BEAT_BITS +: BEAT_BITS] = beat_s;
    generate
        for (slot = 0; slot < SLOTS; slot = slot + 1) begin : gen_maxima
            for (element = 0; element < ELEMENTS; element = element + 1) begin : gen_elements
                wire [ELEMENT_BITS-1:0] value = beat_s[element*ELEMENT_BITS +: ELEMENT_BITS];
                wire [ELEMENT_BITS-1:0] partial = partials_s[slot*BEAT_BITS + element*ELEMENT_BITS +: ELEMENT_BITS];
                wire larger;
                if (PARTIALS == 0) begin : gen_always
                    assign larger = 1'b1;
                end else begin : gen_compare
                    // The borrow of a difference is one carry chain; signed elements compare as unsigned ones with the other highest bit.
                    wire [ELEMENT_BITS:0] difference = {1'b0, partial ^ C_LEAST} - {1'b0, value ^ C_LEAST};
                    wire unused_difference = |difference;
                    assign larger = opens_s[slot] | difference[ELEMENT_BITS];
                end
                assign maxima[slot*BEAT_BITS + element*ELEMENT_BITS +: ELEMENT_BITS] = larger ? value : partial;
            end
        end
    endgenerate
    assign partials_next = closing_s ? maxima[BEAT_BITS +: SLOTS*BEAT_BITS] : maxima[SLOTS*BEAT_BITS-1:0];

    // ------ Output
    reg [BEAT_BITS-1:0] out_q;
    reg out_valid_q, out_last_q;
    always @(posedge clk)
        if (rst) out_valid_q <= 1'b0;
        else if (move) out_valid_q <= valid_s & closing_s;
    always @(posedge clk)
        if (move) begin
            out_q <= maxima[BEAT_BITS-1:0];
            out_last_q <= last_s;
        end
    nn_stream_register #(.WIDTH(BEAT_BITS + 1)) u_output (
        .clk(clk), .rst(rst), .data_i({out_last_q, out_q}), .valid_i(out_valid_q), .ready_o(move),
        .data_o({m_axis_tlast, m_axis_tdata}), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready)
    );

endmodule

`default_nettype wire
