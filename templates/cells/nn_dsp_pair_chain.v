// nn_dsp_pair_chain: sums of activation times weight for two output channels at once, in a chain of DSP48E1 with two weights packed in each.
//
//   low_o = sum over k of act_i[k] * low_i[k]     high_o = sum over k of act_i[k] * high_i[k]
//
//   LENGTH          slices, one for each activation
//   ACT_WIDTH       bits of an activation, at most 17 unsigned or 18 signed
//   ACT_SIGNED      1: two's complement, 0: unsigned
//   WEIGHT_WIDTH    bits of a weight, two's complement
//   FIELD           place of the high channel, see nn_dsp_pair
//   WIDTH           bits of the sums, at most FIELD; neither may need more
//   XC7_PRIMITIVES  1: DSP48E1 instances; 0: behavioural
//
// Latency: LENGTH + 3 cycles from the operands of slice 0; those of slice k come k cycles later. The first slice adds one half of the low
// field, so the low sum never borrows from the high one; taken off again by inverting the field's top bit.
`default_nettype none

module nn_dsp_pair_chain #(
    parameter LENGTH = 4,
    parameter ACT_WIDTH = 8,
    parameter ACT_SIGNED = 0,
    parameter WEIGHT_WIDTH = 4,
    parameter FIELD = 17,
    parameter WIDTH = 13,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire                           clk,
    input  wire [LENGTH*ACT_WIDTH-1:0]    act_i,
    input  wire [LENGTH*WEIGHT_WIDTH-1:0] low_i,
    input  wire [LENGTH*WEIGHT_WIDTH-1:0] high_i,
    output wire [WIDTH-1:0]               low_o,
    output wire [WIDTH-1:0]               high_o
);

    wire [LENGTH*48-1:0] sums;
    wire [(LENGTH+1)*48-1:0] cascade;
    assign cascade[47:0] = 48'd0;

    genvar slice;
    generate
        for (slice = 0; slice < LENGTH; slice = slice + 1) begin : gen_slices
            nn_dsp_pair #(
                .FIRST((slice == 0) ? 1 : 0), .ACT_WIDTH(ACT_WIDTH), .ACT_SIGNED(ACT_SIGNED), .WEIGHT_WIDTH(WEIGHT_WIDTH), .FIELD(FIELD),
                .XC7_PRIMITIVES(XC7_PRIMITIVES)
            ) u_slice (
                .clk(clk),
                .act_i(act_i[slice*ACT_WIDTH +: ACT_WIDTH]),
                .low_i(low_i[slice*WEIGHT_WIDTH +: WEIGHT_WIDTH]),
                .high_i(high_i[slice*WEIGHT_WIDTH +: WEIGHT_WIDTH]),
                .cascade_i(cascade[slice*48 +: 48]),
                .sum_o(sums[slice*48 +: 48]),
                .cascade_o(cascade[(slice+1)*48 +: 48])
            );
        end
        if (WIDTH == FIELD) begin : gen_full
            assign low_o = {~sums[(LENGTH-1)*48 + WIDTH-1], sums[(LENGTH-1)*48 +: WIDTH-1]};
        end else begin : gen_narrow
            assign low_o = sums[(LENGTH-1)*48 +: WIDTH];
        end
    endgenerate
    assign high_o = sums[(LENGTH-1)*48 + FIELD +: WIDTH];
    wire unused = &{1'b0, sums, cascade};

endmodule

`default_nettype wire
