// nn_element_max: largest activation of each lane over the steps of a tile, for max pooling; with one step a copy.
//
//   LANES   lanes
//   BITS    bits of an activation, without sign
//
// Latency: 1 cycle from the last step of a tile to max_o.
`default_nettype none

module nn_element_max #(
    parameter LANES = 4,
    parameter BITS = 8
) (
    input  wire                  clk,
    input  wire                  first_i, // of the tile
    input  wire [LANES*BITS-1:0] act_i,
    output wire [LANES*BITS-1:0] max_o
);

    // In gates: behind the comparison an enable would be a longer way than one LUT for each bit.
    reg [LANES*BITS-1:0] max_q;
    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lanes
            wire [BITS-1:0] act = act_i[lane*BITS +: BITS];
            wire [BITS-1:0] kept = max_q[lane*BITS +: BITS];
            wire takes = first_i | (act > kept);
            always @(posedge clk) max_q[lane*BITS +: BITS] <= (act & {BITS{takes}}) | (kept & {BITS{~takes}});
        end
    endgenerate
    assign max_o = max_q;

endmodule

`default_nettype wire
