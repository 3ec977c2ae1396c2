// nn_ram: simple dual-port RAM, one write port with lane enables, one registered read port, one clock.
//
//   WIDTH          bits of a word; WRITE_LANES divides it
//   DEPTH          words
//   ADDRESS_WIDTH  clog2(DEPTH), at least 1
//   WRITE_LANES    equal parts of a word with a write enable each
//   BLOCK          1: block RAM, 0: LUT RAM with an output register
//   INIT_FILE      $readmemh file with the first contents; empty: none
//
// Latency: read data stands 1 cycle after the address, and holds while read_enable_i is low.
// Reading and writing one address in the same cycle returns the old word.
`default_nettype none

module nn_ram #(
    parameter WIDTH = 8,
    parameter DEPTH = 16,
    parameter ADDRESS_WIDTH = 4,
    parameter WRITE_LANES = 1,
    parameter BLOCK = 1,
    parameter INIT_FILE = ""
) (
    input  wire                     clk,
    // Write port
    input  wire [WRITE_LANES-1:0]   write_enable_i,
    input  wire [ADDRESS_WIDTH-1:0] write_address_i,
    input  wire [WIDTH-1:0]         write_data_i,
    // Read port
    input  wire                     read_enable_i,
    input  wire [ADDRESS_WIDTH-1:0] read_address_i,
    output wire [WIDTH-1:0]         read_data_o
);

    localparam LANE_WIDTH = WIDTH / WRITE_LANES;
    localparam INDEX_WIDTH = (DEPTH > 1) ? $clog2(DEPTH) : 1;

    // An array may be built deeper than its addresses reach (a whole RAM primitive).
    wire [ADDRESS_WIDTH+INDEX_WIDTH-1:0] wide_write = {{INDEX_WIDTH{1'b0}}, write_address_i};
    wire [ADDRESS_WIDTH+INDEX_WIDTH-1:0] wide_read = {{INDEX_WIDTH{1'b0}}, read_address_i};
    wire [INDEX_WIDTH-1:0] write_index = wide_write[INDEX_WIDTH-1:0];
    wire [INDEX_WIDTH-1:0] read_index = wide_read[INDEX_WIDTH-1:0];
    wire unused_high_bits = |{wide_write[ADDRESS_WIDTH+INDEX_WIDTH-1:INDEX_WIDTH], wide_read[ADDRESS_WIDTH+INDEX_WIDTH-1:INDEX_WIDTH]};

    generate
        if (BLOCK != 0) begin : gen_block
            (* ram_style = "block" *) reg [WIDTH-1:0] mem [0:DEPTH-1];
            reg [WIDTH-1:0] read_q;
            integer lane;
            initial if (INIT_FILE != "") $readmemh(INIT_FILE, mem);
            always @(posedge clk)
                for (lane = 0; lane < WRITE_LANES; lane = lane + 1)
                    if (write_enable_i[lane])
                        mem[write_index][lane*LANE_WIDTH +: LANE_WIDTH] <= write_data_i[lane*LANE_WIDTH +: LANE_WIDTH];
            always @(posedge clk)
                if (read_enable_i) read_q <= mem[read_index];
            assign read_data_o = read_q;
        end else begin : gen_distributed
            (* ram_style = "distributed" *) reg [WIDTH-1:0] mem [0:DEPTH-1];
            reg [WIDTH-1:0] read_q;
            integer lane;
            initial if (INIT_FILE != "") $readmemh(INIT_FILE, mem);
            always @(posedge clk)
                for (lane = 0; lane < WRITE_LANES; lane = lane + 1)
                    if (write_enable_i[lane])
                        mem[write_index][lane*LANE_WIDTH +: LANE_WIDTH] <= write_data_i[lane*LANE_WIDTH +: LANE_WIDTH];
            always @(posedge clk)
                if (read_enable_i) read_q <= mem[read_index];
            assign read_data_o = read_q;
        end
    endgenerate

endmodule

`default_nettype wire
