// nn_shift_three: plus or minus in_i << 0, 1 or 2, or zero, with a register: one LUT level for shift, zero and inversion.
//
//   term_o = select = zero ? 0 : (in_i << k) ^ {all bits negative_i}
//
//   IN_WIDTH        bits of in_i
//   IN_SIGNED       1: two's complement, 0: unsigned
//   ZERO_FIRST      1: select_i 0 is zero and 1, 2, 3 are k = 0, 1, 2; 0: select_i 0, 1, 2 are k and 3 is zero
//   WIDTH           bits of term_o: IN_WIDTH + 2, and one more for the sign of an unsigned in_i
//   XC7_PRIMITIVES  1: bits near the ends share a LUT6_2; 0: the same function, left to the tool
//
// Latency: 1 cycle. negative_i must be 0 for a zero. One LUT6 per bit: three bits of in_i, the select and the sign.
`default_nettype none

module nn_shift_three #(
    parameter IN_WIDTH = 8,
    parameter IN_SIGNED = 0,
    parameter ZERO_FIRST = 1,
    parameter WIDTH = 11,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                clk,
    input  wire [1:0]          select_i,
    input  wire                negative_i,
    input  wire [IN_WIDTH-1:0] in_i,
    output reg  [WIDTH-1:0]    term_o
);

    localparam OUT = IN_WIDTH + 2;
    localparam [1:0] CODE_0 = (ZERO_FIRST != 0) ? 2'd1 : 2'd0;
    localparam [1:0] CODE_1 = (ZERO_FIRST != 0) ? 2'd2 : 2'd1;
    localparam [1:0] CODE_2 = (ZERO_FIRST != 0) ? 2'd3 : 2'd2;

    // taps[i+2:i] are the bits that bit i chooses from, the unshifted one highest.
    wire sign = (IN_SIGNED != 0) & in_i[IN_WIDTH-1];
    wire [IN_WIDTH+3:0] taps = {{2{sign}}, in_i, 2'b00};
    wire [WIDTH-1:0] next;
    wire unused = &{1'b0, taps, sign};

    always @(posedge clk) term_o <= next;

    genvar i;
    generate
        if (WIDTH > OUT) begin : gen_sign
            assign next[WIDTH-1:OUT] = {WIDTH-OUT{negative_i}};
        end
        if (XC7_PRIMITIVES != 0 && IN_WIDTH >= 2) begin : gen_xc7
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower. I3, I2 select, I4 inverts.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] BY_0 = (CODE_0[1] ? I3 : ~I3) & (CODE_0[0] ? I2 : ~I2);
            localparam [31:0] BY_1 = (CODE_1[1] ? I3 : ~I3) & (CODE_1[0] ? I2 : ~I2);
            localparam [31:0] BY_2 = (CODE_2[1] ? I3 : ~I3) & (CODE_2[0] ? I2 : ~I2);
            // Bits 0 and 1 read in_i[1:0]; the two highest read in_i's top two, above them being its sign.
            localparam [31:0] SIGN = (IN_SIGNED != 0) ? I1 : 32'h00000000;
            localparam [31:0] BIT_0 = (BY_0 & I0) ^ I4;
            localparam [31:0] BIT_1 = ((BY_0 & I1) | (BY_1 & I0)) ^ I4;
            localparam [31:0] TOP_0 = ((BY_0 & SIGN) | (BY_1 & I1) | (BY_2 & I0)) ^ I4;
            localparam [31:0] TOP_1 = (((BY_0 | BY_1) & SIGN) | (BY_2 & I1)) ^ I4;

            LUT6_2 #(.INIT({BIT_1, BIT_0})) u_low (
                .O6(next[1]), .O5(next[0]),
                .I0(in_i[0]), .I1(in_i[1]), .I2(select_i[0]), .I3(select_i[1]), .I4(negative_i), .I5(1'b1)
            );
            LUT6_2 #(.INIT({TOP_1, TOP_0})) u_top (
                .O6(next[OUT-1]), .O5(next[OUT-2]),
                .I0(in_i[IN_WIDTH-2]), .I1(in_i[IN_WIDTH-1]), .I2(select_i[0]), .I3(select_i[1]), .I4(negative_i), .I5(1'b1)
            );
            for (i = 2; i < IN_WIDTH; i = i + 1) begin : gen_bits
                assign next[i] = (((select_i == CODE_0) & taps[i+2]) | ((select_i == CODE_1) & taps[i+1])
                    | ((select_i == CODE_2) & taps[i])) ^ negative_i;
            end
        end else begin : gen_behavioural
            // As one word: a simulator works on words, and bit by bit a lane costs it ten times as much.
            wire [OUT-1:0] shifted = (select_i == CODE_0) ? taps[OUT+1:2] : (select_i == CODE_1) ? taps[OUT:1]
                : (select_i == CODE_2) ? taps[OUT-1:0] : {OUT{1'b0}};
            assign next[OUT-1:0] = shifted ^ {OUT{negative_i}};
        end
    endgenerate

endmodule

`default_nettype wire
