// nn_recode_rounded: recodes exact sums to uniform, apot or csd weights (docs/number_formats.md, "Recoding").
//
//   KIND          0: uniform, 1: apot, 2: csd
//   WIDTH         bits of the sum
//   SHIFT_MIN     smallest recoding shift
//   SHIFT_WIDTH   bits of shift_i, which is the recoding shift less SHIFT_MIN
//   SIZE_BITS     bits of a weight's size: uniform bits - 1, apot 4, csd maxShift + 1
//   DIGITS        of csd: 1 or 2
//   CODE_WIDTH    bits of a code
//
// Latency: 6 cycles, 8 for csd.
`default_nettype none

module nn_recode_rounded #(
    parameter KIND = 0,
    parameter WIDTH = 20,
    parameter SHIFT_MIN = 0,
    parameter SHIFT_WIDTH = 4,
    parameter SIZE_BITS = 3,
    parameter DIGITS = 1,
    parameter CODE_WIDTH = 4
) (
    input  wire                   clk,
    input  wire [WIDTH-1:0]       sum_i,
    input  wire [SHIFT_WIDTH-1:0] shift_i,
    output wire [CODE_WIDTH-1:0]  code_o
);

    // ---------------------------------------------------------------- Size in halves of a unit: twice the sum's, shifted right in two steps
    localparam COARSE = (SHIFT_WIDTH > 2) ? SHIFT_WIDTH - 2 : 1;
    localparam FINE = (SHIFT_WIDTH > 1) ? 2 : 1;
    localparam TWICE_WIDTH = WIDTH + 1;
    localparam DROP = (SHIFT_MIN < WIDTH) ? SHIFT_MIN : WIDTH;
    localparam HALVES_WIDTH = TWICE_WIDTH - DROP;

    wire [WIDTH-1:0] size = (sum_i ^ {WIDTH{sum_i[WIDTH-1]}}) + {{WIDTH-1{1'b0}}, sum_i[WIDTH-1]};
    reg [TWICE_WIDTH-1:0] twice_q;
    reg [HALVES_WIDTH-1:0] coarse_q, halves_q;
    reg [SHIFT_WIDTH-1:0] shift_q1;
    reg [FINE-1:0] shift_q2;
    reg negative_q1, negative_q2, negative_q3, negative_q4;
    wire [COARSE+1:0] coarse_shift;
    generate
        if (SHIFT_WIDTH > 2) begin : gen_coarse
            assign coarse_shift = {shift_q1[SHIFT_WIDTH-1:2], 2'b00};
        end else begin : gen_no_coarse
            assign coarse_shift = {COARSE+2{1'b0}};
        end
        if (DROP > 0) begin : gen_drop
            wire unused_low = |twice_q[DROP-1:0];
        end
    endgenerate
    always @(posedge clk) begin
        twice_q <= {size, 1'b0};
        shift_q1 <= shift_i;
        coarse_q <= twice_q[TWICE_WIDTH-1:DROP] >> coarse_shift;
        shift_q2 <= shift_q1[FINE-1:0];
        halves_q <= coarse_q >> shift_q2;
        negative_q1 <= sum_i[WIDTH-1];
        negative_q2 <= negative_q1;
        negative_q3 <= negative_q2;
        negative_q4 <= negative_q3;
    end

    // As wide as it must be to see what is too large.
    localparam SEEN = (HALVES_WIDTH > SIZE_BITS + 2) ? HALVES_WIDTH : SIZE_BITS + 2;
    wire [SEEN-1:0] halves = {{SEEN-HALVES_WIDTH{1'b0}}, halves_q};
    reg [SIZE_BITS:0] low_q; // halves of sizes that a weight can have
    reg over_q, negative_q5; // there are larger ones
    always @(posedge clk) begin
        low_q <= halves[SIZE_BITS:0];
        over_q <= |halves[SEEN-1:SIZE_BITS+1];
        negative_q5 <= negative_q4;
    end

    generate
        if (KIND == 1) begin : gen_apot
            // Thresholds in halves, and the codes of the magnitudes 0, 1, 2, 3, 4, 6, 8, 10.
            wire [4:0] low = low_q;
            reg [2:0] level_q;
            reg [CODE_WIDTH-1:0] code_q;
            always @(posedge clk) begin
                level_q <= (over_q | (low >= 5'd18)) ? 3'd7 : (low >= 5'd14) ? 3'd6 : (low >= 5'd10) ? 3'd5 : (low >= 5'd7) ? 3'd4
                    : (low >= 5'd5) ? 3'd3 : (low >= 5'd3) ? 3'd2 : (low >= 5'd1) ? 3'd1 : 3'd0;
                code_q <= {negative_q5 & (level_q != 3'd0), level_q};
            end
            assign code_o = code_q;
            wire unused_sizes = (SIZE_BITS == DIGITS);
        end else begin : gen_rounded
            // Half a unit up; what is larger is all ones, for csd a one above the others.
            wire [SIZE_BITS+1:0] up = {1'b0, low_q} + {{SIZE_BITS+1{1'b0}}, 1'b1};
            wire [SIZE_BITS:0] rounded = up[SIZE_BITS+1:1];
            wire unused_half = up[0];
            if (KIND == 0) begin : gen_uniform
                wire too_large = over_q | rounded[SIZE_BITS];
                reg [SIZE_BITS-1:0] size_q;
                reg most_q;
                reg [CODE_WIDTH-1:0] code_q;
                wire [CODE_WIDTH-1:0] positive = {{CODE_WIDTH-SIZE_BITS{1'b0}}, size_q | {SIZE_BITS{most_q}}};
                always @(posedge clk) begin
                    size_q <= rounded[SIZE_BITS-1:0];
                    most_q <= too_large;
                    code_q <= (positive ^ {CODE_WIDTH{negative_q5}}) + {{CODE_WIDTH-1{1'b0}}, negative_q5};
                end
                assign code_o = code_q;
                wire unused_digits = (DIGITS == 1);
            end else begin : gen_csd
                localparam DIGIT_WIDTH = CODE_WIDTH / DIGITS;
                localparam MAG_WIDTH = DIGIT_WIDTH - 1;
                localparam [DIGIT_WIDTH-1:0] C_NONE = {1'b0, {MAG_WIDTH{1'b1}}};
                localparam [31:0] C_POWER = 1 << (SIZE_BITS - 1);
                wire beyond = over_q | low_q[SIZE_BITS]; // from 2^maxShift on: no way through the sum
                reg [SIZE_BITS-1:0] size_q;
                reg [SIZE_BITS-1:0] ones_q, sign_q; // digits of the non-adjacent form that are not zero, and their signs
                reg [SIZE_BITS-1:0] ones_q2, sign_q2;
                wire [SIZE_BITS+1:0] threefold = {2'b00, size_q} + {1'b0, size_q, 1'b0};
                wire [SIZE_BITS+1:0] differ = threefold ^ {2'b00, size_q};
                wire [SIZE_BITS+1:0] drop = {2'b00, size_q} & ~threefold;
                wire unused_ends = |{rounded[SIZE_BITS], differ[SIZE_BITS+1], differ[0], drop[SIZE_BITS+1], drop[0]};
                // The highest digit, and the highest of the others.
                wire [SIZE_BITS-1:0] first, second, rest;
                reg [DIGIT_WIDTH-1:0] high_q;
                genvar i;
                for (i = 0; i < SIZE_BITS; i = i + 1) begin : gen_first
                    if (i == SIZE_BITS - 1) begin : gen_top
                        assign first[i] = ones_q[i];
                        assign second[i] = ones_q2[i];
                    end else begin : gen_other
                        assign first[i] = ones_q[i] & ~(|ones_q[SIZE_BITS-1:i+1]);
                        assign second[i] = ones_q2[i] & ~(|ones_q2[SIZE_BITS-1:i+1]);
                    end
                end
                assign rest = ones_q & ~first;
                always @(posedge clk) begin
                    size_q <= beyond ? C_POWER[SIZE_BITS-1:0] : rounded[SIZE_BITS-1:0];
                    ones_q <= differ[SIZE_BITS:1];
                    sign_q <= drop[SIZE_BITS:1] ^ {SIZE_BITS{negative_q5}};
                    ones_q2 <= rest;
                    sign_q2 <= sign_q;
                    high_q <= digit(first, sign_q);
                end
                if (DIGITS == 1) begin : gen_one
                    reg [CODE_WIDTH-1:0] code_q;
                    always @(posedge clk) code_q <= high_q;
                    assign code_o = code_q;
                    wire unused_second = |{second, sign_q2};
                end else begin : gen_two
                    reg [CODE_WIDTH-1:0] code_q;
                    // A single digit is the first, which is the lower one.
                    always @(posedge clk) code_q <= (|ones_q2) ? {high_q, digit(second, sign_q2)} : {C_NONE, high_q};
                    assign code_o = code_q;
                end

                function [DIGIT_WIDTH-1:0] digit;
                    input [SIZE_BITS-1:0] place_i;
                    input [SIZE_BITS-1:0] sign_i;
                    integer n;
                    begin
                        digit = (|place_i) ? {DIGIT_WIDTH{1'b0}} : C_NONE;
                        for (n = 0; n < SIZE_BITS; n = n + 1)
                            if (place_i[n]) digit = {sign_i[n], n[MAG_WIDTH-1:0]};
                    end
                endfunction
            end
        end
    endgenerate

endmodule

`default_nettype wire
