// nn_lane_pot: activation times a signed power of two or zero; also one digit of a csd or codebook weight.
//
//   term_o = zero ? 0 : negative ? ~(act_i << k) : act_i << k        ~v is -v - 1; the bias makes up for the -1
//
//   ACT_WIDTH       bits of the activation
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   MAX_SHIFT       k is 0..MAX_SHIFT, at most 14
//   CODE_WIDTH      bits of code_i: 1 + clog2(MAX_SHIFT + 2)
//   WIDTH           bits of term_o: ACT_WIDTH + MAX_SHIFT, and one more for the sign if the activation is unsigned
//   XC7_PRIMITIVES  1: LUT6_2 instances; 0: behavioural
//
// code_i is {sign, magnitude}: magnitude k, all ones for zero (then the sign is 0). A magnitude between is not a code.
// Latency: 1 cycle for MAX_SHIFT 0..2, 2 for 3..7, 3 for 8..14: shift by the low magnitude bits, then by the rest; invert with the last.
`default_nettype none

module nn_lane_pot #(
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter MAX_SHIFT = 6,
    parameter CODE_WIDTH = 4,
    parameter WIDTH = 15,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                  clk,
    input  wire [ACT_WIDTH-1:0]  act_i,
    input  wire [CODE_WIDTH-1:0] code_i,
    output wire [WIDTH-1:0]      term_o
);

    localparam MAG_WIDTH = CODE_WIDTH - 1;
    localparam OUT = ACT_WIDTH + MAX_SHIFT;
    // The top bit alone tells zero from all shifts if these fill no more than half of the magnitudes.
    localparam TOP_IS_ZERO = (MAX_SHIFT + 1 <= (1 << (MAG_WIDTH - 1)));
    // Without a shifter the last stage only inverts: a step beyond its operand that is never taken.
    localparam FIRST_STEP = (MAX_SHIFT == 0) ? ACT_WIDTH : 1;

    wire [MAG_WIDTH-1:0] magnitude = code_i[MAG_WIDTH-1:0];
    wire negative = code_i[MAG_WIDTH];
    wire zero = TOP_IS_ZERO ? magnitude[MAG_WIDTH-1] : &magnitude;

    generate
        if (MAX_SHIFT == 2) begin : gen_three
            nn_shift_three #(
                .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .ZERO_FIRST(0), .WIDTH(WIDTH), .XC7_PRIMITIVES(XC7_PRIMITIVES)
            ) u_shift (
                .clk(clk), .select_i(magnitude), .negative_i(negative), .in_i(act_i), .term_o(term_o)
            );
            wire unused = zero;
        end else begin : gen_steps
            wire [OUT-1:0] shifted;
            wire negative_last;
            reg negative_out_q;
            always @(posedge clk) negative_out_q <= negative_last;
            if (WIDTH > OUT) begin : gen_sign
                assign term_o = {{WIDTH-OUT{negative_out_q}}, shifted};
            end else begin : gen_no_sign
                assign term_o = shifted;
                wire unused = negative_out_q;
            end

            if (MAX_SHIFT < 2) begin : gen_one
                assign negative_last = negative;
                nn_shift_step #(
                    .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .STEP(FIRST_STEP), .OUT_WIDTH(OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                ) u_step (
                    .clk(clk), .clear_i(zero), .shift_i((MAX_SHIFT != 0) & magnitude[0]), .invert_i(negative), .in_i(act_i), .out_o(shifted)
                );
            end else if (MAX_SHIFT == 3) begin : gen_two
                reg negative_q, two_q;
                always @(posedge clk) begin
                    negative_q <= negative;
                    two_q <= magnitude[1];
                end
                assign negative_last = negative_q;
                wire [ACT_WIDTH:0] once;
                nn_shift_step #(
                    .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .STEP(1), .OUT_WIDTH(ACT_WIDTH + 1), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                ) u_step_1 (
                    .clk(clk), .clear_i(zero), .shift_i(magnitude[0]), .invert_i(1'b0), .in_i(act_i), .out_o(once)
                );
                nn_shift_step #(
                    .IN_WIDTH(ACT_WIDTH + 1), .IN_SIGNED(ACT_SIGNED), .STEP(2), .OUT_WIDTH(OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                ) u_step_2 (
                    .clk(clk), .clear_i(1'b0), .shift_i(two_q), .invert_i(negative_q), .in_i(once), .out_o(shifted)
                );
            end else begin : gen_more
                localparam FOUR_OUT = (MAX_SHIFT < 8) ? OUT : ACT_WIDTH + 7;
                reg negative_q, four_q;
                always @(posedge clk) begin
                    negative_q <= negative;
                    four_q <= magnitude[2];
                end
                wire [ACT_WIDTH+2:0] by_three;
                wire [FOUR_OUT-1:0] by_seven;
                nn_shift_select #(
                    .IN_WIDTH(ACT_WIDTH), .IN_SIGNED(ACT_SIGNED), .OUT_WIDTH(ACT_WIDTH + 3), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                ) u_select (
                    .clk(clk), .clear_i(zero), .select_i(magnitude[1:0]), .in_i(act_i), .out_o(by_three)
                );
                nn_shift_step #(
                    .IN_WIDTH(ACT_WIDTH + 3), .IN_SIGNED(ACT_SIGNED), .STEP(4), .OUT_WIDTH(FOUR_OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                ) u_step_4 (
                    .clk(clk), .clear_i(1'b0), .shift_i(four_q), .invert_i((MAX_SHIFT < 8) & negative_q), .in_i(by_three), .out_o(by_seven)
                );
                if (MAX_SHIFT < 8) begin : gen_seven
                    assign negative_last = negative_q;
                    assign shifted = by_seven;
                end else begin : gen_fourteen
                    reg negative_q2, eight_q, eight_q2;
                    always @(posedge clk) begin
                        negative_q2 <= negative_q;
                        eight_q <= magnitude[3];
                        eight_q2 <= eight_q;
                    end
                    assign negative_last = negative_q2;
                    nn_shift_step #(
                        .IN_WIDTH(ACT_WIDTH + 7), .IN_SIGNED(ACT_SIGNED), .STEP(8), .OUT_WIDTH(OUT), .XC7_PRIMITIVES(XC7_PRIMITIVES)
                    ) u_step_8 (
                        .clk(clk), .clear_i(1'b0), .shift_i(eight_q2), .invert_i(negative_q2), .in_i(by_seven), .out_o(shifted)
                    );
                end
            end
        end
    endgenerate

endmodule

`default_nettype wire
