// nn_recode_pot: recodes exact sums to zero or a signed power of two (docs/number_formats.md, "Recoding").
//
//   WIDTH         bits of the sum
//   LEAD_WIDTH    clog2(WIDTH), at least 2
//   SHIFT_MIN     smallest recoding shift
//   SHIFT_WIDTH   bits of shift_i, which is the recoding shift less SHIFT_MIN
//   MAX_SHIFT     largest power of a weight
//   CODE_WIDTH    bits of a code: sign, and a magnitude that is all ones for zero
//
// Latency: 6 cycles.
`default_nettype none

module nn_recode_pot #(
    parameter WIDTH = 20,
    parameter LEAD_WIDTH = 5,
    parameter SHIFT_MIN = 0,
    parameter SHIFT_WIDTH = 4,
    parameter MAX_SHIFT = 6,
    parameter CODE_WIDTH = 4
) (
    input  wire                   clk,
    input  wire [WIDTH-1:0]       sum_i,
    input  wire [SHIFT_WIDTH-1:0] shift_i,
    output wire [CODE_WIDTH-1:0]  code_o
);

    // Places of sums of 48 bits, less shifts of 31.
    localparam PLACE_WIDTH = 8;
    localparam MAG_WIDTH = CODE_WIDTH - 1;
    localparam [31:0] C_MIN = SHIFT_MIN;
    localparam [31:0] C_MAX = MAX_SHIFT;

    wire negative, zero, next;
    wire [LEAD_WIDTH-1:0] lead;
    wire [SHIFT_WIDTH-1:0] shift;

    nn_leading_one #(.WIDTH(WIDTH), .LEAD_WIDTH(LEAD_WIDTH)) u_leading_one (
        .clk(clk), .value_i(sum_i), .negative_o(negative), .zero_o(zero), .lead_o(lead), .next_o(next)
    );
    nn_delay #(.WIDTH(SHIFT_WIDTH), .DEPTH(2)) u_shift_delay (
        .clk(clk), .rst(1'b0), .data_i(shift_i), .data_o(shift)
    );

    // ---------------------------------------------------------------- Place of the leading one in units of the recoding shift
    reg [PLACE_WIDTH-1:0] unit_q;
    reg signed [PLACE_WIDTH-1:0] place_q;
    reg negative_q1, zero_q, next_q;
    always @(posedge clk) begin
        unit_q <= {{PLACE_WIDTH-SHIFT_WIDTH{1'b0}}, shift} + C_MIN[PLACE_WIDTH-1:0];
        place_q <= {{PLACE_WIDTH-LEAD_WIDTH{1'b0}}, lead} - unit_q;
        negative_q1 <= negative;
        zero_q <= zero;
        next_q <= next;
    end

    // ---------------------------------------------------------------- Nearest power, within 0..MAX_SHIFT; less than a half is zero
    reg signed [PLACE_WIDTH-1:0] power_q;
    reg negative_q2, clear_q;
    always @(posedge clk) begin
        power_q <= place_q + {{PLACE_WIDTH-1{1'b0}}, next_q};
        negative_q2 <= negative_q1;
        clear_q <= zero_q | (place_q < -8'sd1);
    end
    wire under = power_q[PLACE_WIDTH-1];
    wire over = (power_q > $signed(C_MAX[PLACE_WIDTH-1:0]));
    reg [CODE_WIDTH-1:0] code_q;
    always @(posedge clk)
        if (clear_q) code_q <= {1'b0, {MAG_WIDTH{1'b1}}};
        else code_q <= {negative_q2, under ? {MAG_WIDTH{1'b0}} : over ? C_MAX[MAG_WIDTH-1:0] : power_q[MAG_WIDTH-1:0]};
    assign code_o = code_q;

endmodule

`default_nettype wire
