// nn_tile_walk: where a tile stands in the order of the tiles; a tile is OC_LANES output channels of PIXEL_LANES pixels.
//
//   CHANNELS_OUTER  0: row > pixel tile > group > channel tile; 1: band of rows > group > channel tile > row of the band > pixel tile
//   TILES, GROUPS   output-channel tiles of a group, groups
//   ROW_TILES       pixel tiles of an output row
//   ROWS, LAST_ROWS rows of a band, rows of the last band
//   BANDS           bands of a frame
//
// next_i goes on to the next tile; after the last one of a frame the first one of the next frame follows.
`default_nettype none

module nn_tile_walk #(
    parameter CHANNELS_OUTER = 0,
    parameter TILES = 1,
    parameter GROUPS = 1,
    parameter ROW_TILES = 1,
    parameter ROWS = 1,
    parameter LAST_ROWS = 1,
    parameter BANDS = 1
) (
    input  wire clk,
    input  wire rst,
    input  wire next_i,
    // The tile is the last: channel tile of its group, group, pixel tile of its row, row of its band, band
    output wire last_tile_o,
    output wire last_group_o,
    output wire last_x_o,
    output wire last_row_o,
    output wire last_band_o
);

    localparam TILE_WIDTH  = (TILES > 1) ? $clog2(TILES) : 1;
    localparam GROUP_WIDTH = (GROUPS > 1) ? $clog2(GROUPS) : 1;
    localparam X_WIDTH     = (ROW_TILES > 1) ? $clog2(ROW_TILES) : 1;
    localparam ROW_WIDTH   = (ROWS > 1) ? $clog2(ROWS) : 1;
    localparam BAND_WIDTH  = (BANDS > 1) ? $clog2(BANDS) : 1;

    // Each loop goes on when the loops within it end.
    wire next_tile, next_x;
    wire next_group = next_tile & last_tile_o;
    wire next_row = next_x & last_x_o;
    wire next_band;
    generate
        if (CHANNELS_OUTER != 0) begin : gen_channels_outer
            assign next_x = next_i;
            assign next_tile = next_row & last_row_o;
            assign next_band = next_group & last_group_o;
        end else begin : gen_pixels_outer
            assign next_tile = next_i;
            assign next_x = next_group & last_group_o;
            assign next_band = next_row & last_row_o;
        end
    endgenerate

    wire [TILE_WIDTH-1:0] tile;
    wire [GROUP_WIDTH-1:0] group;
    wire [X_WIDTH-1:0] x;
    wire [ROW_WIDTH-1:0] row;
    wire [BAND_WIDTH-1:0] band;
    wire unused_counts = |{tile, group, x, row, band};

    nn_counter #(.COUNT(TILES), .WIDTH(TILE_WIDTH)) u_tile_counter (
        .clk(clk), .rst(rst), .enable_i(next_tile), .count_o(tile), .last_o(last_tile_o)
    );
    nn_counter #(.COUNT(GROUPS), .WIDTH(GROUP_WIDTH)) u_group_counter (
        .clk(clk), .rst(rst), .enable_i(next_group), .count_o(group), .last_o(last_group_o)
    );
    nn_counter #(.COUNT(ROW_TILES), .WIDTH(X_WIDTH)) u_x_counter (
        .clk(clk), .rst(rst), .enable_i(next_x), .count_o(x), .last_o(last_x_o)
    );
    nn_counter #(.COUNT(BANDS), .WIDTH(BAND_WIDTH)) u_band_counter (
        .clk(clk), .rst(rst), .enable_i(next_band), .count_o(band), .last_o(last_band_o)
    );
    generate
        if (LAST_ROWS == ROWS) begin : gen_even_bands
            nn_counter #(.COUNT(ROWS), .WIDTH(ROW_WIDTH)) u_row_counter (
                .clk(clk), .rst(rst), .enable_i(next_row), .count_o(row), .last_o(last_row_o)
            );
        end else begin : gen_short_band
            // The last band is shorter, so that the end is compared with.
            localparam [31:0] C_ROW = ROWS - 1;
            localparam [31:0] C_LAST_ROW = LAST_ROWS - 1;
            reg [ROW_WIDTH-1:0] row_q;
            always @(posedge clk)
                if (rst) row_q <= {ROW_WIDTH{1'b0}};
                else if (next_row) row_q <= last_row_o ? {ROW_WIDTH{1'b0}} : row_q + 1'b1;
            assign row = row_q;
            assign last_row_o = (row_q == (last_band_o ? C_LAST_ROW[ROW_WIDTH-1:0] : C_ROW[ROW_WIDTH-1:0]));
        end
    endgenerate

endmodule

`default_nettype wire
