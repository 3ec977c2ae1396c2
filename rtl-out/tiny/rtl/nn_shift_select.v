// nn_shift_select: barrel shifter by 0..3 places with a register.
//
//   out_o = clear_i ? 0 : in_i << select_i
//
//   IN_WIDTH        bits of in_i
//   IN_SIGNED       1: two's complement, 0: unsigned
//   OUT_WIDTH       bits of out_o, IN_WIDTH..IN_WIDTH + 3; the caller knows that higher ones are not needed
//   XC7_PRIMITIVES  1: bits near the ends share a LUT6_2; 0: the same function, left to the tool
//
// Latency: 1 cycle. clear_i is the registers' synchronous reset. One LUT6 per bit: four bits of in_i and the select; the ends read fewer.
`default_nettype none

module nn_shift_select #(
    parameter IN_WIDTH = 8,
    parameter IN_SIGNED = 0,
    parameter OUT_WIDTH = 11,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                 clk,
    input  wire                 clear_i,
    input  wire [1:0]           select_i,
    input  wire [IN_WIDTH-1:0]  in_i,
    output reg  [OUT_WIDTH-1:0] out_o
);

    // taps[i+3:i] are the bits that bit i chooses from, the unshifted one highest.
    wire sign = (IN_SIGNED != 0) & in_i[IN_WIDTH-1];
    wire [IN_WIDTH+5:0] taps = {{3{sign}}, in_i, 3'b000};
    wire [OUT_WIDTH-1:0] next;
    wire unused = &{1'b0, taps, sign};

    always @(posedge clk)
        if (clear_i) out_o <= {OUT_WIDTH{1'b0}};
        else out_o <= next;

    genvar i;
    generate
        if (XC7_PRIMITIVES != 0 && IN_WIDTH >= 3 && OUT_WIDTH >= IN_WIDTH + 2) begin : gen_xc7
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower. I4, I3 select.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] BY_0 = ~I4 & ~I3;
            localparam [31:0] BY_1 = ~I4 & I3;
            localparam [31:0] BY_2 = I4 & ~I3;
            localparam [31:0] BY_3 = I4 & I3;
            // Bits 1 and 2 read in_i[2:0]; bits IN_WIDTH and IN_WIDTH + 1 read in_i's top three, the higher ones being its sign.
            localparam [31:0] SIGN = (IN_SIGNED != 0) ? I2 : 32'h00000000;
            localparam [31:0] BIT_1 = (BY_0 & I1) | (BY_1 & I0);
            localparam [31:0] BIT_2 = (BY_0 & I2) | (BY_1 & I1) | (BY_2 & I0);
            localparam [31:0] TOP_0 = (BY_0 & SIGN) | (BY_1 & I2) | (BY_2 & I1) | (BY_3 & I0);
            localparam [31:0] TOP_1 = ((BY_0 | BY_1) & SIGN) | (BY_2 & I2) | (BY_3 & I1);

            LUT6_2 #(.INIT({BIT_2, BIT_1})) u_low (
                .O6(next[2]), .O5(next[1]),
                .I0(in_i[0]), .I1(in_i[1]), .I2(in_i[2]), .I3(select_i[0]), .I4(select_i[1]), .I5(1'b1)
            );
            LUT6_2 #(.INIT({TOP_1, TOP_0})) u_top (
                .O6(next[IN_WIDTH+1]), .O5(next[IN_WIDTH]),
                .I0(in_i[IN_WIDTH-3]), .I1(in_i[IN_WIDTH-2]), .I2(in_i[IN_WIDTH-1]),
                .I3(select_i[0]), .I4(select_i[1]), .I5(1'b1)
            );
            for (i = 3; i < IN_WIDTH; i = i + 1) begin : gen_bits
                assign next[i] = select_i[1] ? (select_i[0] ? taps[i] : taps[i+1]) : (select_i[0] ? taps[i+2] : taps[i+3]);
            end
            // Bit 0 and, if unsigned, the highest one read one bit each.
            if (OUT_WIDTH == IN_WIDTH + 2) begin : gen_ends
                assign next[0] = in_i[0] & (select_i == 2'd0);
            end else if (IN_SIGNED != 0) begin : gen_signed_ends
                assign next[0] = in_i[0] & (select_i == 2'd0);
                assign next[IN_WIDTH+2] = in_i[IN_WIDTH-1];
            end else begin : gen_unsigned_ends
                LUT6_2 #(.INIT({BY_3 & I1, BY_0 & I0})) u_ends (
                    .O6(next[IN_WIDTH+2]), .O5(next[0]),
                    .I0(in_i[0]), .I1(in_i[IN_WIDTH-1]), .I2(1'b0), .I3(select_i[0]), .I4(select_i[1]), .I5(1'b1)
                );
            end
        end else begin : gen_behavioural
            // As one word: a simulator works on words, and bit by bit a lane costs it ten times as much.
            assign next = select_i[1] ? (select_i[0] ? taps[OUT_WIDTH-1:0] : taps[OUT_WIDTH:1])
                : (select_i[0] ? taps[OUT_WIDTH+1:2] : taps[OUT_WIDTH+2:3]);
        end
    endgenerate

endmodule

`default_nettype wire
