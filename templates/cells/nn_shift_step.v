// nn_shift_step: one place of a barrel shifter with a register: shifts left by STEP or not at all, and inverts on request.
//
//   out_o = clear_i ? 0 : (shift_i ? in_i << STEP : in_i) ^ {all bits invert_i}
//
//   IN_WIDTH        bits of in_i
//   IN_SIGNED       1: two's complement, 0: unsigned
//   STEP            1 or more
//   OUT_WIDTH       bits of out_o, IN_WIDTH..IN_WIDTH + STEP; the caller knows that higher ones are not needed
//   XC7_PRIMITIVES  1: two bits in one LUT6_2; 0: the same function, left to the tool
//
// Latency: 1 cycle. clear_i is the registers' synchronous reset. Bits i and i + STEP read only three bits of in_i between them, so they share
// a LUT6_2; of a column i, i + STEP, i + 2 STEP ... with an odd number of bits, the lowest stays over and reads one, so these share too.
`default_nettype none

module nn_shift_step #(
    parameter IN_WIDTH = 8,
    parameter IN_SIGNED = 0,
    parameter STEP = 1,
    parameter OUT_WIDTH = 9,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                 clk,
    input  wire                 clear_i,
    input  wire                 shift_i,
    input  wire                 invert_i,
    input  wire [IN_WIDTH-1:0]  in_i,
    output reg  [OUT_WIDTH-1:0] out_o
);

    localparam EXTENSION = OUT_WIDTH - IN_WIDTH;

    // The operand where it is, and STEP places up.
    wire sign = (IN_SIGNED != 0) & in_i[IN_WIDTH-1];
    wire [OUT_WIDTH-1:0] near = {{EXTENSION{sign}}, in_i};
    wire [OUT_WIDTH+STEP-1:0] raised = {near, {STEP{1'b0}}};
    wire [OUT_WIDTH-1:0] far = raised[OUT_WIDTH-1:0];
    wire [OUT_WIDTH-1:0] next;

    always @(posedge clk)
        if (clear_i) out_o <= {OUT_WIDTH{1'b0}};
        else out_o <= next;

    wire unused = &{1'b0, raised, far, sign};

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            // Pair of a column: I0, I1, I2 are its three bits, I3 shifts, I4 inverts.
            localparam [31:0] PAIR_LOW = ((I3 & I0) | (~I3 & I1)) ^ I4;
            localparam [31:0] PAIR_HIGH = ((I3 & I1) | (~I3 & I2)) ^ I4;
            // Two lowest bits: a shift brings in zeros.
            localparam [31:0] LOWEST_A = (~I3 & I0) ^ I4;
            localparam [31:0] LOWEST_B = (~I3 & I1) ^ I4;

            genvar column, pair;
            for (column = 0; column < STEP && column < OUT_WIDTH; column = column + 1) begin : gen_columns
                localparam BITS = (OUT_WIDTH - column + STEP - 1) / STEP;
                for (pair = 0; pair < BITS / 2; pair = pair + 1) begin : gen_pairs
                    localparam LOW = column + STEP * (BITS % 2 + 2 * pair);
                    LUT6_2 #(.INIT({PAIR_HIGH, PAIR_LOW})) u_pair (
                        .O6(next[LOW+STEP]), .O5(next[LOW]),
                        .I0(far[LOW]), .I1(near[LOW]), .I2(near[LOW+STEP]), .I3(shift_i), .I4(invert_i), .I5(1'b1)
                    );
                end
            end

            // Columns with an odd number of bits are FIRST..FIRST+ODD-1.
            localparam ROWS = OUT_WIDTH / STEP;
            localparam REST = OUT_WIDTH % STEP;
            localparam FIRST = (ROWS % 2 == 0) ? 0 : REST;
            localparam ODD = (ROWS % 2 == 0) ? REST : STEP - REST;
            for (pair = 0; pair < ODD / 2; pair = pair + 1) begin : gen_lowest
                LUT6_2 #(.INIT({LOWEST_B, LOWEST_A})) u_pair (
                    .O6(next[FIRST+2*pair+1]), .O5(next[FIRST+2*pair]),
                    .I0(near[FIRST+2*pair]), .I1(near[FIRST+2*pair+1]), .I2(1'b0), .I3(shift_i), .I4(invert_i), .I5(1'b1)
                );
            end
            if (ODD % 2 == 1) begin : gen_last
                localparam LAST = FIRST + ODD - 1;
                assign next[LAST] = (~shift_i & near[LAST]) ^ invert_i;
            end
        end else begin : gen_behavioural
            assign next = (shift_i ? far : near) ^ {OUT_WIDTH{invert_i}};
        end
    endgenerate

endmodule

`default_nettype wire
