// nn_select: one of a few words: the input of a lane that selects, or a memory's segment.
//
//   chosen_o = choices_i[index_i]
//
//   WIDTH           bits of a word
//   CHOICES         words to choose from, 2 or more
//   INDEX_WIDTH     bits of index_i: clog2(CHOICES); an index beyond the choices gives the last one
//   XC7_PRIMITIVES  1: of two choices, two bits in one LUT6_2; 0: the same function, left to the tool
//
// Combinational. Up to four choices are one LUT6 per bit.
`default_nettype none

module nn_select #(
    parameter WIDTH = 8,
    parameter CHOICES = 4,
    parameter INDEX_WIDTH = 2,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire [CHOICES*WIDTH-1:0] choices_i,
    input  wire [INDEX_WIDTH-1:0]   index_i,
    output wire [WIDTH-1:0]         chosen_o
);

    localparam PLACES = 1 << INDEX_WIDTH;

    // In blocks, because a tool may unroll no more than 1,024 bodies of one loop.
    localparam BLOCK = 1024;

    genvar block, i, place;
    generate
        if (XC7_PRIMITIVES != 0 && CHOICES == 2) begin : gen_pairs
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower. I4 chooses.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] LOW = (~I4 & I0) | (I4 & I2);
            localparam [31:0] HIGH = (~I4 & I1) | (I4 & I3);
            for (block = 0; block < WIDTH; block = block + BLOCK) begin : gen_blocks
                for (i = block; i < block + BLOCK && i + 1 < WIDTH; i = i + 2) begin : gen_bits
                    LUT6_2 #(.INIT({HIGH, LOW})) u_pair (
                        .O6(chosen_o[i+1]), .O5(chosen_o[i]),
                        .I0(choices_i[i]), .I1(choices_i[i+1]), .I2(choices_i[WIDTH+i]), .I3(choices_i[WIDTH+i+1]),
                        .I4(index_i[0]), .I5(1'b1)
                    );
                end
            end
            if (WIDTH % 2 == 1) begin : gen_last
                assign chosen_o[WIDTH-1] = index_i[0] ? choices_i[2*WIDTH-1] : choices_i[WIDTH-1];
            end
        end else begin : gen_behavioural
            for (block = 0; block < WIDTH; block = block + BLOCK) begin : gen_blocks
                for (i = block; i < block + BLOCK && i < WIDTH; i = i + 1) begin : gen_bits
                    wire [PLACES-1:0] places;
                    for (place = 0; place < PLACES; place = place + 1) begin : gen_places
                        assign places[place] = choices_i[((place < CHOICES) ? place : CHOICES - 1)*WIDTH + i];
                    end
                    assign chosen_o[i] = places[index_i];
                end
            end
        end
    endgenerate

endmodule

`default_nettype wire
