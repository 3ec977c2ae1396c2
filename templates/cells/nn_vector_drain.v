// nn_vector_drain: takes the results of a tile and hands them on a vector at a time.
//
//   STAGES        vectors of a tile
//   WIDTH         bits of a vector
//   COUNT_WIDTH   bits of a number of vectors, less one
//
// Timing: the tile is taken in the cycle of capture_i, its first vector is on vector_o in the next one. Needs as many cycles between captures as the
// tile has vectors; never stalls.
`default_nettype none

module nn_vector_drain #(
    parameter STAGES = 4,
    parameter WIDTH = 8,
    parameter COUNT_WIDTH = 2
) (
    input  wire                    clk,
    input  wire                    rst,
    input  wire                    capture_i,
    input  wire [STAGES*WIDTH-1:0] tile_i,
    input  wire [COUNT_WIDTH-1:0]  vectors_i, // of this tile that are handed on, less one
    input  wire                    pixel_end_i,
    input  wire                    end_i,
    output wire [WIDTH-1:0]        vector_o,
    output wire                    valid_o,
    output wire                    pixel_end_o,
    output wire                    end_o
);

    localparam [255:0] C_ONE = 256'd1;

    reg [STAGES*WIDTH-1:0] chain_q;
    generate
        if (STAGES > 1) begin : gen_shift
            always @(posedge clk)
                chain_q <= capture_i ? tile_i : {tile_i[STAGES*WIDTH-1 -: WIDTH], chain_q[STAGES*WIDTH-1:WIDTH]};
        end else begin : gen_hold
            always @(posedge clk)
                if (capture_i) chain_q <= tile_i;
        end
    endgenerate

    reg active_q, pixel_end_q, end_q;
    reg [COUNT_WIDTH-1:0] left_q;
    wire last = (left_q == {COUNT_WIDTH{1'b0}});
    always @(posedge clk)
        if (rst) active_q <= 1'b0;
        else if (capture_i) active_q <= 1'b1;
        else if (last) active_q <= 1'b0;
    always @(posedge clk)
        if (capture_i) begin
            left_q <= vectors_i;
            pixel_end_q <= pixel_end_i;
            end_q <= end_i;
        end else left_q <= left_q - C_ONE[COUNT_WIDTH-1:0];

    assign vector_o = chain_q[WIDTH-1:0];
    assign valid_o = active_q;
    assign pixel_end_o = active_q & last & pixel_end_q;
    assign end_o = active_q & last & end_q;

endmodule

`default_nettype wire
