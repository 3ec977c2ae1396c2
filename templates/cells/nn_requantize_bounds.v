// nn_requantize_bounds: one lane of bias, scale, rounding and clamp, as nn_requantize, for layers that differ in their output: bounds and zero point come
// by ports and stay while sums of a layer are on their way.
//
//   y = clamp(((sum + bias) * multiplier + round) >> shift) + zero point, low, high)     docs/number_formats.md
//
//   SUM_WIDTH         bits of sum and bias, two's complement; their sum is exact modulo 2^SUM_WIDTH
//   MULTIPLIER_WIDTH  bits of the unsigned multiplier; 0: power-of-two form, no multiplier
//   SHIFT_MIN         smallest shift of all layers
//   SHIFT_WIDTH       bits of shift_i, which is the shift less SHIFT_MIN; 0: all channels shift by SHIFT_MIN
//   OUT_BITS          bits of an output
//   BOUND_BITS        bits of the bounds less the zero point, two's complement; at most 18
//
//   low_i, high_i     bounds of y less the zero point; zero_point_i is added last, modulo 2^OUT_BITS
//
// Latency: 6 cycles, one sum per cycle, no stall. multiplier_i and shift_i come with their sum.
`default_nettype none

module nn_requantize_bounds #(
    parameter SUM_WIDTH = 24,
    parameter MULTIPLIER_WIDTH = 16,
    parameter SHIFT_MIN = 16,
    parameter SHIFT_WIDTH = 0,
    parameter OUT_BITS = 8,
    parameter BOUND_BITS = 9
) (
    input  wire                                                     clk,
    input  wire [SUM_WIDTH-1:0]                                     sum_i,
    input  wire [SUM_WIDTH-1:0]                                     bias_i,
    input  wire [(MULTIPLIER_WIDTH > 0 ? MULTIPLIER_WIDTH : 1)-1:0] multiplier_i,
    input  wire [(SHIFT_WIDTH > 0 ? SHIFT_WIDTH : 1)-1:0]           shift_i,
    input  wire [BOUND_BITS-1:0]                                    low_i,
    input  wire [BOUND_BITS-1:0]                                    high_i,
    input  wire [OUT_BITS-1:0]                                      zero_point_i,
    output wire [OUT_BITS-1:0]                                      out_o
);

    localparam SHIFT_BITS = (SHIFT_WIDTH > 0) ? SHIFT_WIDTH : 1;
    localparam PRODUCT_WIDTH = SUM_WIDTH + ((MULTIPLIER_WIDTH > 0) ? MULTIPLIER_WIDTH : 0);
    // One bit below the binary point carries the half that rounding looks at.
    localparam ROUND_WIDTH = PRODUCT_WIDTH + 1 - ((SHIFT_MIN > PRODUCT_WIDTH - 1) ? PRODUCT_WIDTH - 1 : SHIFT_MIN);
    localparam VALUE_WIDTH = (ROUND_WIDTH > 18) ? ROUND_WIDTH + 1 : 19;

    // Stage 1: bias. Kept, because Yosys would take this sum into the pre-adder of the DSP block, which does not wrap at SUM_WIDTH:
    // negative sums would become large ones.
    (* keep = "true" *) reg signed [SUM_WIDTH-1:0] biased_q;
    always @(posedge clk) biased_q <= sum_i + bias_i;

    // Stages 2 and 3: multiplier, registered twice for the DSP block
    wire signed [PRODUCT_WIDTH-1:0] product;
    reg [SHIFT_BITS-1:0] shift_q, shift_q2, shift_q3;
    always @(posedge clk) begin
        shift_q <= shift_i;
        shift_q2 <= shift_q;
        shift_q3 <= shift_q2;
    end
    generate
        if (MULTIPLIER_WIDTH > 0) begin : gen_multiplier
            reg signed [MULTIPLIER_WIDTH:0] multiplier_q;
            reg signed [SUM_WIDTH+MULTIPLIER_WIDTH:0] product_q, product_q2;
            always @(posedge clk) begin
                multiplier_q <= {1'b0, multiplier_i};
                product_q <= biased_q * multiplier_q;
                product_q2 <= product_q;
            end
            wire unused_sign = product_q2[SUM_WIDTH+MULTIPLIER_WIDTH];
            assign product = product_q2[PRODUCT_WIDTH-1:0];
        end else begin : gen_power_of_two
            reg signed [SUM_WIDTH-1:0] biased_q2, biased_q3;
            wire unused = |multiplier_i;
            always @(posedge clk) begin
                biased_q2 <= biased_q;
                biased_q3 <= biased_q2;
            end
            assign product = biased_q3;
        end
    endgenerate

    // Stage 4: shift, keeping the bit below the binary point; the fixed part of the shift costs nothing.
    wire signed [PRODUCT_WIDTH:0] with_half = {product, 1'b0};
    wire signed [PRODUCT_WIDTH:0] fixed_shift = with_half >>> SHIFT_MIN;
    wire signed [ROUND_WIDTH-1:0] narrowed = fixed_shift[ROUND_WIDTH-1:0];
    reg signed [ROUND_WIDTH-1:0] shifted_q;
    generate
        if (SHIFT_WIDTH > 0) begin : gen_shift
            always @(posedge clk) shifted_q <= narrowed >>> shift_q3;
        end else begin : gen_no_shift
            wire unused_shift = |shift_q3;
            always @(posedge clk) shifted_q <= narrowed;
        end
        if (PRODUCT_WIDTH + 1 > ROUND_WIDTH) begin : gen_unused_high
            wire unused_high = |fixed_shift[PRODUCT_WIDTH:ROUND_WIDTH];
        end
    endgenerate

    // Stage 5: round half up
    reg [OUT_BITS-1:0] rounded_q;
    wire signed [VALUE_WIDTH-1:0] whole = {{(VALUE_WIDTH-ROUND_WIDTH+1){shifted_q[ROUND_WIDTH-1]}}, shifted_q[ROUND_WIDTH-1:1]};
    wire unused_whole = |whole[VALUE_WIDTH-1:OUT_BITS]; // beyond the bounds
    always @(posedge clk) rounded_q <= whole[OUT_BITS-1:0] + {{(OUT_BITS-1){1'b0}}, shifted_q[0]};

    // What is rounded lies beyond the bounds if what is not rounded does, half a unit nearer: one more than twice the bound above, one less below.
    wire signed [VALUE_WIDTH-1:0] low = {{(VALUE_WIDTH-BOUND_BITS){low_i[BOUND_BITS-1]}}, low_i};
    wire signed [VALUE_WIDTH-1:0] high = {{(VALUE_WIDTH-BOUND_BITS){high_i[BOUND_BITS-1]}}, high_i};
    reg [OUT_BITS-1:0] out_q;
    wire signed [VALUE_WIDTH:0] not_rounded = {{(VALUE_WIDTH+1-ROUND_WIDTH){shifted_q[ROUND_WIDTH-1]}}, shifted_q};
    reg signed [VALUE_WIDTH:0] twice_low_less, twice_high; // stand long before the first sum
    always @(posedge clk) begin
        twice_low_less <= {low, 1'b0} - {{VALUE_WIDTH{1'b0}}, 1'b1};
        twice_high <= {high, 1'b0};
    end
    reg below_q, above_q;
    // The sign of a difference is one carry chain; a comparison of numbers with a sign is more.
    wire signed [VALUE_WIDTH+1:0] over_low = {not_rounded[VALUE_WIDTH], not_rounded} - {twice_low_less[VALUE_WIDTH], twice_low_less};
    wire signed [VALUE_WIDTH+1:0] under_high = {twice_high[VALUE_WIDTH], twice_high} - {not_rounded[VALUE_WIDTH], not_rounded};
    wire unused_differences = |{over_low[VALUE_WIDTH:0], under_high[VALUE_WIDTH:0]};
    always @(posedge clk) begin
        below_q <= over_low[VALUE_WIDTH+1];
        above_q <= under_high[VALUE_WIDTH+1];
    end

    // Stage 6: clamp, then the zero point
    always @(posedge clk)
        out_q <= (below_q ? low[OUT_BITS-1:0] : above_q ? high[OUT_BITS-1:0] : rounded_q) + zero_point_i;
    assign out_o = out_q;

endmodule

`default_nettype wire
