// nn_output_buffer: collects outputs in slots, then streams slot after slot.
//
//   VECTOR_BITS     bits of one written vector
//   BEAT_VECTORS    vectors of a beat, a power of two
//   SLOTS           slots, a power of two, at least 2
//   SLOT_WIDTH      bits of a vector index within a slot
//   SLOT_BEATS      beats of a full slot, LAST_BEATS of a slot of the last pixel tile of a row
//   END_SLOT_BEATS, END_LAST_BEATS   the same for slots of the last channel tile of a group
//   CHANNELS_OUTER, TILES, GROUPS, ROW_TILES, ROWS, LAST_ROWS, BANDS   order and numbers of slots, as nn_tile_walk has them for tiles
//   DEPTH, ADDRESS_WIDTH   beats of storage: SLOTS * 2^(slot address bits)
//   BLOCK           1: block RAM, 0: LUT RAM
//
// Stream: one beat per cycle, tlast on the last beat of a frame; a beat stands until it is taken.
// slot_released_o: one pulse for each slot, the cycle after its last beat has been read.
`default_nettype none

module nn_output_buffer #(
    parameter VECTOR_BITS = 8,
    parameter BEAT_VECTORS = 8,
    parameter SLOTS = 2,
    parameter SLOT_WIDTH = 4,
    parameter SLOT_BEATS = 2,
    parameter LAST_BEATS = 2,
    parameter END_SLOT_BEATS = 2,
    parameter END_LAST_BEATS = 2,
    parameter CHANNELS_OUTER = 0,
    parameter TILES = 1,
    parameter GROUPS = 1,
    parameter ROW_TILES = 4,
    parameter ROWS = 4,
    parameter LAST_ROWS = 4,
    parameter BANDS = 1,
    parameter BLOCK = 1
) (
    input  wire                                clk,
    input  wire                                rst,
    // Outputs, in any order within a slot
    input  wire                                valid_i,
    input  wire [SLOT_WIDTH-1:0]               place_i,
    input  wire [VECTOR_BITS-1:0]              vector_i,
    input  wire                                slot_done_i,
    output wire                                slot_released_o,
    output wire                                frame_sent_o,
    // Output stream
    output wire [BEAT_VECTORS*VECTOR_BITS-1:0] m_axis_tdata,
    output wire                                m_axis_tvalid,
    input  wire                                m_axis_tready,
    output wire                                m_axis_tlast
);

    localparam LANE_WIDTH    = $clog2(BEAT_VECTORS);
    localparam BEAT_WIDTH    = (SLOT_WIDTH > LANE_WIDTH) ? SLOT_WIDTH - LANE_WIDTH : 1;
    localparam INDEX_WIDTH   = $clog2(SLOTS);
    localparam ADDRESS_WIDTH = INDEX_WIDTH + BEAT_WIDTH;
    localparam BEAT_BITS     = BEAT_VECTORS * VECTOR_BITS;

    localparam [31:0] C_SLOT = SLOT_BEATS - 2;
    localparam [31:0] C_LAST = LAST_BEATS - 2;
    localparam [31:0] C_END_SLOT = END_SLOT_BEATS - 2;
    localparam [31:0] C_END_LAST = END_LAST_BEATS - 2;
    localparam [31:0] C_ONE = 32'd1;
    localparam [31:0] C_TWO = 32'd2;
    localparam [31:0] C_THREE = 32'd3;
    localparam [0:0] SINGLE_BEATS = SLOT_BEATS == 1 || LAST_BEATS == 1 || END_SLOT_BEATS == 1 || END_LAST_BEATS == 1;

    // Write side
    reg [INDEX_WIDTH-1:0] write_slot_q;
    wire [BEAT_VECTORS-1:0] write_lane;
    wire [BEAT_WIDTH-1:0] write_beat;
    wire [BEAT_WIDTH+LANE_WIDTH+SLOT_WIDTH-1:0] wide_place = {{(BEAT_WIDTH+LANE_WIDTH){1'b0}}, place_i};
    wire unused_high_bits = |wide_place[BEAT_WIDTH+LANE_WIDTH+SLOT_WIDTH-1:BEAT_WIDTH+LANE_WIDTH];

    assign write_beat = wide_place[LANE_WIDTH +: BEAT_WIDTH];
    genvar lane;
    generate
        for (lane = 0; lane < BEAT_VECTORS; lane = lane + 1) begin : gen_lanes
            if (BEAT_VECTORS > 1) begin : gen_select
                localparam [31:0] C_LANE = lane;
                assign write_lane[lane] = valid_i & (wide_place[(LANE_WIDTH > 0 ? LANE_WIDTH : 1)-1:0] == C_LANE[(LANE_WIDTH > 0 ? LANE_WIDTH : 1)-1:0]);
            end else begin : gen_all
                assign write_lane[lane] = valid_i;
            end
        end
    endgenerate

    always @(posedge clk)
        if (rst) write_slot_q <= {INDEX_WIDTH{1'b0}};
        else if (slot_done_i) write_slot_q <= write_slot_q + 1'b1;

    // Slots that wait to be sent: from registers whether there is any or just one, and their number, which is counted a cycle later. In gates,
    // because release_slot comes late and an enable or a reset would stand behind another LUT.
    reg [INDEX_WIDTH:0] full_q;
    reg any_full_q, one_full_q, ready_q;
    reg done_q, released_q;
    wire read_enable;
    wire issue = ready_q & read_enable;
    wire release_slot;
    wire [INDEX_WIDTH:0] two_by_count = (done_q == released_q) ? C_TWO[INDEX_WIDTH:0] : done_q ? C_ONE[INDEX_WIDTH:0] : C_THREE[INDEX_WIDTH:0];
    wire two_full = (full_q == two_by_count);
    wire any_full = slot_done_i | (any_full_q & ~(release_slot & one_full_q));
    always @(posedge clk) begin
        done_q <= ~rst & slot_done_i;
        released_q <= ~rst & release_slot;
        any_full_q <= ~rst & any_full;
        // The walk needs a cycle to go on, so that slots of one beat are sent in every other cycle.
        ready_q <= ~rst & any_full & ~(release_slot & SINGLE_BEATS);
        one_full_q <= ~rst & ((slot_done_i & ~release_slot & ~any_full_q) | (~slot_done_i & release_slot & two_full)
            | ((slot_done_i ~^ release_slot) & one_full_q));
        if (rst) full_q <= {(INDEX_WIDTH+1){1'b0}};
        else if (done_q & ~released_q) full_q <= full_q + 1'b1;
        else if (~done_q & released_q) full_q <= full_q - 1'b1;
    end

    // Read side: slot and beat. The walk stands at the slot after this one, so that its length is known when it begins, and goes on in the cycle
    // after that; the first slot is taken over in the cycle after reset, long before it can be full.
    reg [INDEX_WIDTH-1:0] read_slot_q;
    reg [BEAT_WIDTH-1:0] beat_q;
    reg [BEAT_WIDTH-1:0] before_last_q; // the beat before this slot's last
    reg first_q, last_beat_q, last_slot_q, next_slot_q;
    wire last_tile, last_group, last_x, last_row, last_band;
    wire next_slot = release_slot | first_q;
    assign release_slot = issue & last_beat_q;
    assign slot_released_o = released_q;

    nn_tile_walk #(
        .CHANNELS_OUTER(CHANNELS_OUTER), .TILES(TILES), .GROUPS(GROUPS), .ROW_TILES(ROW_TILES), .ROWS(ROWS), .LAST_ROWS(LAST_ROWS), .BANDS(BANDS)
    ) u_slot_walk (
        .clk(clk), .rst(rst), .next_i(next_slot_q),
        .last_tile_o(last_tile), .last_group_o(last_group), .last_x_o(last_x), .last_row_o(last_row), .last_band_o(last_band)
    );

    wire [BEAT_WIDTH-1:0] end_before_last = last_x ? C_END_LAST[BEAT_WIDTH-1:0] : C_END_SLOT[BEAT_WIDTH-1:0];
    wire [BEAT_WIDTH-1:0] inner_before_last = last_x ? C_LAST[BEAT_WIDTH-1:0] : C_SLOT[BEAT_WIDTH-1:0];
    wire end_is_single = last_x ? (END_LAST_BEATS == 1) : (END_SLOT_BEATS == 1);
    wire inner_is_single = last_x ? (LAST_BEATS == 1) : (SLOT_BEATS == 1);
    wire next_is_single = last_tile ? end_is_single : inner_is_single;
    wire [BEAT_WIDTH-1:0] next_before_last = last_tile ? end_before_last : inner_before_last;
    wire next_is_last = last_x & last_row & last_tile & last_group & last_band;
    always @(posedge clk)
        if (rst) begin
            read_slot_q <= {INDEX_WIDTH{1'b0}};
            beat_q <= {BEAT_WIDTH{1'b0}};
            first_q <= 1'b1;
            next_slot_q <= 1'b0;
        end else begin
            first_q <= 1'b0;
            next_slot_q <= next_slot;
            if (issue) beat_q <= last_beat_q ? {BEAT_WIDTH{1'b0}} : beat_q + 1'b1;
            if (release_slot) read_slot_q <= read_slot_q + 1'b1;
        end
    always @(posedge clk) begin
        last_beat_q <= ~rst & ((next_slot & next_is_single) | (~next_slot & issue & (beat_q == before_last_q)) | (~next_slot & ~issue & last_beat_q));
        before_last_q <= ({BEAT_WIDTH{next_slot}} & next_before_last) | ({BEAT_WIDTH{~next_slot}} & before_last_q);
        last_slot_q <= (next_slot & next_is_last) | (~next_slot & last_slot_q);
    end

    wire [BEAT_BITS-1:0] read_data;
    nn_ram #(
        .WIDTH(BEAT_BITS), .DEPTH(1 << ADDRESS_WIDTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .WRITE_LANES(BEAT_VECTORS), .BLOCK(BLOCK), .INIT_FILE("")
    ) u_ram (
        .clk(clk),
        .write_enable_i(write_lane),
        .write_address_i({write_slot_q, write_beat}),
        .write_data_i({BEAT_VECTORS{vector_i}}),
        .read_enable_i(read_enable),
        .read_address_i({read_slot_q, beat_q}),
        .read_data_o(read_data)
    );

    // Two stages that move when the one ahead is empty or moves: RAM output, then output register.
    reg ram_valid_q, ram_last_q, out_valid_q, out_last_q;
    reg [BEAT_BITS-1:0] out_q;
    wire out_enable = ~out_valid_q | m_axis_tready;

    assign read_enable = ~ram_valid_q | out_enable;
    always @(posedge clk)
        if (rst) begin
            ram_valid_q <= 1'b0;
            out_valid_q <= 1'b0;
        end else begin
            if (read_enable) ram_valid_q <= issue;
            if (out_enable) out_valid_q <= ram_valid_q;
        end
    always @(posedge clk) begin
        if (read_enable) ram_last_q <= last_beat_q & last_slot_q;
        if (out_enable) begin
            out_last_q <= ram_last_q;
            out_q <= read_data;
        end
    end

    assign m_axis_tdata = out_q;
    assign m_axis_tvalid = out_valid_q;
    assign m_axis_tlast = out_last_q & out_valid_q;
    assign frame_sent_o = m_axis_tvalid & m_axis_tready & m_axis_tlast;

endmodule

`default_nettype wire
