// nn_power_term: decodes a signed power of two, the product of a coefficient and a factor, for nn_power_pair.
//
//   exponent = 4 * (first place of coef_high_i that is high) + coef_low_i + exponent_i
//
//   COEF_GROUPS     bits of coef_high_i: groups of four exponents of the coefficient
//   EXPONENT_WIDTH  bits of exponent_i
//   GROUPS          groups of four places of the product, COEF_GROUPS or more
//   XC7_PRIMITIVES  1: LUT6_2 instances, two signals in each; 0: behavioural
//
// coef_high_i is a thermometer: all places from the coefficient's group on are high, none for a coefficient of zero. With the product's own group g and
// place m in it, place 4h+n of its two's complement number is  reach_o[h] & (low_o[n] | ~group_o[h]):
// group_o has place g, reach_o the same, or for a negative number (whose bits are ones from its power on) all places from g; low_o likewise within the group.
// Latency: 2 cycles.
`default_nettype none

module nn_power_term #(
    parameter COEF_GROUPS = 2,
    parameter EXPONENT_WIDTH = 2,
    parameter GROUPS = 3,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                      clk,
    input  wire [COEF_GROUPS-1:0]    coef_high_i,
    input  wire [1:0]                coef_low_i,
    input  wire                      coef_negative_i,
    input  wire [EXPONENT_WIDTH-1:0] exponent_i,
    input  wire                      negative_i,
    input  wire                      zero_i,
    output wire [GROUPS-1:0]         group_o,
    output wire [GROUPS-1:0]         reach_o,
    output wire [3:0]                low_o
);

    localparam WIDE = (EXPONENT_WIDTH > 2) ? EXPONENT_WIDTH : 2;
    wire [EXPONENT_WIDTH:0] extended = {1'b0, exponent_i};
    wire [WIDE-1:0] exponent = extended[WIDE-1:0];
    wire unused_extended = extended[EXPONENT_WIDTH];

    reg [GROUPS-1:0] high_q; // the thermometer, moved up by the factor's whole groups; places above its top are like the top
    reg [1:0] low_q;
    reg carry_q, negative_q, zero_q;
    reg [GROUPS-1:0] group_q, reach_q;
    reg [3:0] low_places_q;
    assign group_o = group_q;
    assign reach_o = reach_q;
    assign low_o = low_places_q;

    wire [GROUPS-1:0] high;
    genvar i;
    generate
        for (i = 0; i < GROUPS; i = i + 1) begin : gen_high
            assign high[i] = coef_high_i[(i < COEF_GROUPS) ? i : COEF_GROUPS - 1];
        end
    endgenerate

    wire [GROUPS-1:0] moved, group, reach;
    wire [1:0] low;
    wire [3:0] low_places;
    wire carry, negative;
    always @(posedge clk) begin
        high_q <= moved;
        low_q <= low;
        carry_q <= carry;
        negative_q <= negative;
        zero_q <= zero_i;
        group_q <= group;
        reach_q <= reach;
        low_places_q <= low_places;
    end

    generate
        if (EXPONENT_WIDTH > 2) begin : gen_moved
            // Of one more bit, two groups of the next stage in a LUT6_2; of more, a multiplexer each.
            if (XC7_PRIMITIVES != 0 && EXPONENT_WIDTH == 3) begin : gen_xc7
                localparam [31:0] I0 = 32'hAAAAAAAA;
                localparam [31:0] I1 = 32'hCCCCCCCC;
                localparam [31:0] I2 = 32'hF0F0F0F0;
                localparam [31:0] I3 = 32'hFF00FF00;
                localparam [31:0] LOWER = (I3 & I0) | (~I3 & I1);
                localparam [31:0] UPPER = (I3 & I1) | (~I3 & I2);
                wire [GROUPS+1:0] places = {1'b0, high, 1'b0};
                wire [GROUPS:0] both;
                for (i = 0; i < GROUPS; i = i + 2) begin : gen_pairs
                    LUT6_2 #(.INIT({UPPER, LOWER})) u_move (
                        .O6(both[i+1]), .O5(both[i]),
                        .I0(places[i]), .I1(places[i+1]), .I2(places[i+2]), .I3(exponent[2]), .I4(1'b0), .I5(1'b1)
                    );
                end
                if (GROUPS % 2 == 0) begin : gen_even
                    assign both[GROUPS] = 1'b0;
                end
                wire unused = both[GROUPS];
                assign moved = both[GROUPS-1:0];
            end else begin : gen_behavioural
                assign moved = high << exponent[WIDE-1:2];
            end
        end else begin : gen_not_moved
            assign moved = high;
        end

        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            // Truth tables over the LUT's inputs, I5 tied high: O6 is the upper half, O5 the lower.
            localparam [31:0] I0 = 32'hAAAAAAAA;
            localparam [31:0] I1 = 32'hCCCCCCCC;
            localparam [31:0] I2 = 32'hF0F0F0F0;
            localparam [31:0] I3 = 32'hFF00FF00;
            localparam [31:0] I4 = 32'hFFFF0000;

            // Sum of the low exponents, sign of the product
            localparam [31:0] SIGN = (I0 ^ I1) & ~I2;
            localparam [31:0] SUM_0 = I3 ^ I4;
            localparam [31:0] SUM_1 = I1 ^ I3 ^ (I0 & I2);
            localparam [31:0] CARRY = (I1 & I3) | ((I1 ^ I3) & I0 & I2);
            LUT6_2 #(.INIT({SIGN, SUM_0})) u_sign (
                .O6(negative), .O5(low[0]),
                .I0(coef_negative_i), .I1(negative_i), .I2(zero_i), .I3(coef_low_i[0]), .I4(exponent[0]), .I5(1'b1)
            );
            LUT6_2 #(.INIT({CARRY, SUM_1})) u_sum (
                .O6(carry), .O5(low[1]),
                .I0(coef_low_i[0]), .I1(coef_low_i[1]), .I2(exponent[0]), .I3(exponent[1]), .I4(1'b0), .I5(1'b1)
            );

            // The group: the lowest place of the thermometer, moved up by the carry
            localparam [31:0] FROM = (I3 & I1) | (~I3 & I0);
            localparam [31:0] BEFORE = (I3 & I2) | (~I3 & I1);
            localparam [31:0] HERE = FROM & ~BEFORE;
            localparam [31:0] REACH = (I4 & FROM) | (~I4 & HERE);
            wire [GROUPS+1:0] places = {high_q, 2'b00};
            for (i = 0; i < GROUPS; i = i + 1) begin : gen_groups
                LUT6_2 #(.INIT({REACH, HERE})) u_group (
                    .O6(reach[i]), .O5(group[i]),
                    .I0(places[i+2]), .I1(places[i+1]), .I2(places[i]), .I3(carry_q), .I4(negative_q), .I5(1'b1)
                );
            end

            // Places within the group: the one, or for a negative number all from it on
            localparam [31:0] PLACE_0 = ~I3 & ~I0 & ~I1;
            localparam [31:0] PLACE_1 = ~I3 & ~I1 & (I0 | I2);
            localparam [31:0] PLACE_2 = ~I3 & ((I1 & ~I0) | (I2 & ~I1));
            localparam [31:0] PLACE_3 = ~I3 & ((I1 & I0) | I2);
            LUT6_2 #(.INIT({PLACE_1, PLACE_0})) u_low_01 (
                .O6(low_places[1]), .O5(low_places[0]),
                .I0(low_q[0]), .I1(low_q[1]), .I2(negative_q), .I3(zero_q), .I4(1'b0), .I5(1'b1)
            );
            LUT6_2 #(.INIT({PLACE_3, PLACE_2})) u_low_23 (
                .O6(low_places[3]), .O5(low_places[2]),
                .I0(low_q[0]), .I1(low_q[1]), .I2(negative_q), .I3(zero_q), .I4(1'b0), .I5(1'b1)
            );
        end else begin : gen_behavioural
            wire [GROUPS-1:0] from = high_q << carry_q;
            wire [3:0] from_low = 4'b1111 << low_q;
            wire [3:0] here_low = 4'b0001 << low_q;
            assign {carry, low} = {1'b0, coef_low_i} + {1'b0, exponent[1:0]};
            assign negative = (coef_negative_i ^ negative_i) & ~zero_i;
            assign group = from & ~(from << 1);
            assign reach = negative_q ? from : group;
            assign low_places = zero_q ? 4'd0 : negative_q ? from_low : here_low;
        end
    endgenerate

endmodule

`default_nettype wire
