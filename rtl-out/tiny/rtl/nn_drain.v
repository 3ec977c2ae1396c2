// nn_drain: takes the finished sums of a tile from all processing elements and hands them on, REQUANT_LANES at a time.
//
// Order: pixel lane, then output channel. Element (p, oc) goes to requantizer lane oc mod REQUANT_LANES.
//
//   OC_LANES, PIXEL_LANES   processing elements; sums_i holds (p * OC_LANES + oc) * SUM_WIDTH
//   TURNS                   pixel tiles whose sums come one after the other and are one tile of PIXEL_LANES * TURNS pixels here
//   REQUANT_LANES           sums handed on per cycle, "vector"; divides OC_LANES
//   LAST_VECTORS            valid vectors in the last output-channel tile of a group
//   CHANNELS_OUTER, TILES, GROUPS, ROW_TILES, ROWS, LAST_ROWS, BANDS   order and numbers of tiles, as nn_tile_walk has them
//   LAST_PIXELS             valid pixels in the last pixel tile of a row
//   VECTOR_WIDTH            bits of an output-channel vector index (all groups)
//   PIXEL_VECTORS           output vectors of one pixel, output channels / REQUANT_LANES
//   SLOT_WIDTH              bits of a vector index within an output slot
//
// A slot holds all channels of PIXEL_LANES * TURNS pixels, or, with CHANNELS_OUTER, the channels of one tile.
//
// Timing: sums are taken with load_i, which comes with capture_i and once for each further turn, in the last cycle of the one before. Vector 0 of a tile is on vector_o in the next cycle; place_o comes one cycle after its vector. Takes
// OC_LANES * PIXEL_LANES / REQUANT_LANES cycles for each turn, and the sums of the next turn in the last of them, with reload_i; never stalls.
`default_nettype none

module nn_drain #(
    parameter OC_LANES = 4,
    parameter PIXEL_LANES = 1,
    parameter TURNS = 1,
    parameter REQUANT_LANES = 1,
    parameter SUM_WIDTH = 24,
    parameter LAST_VECTORS = 4,
    parameter CHANNELS_OUTER = 0,
    parameter TILES = 1,
    parameter GROUPS = 1,
    parameter ROW_TILES = 1,
    parameter ROWS = 1,
    parameter LAST_ROWS = 1,
    parameter BANDS = 1,
    parameter LAST_PIXELS = 1,
    parameter VECTOR_WIDTH = 2,
    parameter PIXEL_VECTORS = 4,
    parameter SLOT_WIDTH = 2
) (
    input  wire                                      clk,
    input  wire                                      rst,
    input  wire                                      capture_i,
    input  wire                                      load_i,
    input  wire [OC_LANES*PIXEL_LANES*SUM_WIDTH-1:0] sums_i,
    // One vector of sums, its output channels, and its place in the output slot
    output wire [REQUANT_LANES*SUM_WIDTH-1:0]        vector_o,
    output wire [VECTOR_WIDTH-1:0]                   channel_o,
    output wire [SLOT_WIDTH-1:0]                     place_o,
    output wire                                      valid_o,
    output wire                                      slot_done_o
);

    localparam VECTORS = OC_LANES / REQUANT_LANES;
    localparam LENGTH  = VECTORS * PIXEL_LANES;
    localparam INNER_WIDTH = (VECTORS > 1) ? $clog2(VECTORS) : 1;
    localparam PIXELS      = PIXEL_LANES * TURNS;
    localparam LANE_WIDTH  = (PIXELS > 1) ? $clog2(PIXELS) : 1;

    localparam [31:0] C_LAST_INNER = LAST_VECTORS - 1;
    localparam [31:0] C_LAST_LANE = LAST_PIXELS - 1;
    localparam [31:0] C_VECTORS = VECTORS;
    localparam [31:0] C_LAST_VECTORS = LAST_VECTORS;
    localparam [31:0] C_PIXEL_VECTORS = PIXEL_VECTORS;

    // Sums: one shift chain for each requantizer lane, loaded in parallel.
    genvar lane, stage;
    generate
        for (lane = 0; lane < REQUANT_LANES; lane = lane + 1) begin : gen_chains
            reg [LENGTH*SUM_WIDTH-1:0] chain_q;
            wire [LENGTH*SUM_WIDTH-1:0] load;
            for (stage = 0; stage < LENGTH; stage = stage + 1) begin : gen_stages
                assign load[stage*SUM_WIDTH +: SUM_WIDTH] = sums_i[(stage*REQUANT_LANES + lane)*SUM_WIDTH +: SUM_WIDTH];
            end
            if (LENGTH > 1) begin : gen_shift
                always @(posedge clk)
                    chain_q <= load_i ? load : {load[LENGTH*SUM_WIDTH-1 -: SUM_WIDTH], chain_q[LENGTH*SUM_WIDTH-1:SUM_WIDTH]};
            end else begin : gen_hold
                always @(posedge clk)
                    if (load_i) chain_q <= load;
            end
            assign vector_o[lane*SUM_WIDTH +: SUM_WIDTH] = chain_q[SUM_WIDTH-1:0];
        end
    endgenerate

    // Counters: vector within the tile, pixel lane; then the tile's place in the order of the tiles.
    reg active_q;
    wire [INNER_WIDTH-1:0] inner;
    wire [LANE_WIDTH-1:0] pixel_lane;
    wire last_inner, last_lane, last_tile, last_group, last_x, last_row, last_band;
    wire lane_done = active_q & last_inner;
    wire tile_done = lane_done & last_lane;
    wire unused_counts = |{inner, pixel_lane, last_x, last_row, last_band};

    nn_counter #(.COUNT(VECTORS), .WIDTH(INNER_WIDTH)) u_inner_counter (
        .clk(clk), .rst(rst), .enable_i(active_q), .count_o(inner), .last_o(last_inner)
    );
    nn_counter #(.COUNT(PIXELS), .WIDTH(LANE_WIDTH)) u_lane_counter (
        .clk(clk), .rst(rst), .enable_i(lane_done), .count_o(pixel_lane), .last_o(last_lane)
    );
    nn_tile_walk #(
        .CHANNELS_OUTER(CHANNELS_OUTER), .TILES(TILES), .GROUPS(GROUPS), .ROW_TILES(ROW_TILES), .ROWS(ROWS), .LAST_ROWS(LAST_ROWS), .BANDS(BANDS)
    ) u_tile_walk (
        .clk(clk), .rst(rst), .next_i(tile_done),
        .last_tile_o(last_tile), .last_group_o(last_group), .last_x_o(last_x), .last_row_o(last_row), .last_band_o(last_band)
    );

    always @(posedge clk)
        if (rst) active_q <= 1'b0;
        else if (capture_i) active_q <= 1'b1;
        else if (tile_done) active_q <= 1'b0;

    // Channel of this vector, of the tile's first, and of the first of the next channels. With CHANNELS_OUTER they change when all pixels of a
    // band have been through, and a slot holds a tile.
    wire channels_done, channels_end;
    reg [VECTOR_WIDTH-1:0] channel_q;
    reg [VECTOR_WIDTH-1:0] channel_base_q;
    wire [VECTOR_WIDTH-1:0] channel_next = channel_base_q + (last_tile ? C_LAST_VECTORS[VECTOR_WIDTH-1:0] : C_VECTORS[VECTOR_WIDTH-1:0]);
    always @(posedge clk)
        if (rst | channels_end) begin
            channel_q <= {VECTOR_WIDTH{1'b0}};
            channel_base_q <= {VECTOR_WIDTH{1'b0}};
        end else if (active_q) begin
            channel_q <= channels_done ? channel_next : last_inner ? channel_base_q : channel_q + 1'b1;
            if (channels_done) channel_base_q <= channel_next;
        end

    wire [SLOT_WIDTH-1:0] lane_step, offset;
    reg [SLOT_WIDTH-1:0] lane_base_q, place_q;
    always @(posedge clk)
        if (rst | tile_done) lane_base_q <= {SLOT_WIDTH{1'b0}};
        else if (lane_done) lane_base_q <= lane_base_q + lane_step;
    always @(posedge clk) place_q <= lane_base_q + offset;

    generate
        if (CHANNELS_OUTER != 0) begin : gen_tile_slots
            wire [SLOT_WIDTH+INNER_WIDTH-1:0] wide_inner = {{SLOT_WIDTH{1'b0}}, inner};
            wire unused_high_bits = |wide_inner[SLOT_WIDTH+INNER_WIDTH-1:SLOT_WIDTH];
            assign channels_done = tile_done & last_x & last_row;
            assign channels_end = channels_done & last_tile & last_group;
            assign lane_step = last_tile ? C_LAST_VECTORS[SLOT_WIDTH-1:0] : C_VECTORS[SLOT_WIDTH-1:0];
            assign offset = wide_inner[SLOT_WIDTH-1:0];
            assign slot_done_o = tile_done;
        end else begin : gen_pixel_slots
            wire [SLOT_WIDTH+VECTOR_WIDTH-1:0] wide_channel = {{SLOT_WIDTH{1'b0}}, channel_q};
            wire unused_high_bits = |wide_channel[SLOT_WIDTH+VECTOR_WIDTH-1:SLOT_WIDTH];
            assign channels_done = tile_done;
            assign channels_end = slot_done_o;
            assign lane_step = C_PIXEL_VECTORS[SLOT_WIDTH-1:0];
            assign offset = wide_channel[SLOT_WIDTH-1:0];
            assign slot_done_o = tile_done & last_tile & last_group;
        end
    endgenerate

    assign channel_o = channel_q;
    assign place_o = place_q;

    // Lanes beyond the last channel or the last pixel of the map are dropped here.
    wire channel_valid, pixel_valid;
    generate
        if (LAST_VECTORS < VECTORS) begin : gen_ragged_channels
            assign channel_valid = ~last_tile | (inner <= C_LAST_INNER[INNER_WIDTH-1:0]);
        end else begin : gen_full_channels
            assign channel_valid = 1'b1;
        end
        if (LAST_PIXELS < PIXELS) begin : gen_ragged_pixels
            assign pixel_valid = ~last_x | (pixel_lane <= C_LAST_LANE[LANE_WIDTH-1:0]);
        end else begin : gen_full_pixels
            assign pixel_valid = 1'b1;
        end
    endgenerate

    assign valid_o = active_q & channel_valid & pixel_valid;

endmodule

`default_nettype wire
