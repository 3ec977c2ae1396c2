// nn_power_term: decodes a signed power of two, the product of a coefficient and a factor, for nn_power_pair.
//
//   exponent = 4 * (first place of coef_high_i that is high) + coef_low_i + exponent_i
//
//   COEF_GROUPS     bits of coef_high_i: groups of four exponents of the coefficient
//   EXPONENT_WIDTH  bits of exponent_i
//   GROUPS          groups of four places of the product, COEF_GROUPS or more
//
// coef_high_i is a thermometer: all places from the coefficient's group on are high, none for a coefficient of zero. With the product's own group g and
// place m in it, place 4h+n of its two's complement number is  reach_o[h] & (low_o[n] | ~group_o[h]):
// group_o has place g, reach_o the same, or for a negative number (whose bits are ones from its power on) all places from g; low_o likewise within the group.
// Latency: 2 cycles.
`default_nettype none

module nn_power_term #(
    parameter COEF_GROUPS = 2,
    parameter EXPONENT_WIDTH = 2,
    parameter GROUPS = 3
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

    localparam SUM_WIDTH = ((EXPONENT_WIDTH > 2) ? EXPONENT_WIDTH : 2) + 1;
    localparam STEP_WIDTH = SUM_WIDTH - 2;

    reg [COEF_GROUPS-1:0] high_q;
    reg [1:0] low_q;
    reg [STEP_WIDTH-1:0] step_q;
    reg negative_q, zero_q;

    // ---------------------------------------------------------------- Sum of the low exponents, sign of the product
    wire [SUM_WIDTH-1:0] sum = {{SUM_WIDTH-2{1'b0}}, coef_low_i} + {{SUM_WIDTH-EXPONENT_WIDTH{1'b0}}, exponent_i};
    always @(posedge clk) begin
        high_q <= coef_high_i;
        low_q <= sum[1:0];
        step_q <= sum[SUM_WIDTH-1:2];
        negative_q <= (coef_negative_i ^ negative_i) & ~zero_i;
        zero_q <= zero_i;
    end

    // ---------------------------------------------------------------- Groups, moved up by the steps; places within the group
    wire [GROUPS-1:0] high; // places above the thermometer's top are like the top
    genvar i;
    generate
        for (i = 0; i < GROUPS; i = i + 1) begin : gen_groups
            assign high[i] = high_q[(i < COEF_GROUPS) ? i : COEF_GROUPS - 1];
        end
    endgenerate
    wire [GROUPS-1:0] from = high << step_q;
    wire [GROUPS-1:0] here = from & ~(from << 1);
    wire [3:0] from_low = 4'b1111 << low_q;
    wire [3:0] here_low = 4'b0001 << low_q;

    reg [GROUPS-1:0] group_q, reach_q;
    reg [3:0] low_places_q;
    always @(posedge clk) begin
        group_q <= here;
        reach_q <= negative_q ? from : here;
        low_places_q <= zero_q ? 4'd0 : negative_q ? from_low : here_low;
    end
    assign group_o = group_q;
    assign reach_o = reach_q;
    assign low_o = low_places_q;

endmodule

`default_nettype wire
