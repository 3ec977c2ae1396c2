// nn_accumulator: adds one or two two's complement numbers per cycle, to one sum or to several in turn.
//
//   if enable_i:  sum_o <= (first_i ? 0 : sum_o as it was TURNS - 1 cycles ago) + a_i + b_i
//
//   first_i comes twice from registers of its own: [0] for the four lowest bits, whose way through the carry chain is longest, [1] for the others,
//   so that neither drives many bits.
//
//   ADDENDS           1: a_i only, b_i is ignored; 2: both, for the same LUTs
//   A_WIDTH, B_WIDTH  bits of the addends
//   A_SHIFT, B_SHIFT  left shift of each addend, by wiring
//   WIDTH             bits of the sum, modulo 2^WIDTH; no addend reaches beyond it
//   TURNS             sums that take turns, 1 or more; with more than one enable_i stays from the first to the last addends of them all
//   XC7_PRIMITIVES    1: one LUT per bit and the carry chain; 0: the same sum, left to the tool
//
// Latency: 1 cycle, no reset: first_i starts a sum.
`default_nettype none

module nn_accumulator #(
    parameter ADDENDS = 2,
    parameter A_WIDTH = 16,
    parameter B_WIDTH = 16,
    parameter A_SHIFT = 0,
    parameter B_SHIFT = 0,
    parameter WIDTH = 24,
    parameter TURNS = 1,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire               clk,
    input  wire [1:0]         first_i,
    input  wire               enable_i,
    input  wire [A_WIDTH-1:0] a_i,
    input  wire [B_WIDTH-1:0] b_i,
    output reg  [WIDTH-1:0]   sum_o
);

    localparam LOW_BITS = 4;

    wire [WIDTH-1:0] a = {{WIDTH-A_WIDTH-A_SHIFT{a_i[A_WIDTH-1]}}, a_i, {A_SHIFT{1'b0}}};
    wire [WIDTH-1:0] b = {{WIDTH-B_WIDTH-B_SHIFT{b_i[B_WIDTH-1]}}, b_i, {B_SHIFT{1'b0}}};
    wire [WIDTH-1:0] sum;
    wire [WIDTH-1:0] last; // the sum whose turn it is

    always @(posedge clk)
        if (enable_i) sum_o <= sum;

    generate
        if (TURNS == 1) begin : gen_single
            assign last = sum_o;
        end else begin : gen_turns
            // The last register is none of a shift register, whose output would come late to the carry chain.
            wire [WIDTH-1:0] waiting;
            nn_delay #(.WIDTH(WIDTH), .DEPTH(TURNS - 2)) u_turns (
                .clk(clk), .rst(1'b0), .data_i(sum_o), .data_o(waiting)
            );
            nn_pass #(.WIDTH(WIDTH), .DEPTH(1), .XC7_PRIMITIVES(XC7_PRIMITIVES)) u_turn (
                .clk(clk), .data_i(waiting), .data_o(last)
            );
        end
    endgenerate

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;
            localparam [31:0] KEPT = I0 & ~I1;

            wire [WIDTH-1:0] first;
            wire [WIDTH-1:0] propagate;
            wire [WIDTH-1:0] other;
            genvar i;
            for (i = 0; i < WIDTH; i = i + 1) begin : gen_first
                assign first[i] = first_i[(i < LOW_BITS) ? 0 : 1];
            end
            if (ADDENDS == 2) begin : gen_two
                // Ternary addition: the majority goes one place up.
                localparam [31:0] PROPAGATE = KEPT ^ I2 ^ I3 ^ I4;
                localparam [31:0] MAJORITY = (KEPT & I2) | (KEPT & I3) | (I2 & I3);
                wire [WIDTH:0] majority;
                assign majority[0] = 1'b0;
                assign other = majority[WIDTH-1:0];
                for (i = 0; i < WIDTH; i = i + 1) begin : gen_bits
                    LUT6_2 #(.INIT({PROPAGATE, MAJORITY})) u_compress (
                        .O6(propagate[i]), .O5(majority[i+1]),
                        .I0(last[i]), .I1(first[i]), .I2(a[i]), .I3(b[i]), .I4(majority[i]), .I5(1'b1)
                    );
                end
                wire unused = majority[WIDTH];
            end else begin : gen_one
                localparam [31:0] PROPAGATE = KEPT ^ I2;
                assign other = a;
                for (i = 0; i < WIDTH; i = i + 1) begin : gen_bits
                    LUT3 #(.INIT(PROPAGATE[7:0])) u_propagate (
                        .O(propagate[i]), .I0(last[i]), .I1(first[i]), .I2(a[i])
                    );
                end
                wire unused = &{1'b0, b, PROPAGATE};
            end
            nn_carry_chain #(.WIDTH(WIDTH)) u_carry (
                .propagate_i(propagate), .generate_i(other), .carry_i(1'b0), .sum_o(sum)
            );
        end else begin : gen_behavioural
            wire [WIDTH-1:0] kept;
            genvar i;
            for (i = 0; i < WIDTH; i = i + 1) begin : gen_kept
                assign kept[i] = last[i] & ~first_i[(i < LOW_BITS) ? 0 : 1];
            end
            if (ADDENDS == 2) begin : gen_two
                assign sum = kept + a + b;
            end else begin : gen_one
                assign sum = kept + a;
                wire unused = &{1'b0, b};
            end
        end
    endgenerate

endmodule

`default_nettype wire
