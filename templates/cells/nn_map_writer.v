// nn_map_writer: puts vectors of results into the map memory, one after the other or where a table says.
//
// In a row: a vector takes the next VECTOR lanes of a word; behind a pixel's last vector a new word begins. By the table: every element has a word and a
// lane of its own, or none; the table is made so that no two elements of a vector have one lane.
//
//   LANES           lanes of a word, a multiple of VECTOR
//   VECTOR          elements of a vector
//   BITS            bits of an element
//   ADDRESS_WIDTH   bits of a word's address
//   LANE_WIDTH      bits of a lane's number
//   TABLE           1: there is a table
//   TABLE_WIDTH     bits of a table address
//
// An entry of the table: valid in the highest bit, then the word's address, then the lane.
//
// Timing: begin_i sets where to begin, before the first vector. A vector is in the map 2 cycles after valid_i, with a table 5; it can be read in the
// cycle of written_o, which comes for a vector with end_i.
`default_nettype none

module nn_map_writer #(
    parameter LANES = 4,
    parameter VECTOR = 1,
    parameter BITS = 8,
    parameter ADDRESS_WIDTH = 6,
    parameter LANE_WIDTH = 2,
    parameter TABLE = 0,
    parameter TABLE_WIDTH = 4
) (
    input  wire                                           clk,
    input  wire                                           rst,
    // Where to begin
    input  wire                                           begin_i,
    input  wire [ADDRESS_WIDTH-1:0]                       base_i,
    input  wire                                           scatter_i, // by the table; stays while vectors come
    input  wire [TABLE_WIDTH-1:0]                         table_base_i,
    // Vectors
    input  wire                                           valid_i,
    input  wire                                           pixel_end_i,
    input  wire                                           end_i,
    input  wire [VECTOR*BITS-1:0]                         vector_i,
    output wire                                           written_o,
    // Table, 2 cycles from address to word
    output wire [TABLE_WIDTH-1:0]                         table_address_o,
    input  wire [VECTOR*(ADDRESS_WIDTH+LANE_WIDTH+1)-1:0] table_word_i,
    // Map memory
    output wire [LANES-1:0]                               write_o,
    output wire [LANES*ADDRESS_WIDTH-1:0]                 write_address_o,
    output wire [LANES*BITS-1:0]                          write_data_o
);

    localparam PLACES = LANES / VECTOR;
    localparam PLACE_WIDTH = (PLACES > 1) ? $clog2(PLACES) : 1;
    localparam ENTRY_WIDTH = ADDRESS_WIDTH + LANE_WIDTH + 1;
    localparam DELAY = (TABLE != 0) ? 3 : 0; // the table's word, then whom its entries hit
    localparam [255:0] C_ONE = 256'd1;
    localparam [31:0] C_LAST_PLACE = PLACES - 1;

    // ---------------------------------------------------------------- Next place in a row
    reg [ADDRESS_WIDTH-1:0] address_q;
    reg [PLACE_WIDTH-1:0] place_q;
    wire word_end = pixel_end_i | (place_q == C_LAST_PLACE[PLACE_WIDTH-1:0]);
    always @(posedge clk)
        if (begin_i) begin
            address_q <= base_i;
            place_q <= {PLACE_WIDTH{1'b0}};
        end else if (valid_i) begin
            if (word_end) address_q <= address_q + C_ONE[ADDRESS_WIDTH-1:0];
            place_q <= word_end ? {PLACE_WIDTH{1'b0}} : place_q + C_ONE[PLACE_WIDTH-1:0];
        end

    // ---------------------------------------------------------------- The vector waits for its entries
    wire valid, last;
    wire [ADDRESS_WIDTH-1:0] address;
    wire [PLACE_WIDTH-1:0] place;
    wire [VECTOR*BITS-1:0] vector;
    nn_delay #(.WIDTH(2), .DEPTH(DELAY)) u_valid_delay (
        .clk(clk), .rst(rst), .data_i({valid_i, valid_i & end_i}), .data_o({valid, last})
    );
    nn_delay #(.WIDTH(ADDRESS_WIDTH+PLACE_WIDTH+VECTOR*BITS), .DEPTH(DELAY)) u_vector_delay (
        .clk(clk), .rst(1'b0), .data_i({address_q, place_q, vector_i}), .data_o({address, place, vector})
    );

    // ---------------------------------------------------------------- Lanes
    reg [LANES-1:0] write_q;
    reg [LANES*BITS-1:0] data_q;
    reg last_q, written_q;
    always @(posedge clk) begin
        last_q <= ~rst & last;
        written_q <= ~rst & last_q;
    end

    wire [LANES-1:0] in_row;
    wire [LANES*BITS-1:0] row_data;
    genvar lane, element;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_row
            localparam [31:0] C_PLACE = lane / VECTOR;
            assign in_row[lane] = (place == C_PLACE[PLACE_WIDTH-1:0]);
            assign row_data[lane*BITS +: BITS] = vector[(lane % VECTOR)*BITS +: BITS];
        end
        if (TABLE != 0) begin : gen_table
            reg [TABLE_WIDTH-1:0] table_q;
            always @(posedge clk)
                if (begin_i) table_q <= table_base_i;
                else if (valid_i) table_q <= table_q + C_ONE[TABLE_WIDTH-1:0];
            assign table_address_o = table_q;

            reg [LANES*ADDRESS_WIDTH-1:0] lane_address_q;

            // Whom each entry hits, from registers
            reg [VECTOR*ADDRESS_WIDTH-1:0] entry_address_q;
            wire [VECTOR*(LANE_WIDTH+1)-1:0] entry_lane;
            for (element = 0; element < VECTOR; element = element + 1) begin : gen_entries
                assign entry_lane[element*(LANE_WIDTH+1) +: LANE_WIDTH+1] =
                    {table_word_i[element*ENTRY_WIDTH + ENTRY_WIDTH - 1], table_word_i[element*ENTRY_WIDTH +: LANE_WIDTH]};
                always @(posedge clk)
                    entry_address_q[element*ADDRESS_WIDTH +: ADDRESS_WIDTH] <= table_word_i[element*ENTRY_WIDTH + LANE_WIDTH +: ADDRESS_WIDTH];
            end

            for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lanes
                localparam [31:0] C_LANE = lane;
                reg [VECTOR-1:0] hit_q;
                reg [ADDRESS_WIDTH-1:0] scattered_address;
                reg [BITS-1:0] scattered;
                integer i;
                for (element = 0; element < VECTOR; element = element + 1) begin : gen_hits
                    always @(posedge clk)
                        hit_q[element] <= (entry_lane[element*(LANE_WIDTH+1) +: LANE_WIDTH+1] == {1'b1, C_LANE[LANE_WIDTH-1:0]});
                end
                always @* begin
                    scattered_address = {ADDRESS_WIDTH{1'b0}};
                    scattered = {BITS{1'b0}};
                    for (i = 0; i < VECTOR; i = i + 1) begin
                        scattered_address = scattered_address | (entry_address_q[i*ADDRESS_WIDTH +: ADDRESS_WIDTH] & {ADDRESS_WIDTH{hit_q[i]}});
                        scattered = scattered | (vector[i*BITS +: BITS] & {BITS{hit_q[i]}});
                    end
                end
                always @(posedge clk) begin
                    write_q[lane] <= ~rst & valid & (scatter_i ? |hit_q : in_row[lane]);
                    lane_address_q[lane*ADDRESS_WIDTH +: ADDRESS_WIDTH] <= scatter_i ? scattered_address : address;
                    data_q[lane*BITS +: BITS] <= scatter_i ? scattered : row_data[lane*BITS +: BITS];
                end
            end
            assign write_address_o = lane_address_q;
        end else begin : gen_no_table
            wire unused = |{scatter_i, table_base_i, table_word_i};
            assign table_address_o = {TABLE_WIDTH{1'b0}};
            reg [ADDRESS_WIDTH-1:0] row_address_q;
            always @(posedge clk) begin
                write_q <= {LANES{valid & ~rst}} & in_row;
                row_address_q <= address;
                data_q <= row_data;
            end
            assign write_address_o = {LANES{row_address_q}};
        end
    endgenerate

    assign write_o = write_q;
    assign write_data_o = data_q;
    assign written_o = written_q;

endmodule

`default_nettype wire
