// nn_map_memory: the maps of all layers; a word holds LANES activations, each with a write address of its own.
//
//   LANES           activations of a word
//   BITS            bits of an activation
//   DEPTH           words
//   ADDRESS_WIDTH   bits of a word's address
//   SCATTER         0: all lanes write to the address of lane 0, which makes one wide RAM of them; 1: each to its own
//   BLOCK           1: block RAM, 0: LUT RAM
//
// Latency: 1 cycle from read_address_i to read_data_o. Reading and writing one address in the same cycle gives the old word.
`default_nettype none

module nn_map_memory #(
    parameter LANES = 4,
    parameter BITS = 8,
    parameter DEPTH = 64,
    parameter ADDRESS_WIDTH = 6,
    parameter SCATTER = 0,
    parameter BLOCK = 1
) (
    input  wire                           clk,
    input  wire [LANES-1:0]               write_i,
    input  wire [LANES*ADDRESS_WIDTH-1:0] write_address_i,
    input  wire [LANES*BITS-1:0]          write_data_i,
    input  wire [ADDRESS_WIDTH-1:0]       read_address_i,
    output wire [LANES*BITS-1:0]          read_data_o
);

    genvar lane;
    generate
        if (SCATTER != 0) begin : gen_lanes
            for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lane
                nn_ram #(
                    .WIDTH(BITS), .DEPTH(DEPTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .WRITE_LANES(1), .BLOCK(BLOCK), .INIT_FILE("")
                ) u_ram (
                    .clk(clk),
                    .write_enable_i(write_i[lane]),
                    .write_address_i(write_address_i[lane*ADDRESS_WIDTH +: ADDRESS_WIDTH]),
                    .write_data_i(write_data_i[lane*BITS +: BITS]),
                    .read_enable_i(1'b1),
                    .read_address_i(read_address_i),
                    .read_data_o(read_data_o[lane*BITS +: BITS])
                );
            end
        end else begin : gen_words
            wire unused = |{1'b0, write_address_i};
            nn_ram #(
                .WIDTH(LANES*BITS), .DEPTH(DEPTH), .ADDRESS_WIDTH(ADDRESS_WIDTH), .WRITE_LANES(LANES), .BLOCK(BLOCK), .INIT_FILE("")
            ) u_ram (
                .clk(clk),
                .write_enable_i(write_i),
                .write_address_i(write_address_i[ADDRESS_WIDTH-1:0]),
                .write_data_i(write_data_i),
                .read_enable_i(1'b1),
                .read_address_i(read_address_i),
                .read_data_o(read_data_o)
            );
        end
    endgenerate

endmodule

`default_nettype wire
