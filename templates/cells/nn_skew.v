// nn_skew: delays each lane so that operands reach a chain of slices one cycle after the other.
//
//   LANES   lanes
//   WIDTH   bits of a lane
//   GROUP   lanes whose chains stand side by side; divides LANES
//   CHAIN   lanes of a chain; the last chain of a group may be shorter, and then begins later to end with the others
//   XC7_PRIMITIVES  as in nn_pass
//
// Latency: 1 to CHAIN cycles by lane, no reset. The last cycle is a register of its own: operands go to the slices of all pixels or channels, and a
// shift register drives such a net late.
`default_nettype none

module nn_skew #(
    parameter LANES = 4,
    parameter WIDTH = 8,
    parameter GROUP = 4,
    parameter CHAIN = 4,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                   clk,
    input  wire [LANES*WIDTH-1:0] data_i,
    output wire [LANES*WIDTH-1:0] data_o
);

    localparam REST = GROUP % CHAIN;
    localparam LATE = (REST != 0) ? CHAIN - REST : 0;

    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lanes
            wire [WIDTH-1:0] data;
            nn_delay #(
                .WIDTH(WIDTH), .DEPTH((lane % GROUP) % CHAIN + (((lane % GROUP) >= GROUP - REST) ? LATE : 0))
            ) u_delay (
                .clk(clk), .rst(1'b0), .data_i(data_i[lane*WIDTH +: WIDTH]), .data_o(data)
            );
            nn_pass #(.WIDTH(WIDTH), .DEPTH(1), .XC7_PRIMITIVES(XC7_PRIMITIVES)) u_pass (
                .clk(clk), .data_i(data), .data_o(data_o[lane*WIDTH +: WIDTH])
            );
        end
    endgenerate

endmodule

`default_nettype wire
