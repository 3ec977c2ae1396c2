// nn_recode_bpot: recodes groups of exact sums to 0, +-1, +-2, +-4 times a power of two that the group shares (docs/number_formats.md, "Recoding").
//
//   WIDTH           bits of a sum
//   LEAD_WIDTH      clog2(WIDTH), at least 2
//   SHIFT_MIN       smallest recoding shift
//   SHIFT_WIDTH     bits of shift_i, which is the recoding shift less SHIFT_MIN
//   MAX_EXPONENT    largest exponent of a group
//   EXPONENT_WIDTH  bits of exponent_o: clog2(MAX_EXPONENT + 1), at least 1
//   GROUP_SIZE      most sums of a group
//
// valid_i: a sum; last_i: it is the last one of its group. The codes of a group come out one after the other once its last sum is in, each with the exponent.
// Latency: 10 cycles from a group's last sum to its first code, more while the codes of the group before it come out.
`default_nettype none

module nn_recode_bpot #(
    parameter WIDTH = 20,
    parameter LEAD_WIDTH = 5,
    parameter SHIFT_MIN = 0,
    parameter SHIFT_WIDTH = 4,
    parameter MAX_EXPONENT = 3,
    parameter EXPONENT_WIDTH = 2,
    parameter GROUP_SIZE = 16
) (
    input  wire                      clk,
    input  wire                      rst,
    input  wire                      valid_i,
    input  wire                      last_i,
    input  wire [WIDTH-1:0]          sum_i,
    input  wire [SHIFT_WIDTH-1:0]    shift_i,
    output reg                       valid_o,
    output reg  [2:0]                code_o,
    output reg  [EXPONENT_WIDTH-1:0] exponent_o
);

    localparam PLACE_WIDTH = 8; // places of sums of 48 bits, less shifts of 31
    localparam RANK_WIDTH = 4; // places -2..MAX_EXPONENT+2, counted from 0; what lies outside is like the ends
    localparam COUNT_WIDTH = $clog2(GROUP_SIZE + 1);
    // A group that comes out, one that comes in, and what comes in before a complete group begins to come out.
    localparam DEPTH_WIDTH = $clog2(2 * GROUP_SIZE + 4);
    localparam [COUNT_WIDTH-1:0] C_ONE = 1;
    localparam [31:0] C_MIN = SHIFT_MIN;
    localparam [31:0] C_TOP = MAX_EXPONENT + 4;
    localparam [31:0] C_MAX = MAX_EXPONENT;

    wire negative, zero, next, valid, last;
    wire [LEAD_WIDTH-1:0] lead;
    wire [SHIFT_WIDTH-1:0] shift;

    nn_leading_one #(.WIDTH(WIDTH), .LEAD_WIDTH(LEAD_WIDTH)) u_leading_one (
        .clk(clk), .value_i(sum_i), .negative_o(negative), .zero_o(zero), .lead_o(lead), .next_o(next)
    );
    nn_delay #(.WIDTH(SHIFT_WIDTH), .DEPTH(3)) u_shift_delay (
        .clk(clk), .rst(1'b0), .data_i(shift_i), .data_o(shift)
    );
    nn_delay #(.WIDTH(2), .DEPTH(3)) u_valid_delay (
        .clk(clk), .rst(rst), .data_i({valid_i, valid_i & last_i}), .data_o({valid, last})
    );

    // ---------------------------------------------------------------- Place of the leading one in units of the recoding shift
    reg signed [PLACE_WIDTH-1:0] place_q;
    reg negative_q1, zero_q, next_q1, valid_q1, last_q1;
    always @(posedge clk) begin
        place_q <= {{PLACE_WIDTH-LEAD_WIDTH{1'b0}}, lead} - {{PLACE_WIDTH-SHIFT_WIDTH{1'b0}}, shift} - C_MIN[PLACE_WIDTH-1:0];
        negative_q1 <= negative;
        zero_q <= zero;
        next_q1 <= next;
        valid_q1 <= valid & ~rst;
        last_q1 <= last & ~rst;
    end

    // Counted from -2: 0 is no weight in any group, C_TOP the largest weight of any.
    wire signed [PLACE_WIDTH-1:0] raised = place_q + 8'sd2;
    wire under = zero_q | raised[PLACE_WIDTH-1] | (raised == 8'sd0);
    wire over = ~raised[PLACE_WIDTH-1] & (raised >= $signed(C_TOP[PLACE_WIDTH-1:0]));
    reg [RANK_WIDTH-1:0] rank_q;
    reg negative_q2, next_q2, valid_q2, last_q2;
    always @(posedge clk) begin
        rank_q <= under ? {RANK_WIDTH{1'b0}} : over ? C_TOP[RANK_WIDTH-1:0] : raised[RANK_WIDTH-1:0];
        next_q2 <= next_q1 & ~under & ~over;
        negative_q2 <= negative_q1;
        valid_q2 <= valid_q1 & ~rst;
        last_q2 <= last_q1 & ~rst;
    end

    // ---------------------------------------------------------------- The group's largest power; its members wait
    reg [RANK_WIDTH-1:0] most_q;
    reg [COUNT_WIDTH-1:0] count_q; // members of the group before this one
    reg [DEPTH_WIDTH-1:0] write_q, read_q;
    wire [RANK_WIDTH-1:0] power = rank_q + {{RANK_WIDTH-1{1'b0}}, next_q2};
    wire [RANK_WIDTH-1:0] most = (power > most_q) ? power : most_q;
    always @(posedge clk)
        if (rst) begin
            most_q <= {RANK_WIDTH{1'b0}};
            count_q <= {COUNT_WIDTH{1'b0}};
            write_q <= {DEPTH_WIDTH{1'b0}};
        end else if (valid_q2) begin
            most_q <= last_q2 ? {RANK_WIDTH{1'b0}} : most;
            count_q <= last_q2 ? {COUNT_WIDTH{1'b0}} : count_q + 1'b1;
            write_q <= write_q + 1'b1;
        end

    wire drain;
    wire [RANK_WIDTH+1:0] member;
    nn_ram #(
        .WIDTH(RANK_WIDTH + 2), .DEPTH(1 << DEPTH_WIDTH), .ADDRESS_WIDTH(DEPTH_WIDTH), .WRITE_LANES(1), .BLOCK(0), .INIT_FILE("")
    ) u_members (
        .clk(clk), .write_enable_i(valid_q2), .write_address_i(write_q), .write_data_i({negative_q2, next_q2, rank_q}),
        .read_enable_i(1'b1), .read_address_i(read_q), .read_data_o(member)
    );

    // ---------------------------------------------------------------- Groups that are complete: exponent and number of members
    reg [EXPONENT_WIDTH-1:0] exponent_q;
    reg [COUNT_WIDTH-1:0] members_q;
    reg complete_q;
    wire [RANK_WIDTH:0] wanted = {1'b0, most} - 5'd4;
    wire high = ~wanted[RANK_WIDTH] & (wanted[RANK_WIDTH-1:0] > C_MAX[RANK_WIDTH-1:0]);
    always @(posedge clk) begin
        exponent_q <= wanted[RANK_WIDTH] ? {EXPONENT_WIDTH{1'b0}} : high ? C_MAX[EXPONENT_WIDTH-1:0] : wanted[EXPONENT_WIDTH-1:0];
        members_q <= count_q + 1'b1;
        complete_q <= last_q2 & ~rst;
    end

    localparam ENTRY_WIDTH = EXPONENT_WIDTH + COUNT_WIDTH;
    reg [4*ENTRY_WIDTH-1:0] queue_q; // the first one lowest
    reg [2:0] queued_q;
    reg [COUNT_WIDTH-1:0] left_q; // members of the present group to come
    reg [EXPONENT_WIDTH-1:0] present_q1, present_q2;
    reg drain_q;
    assign drain = (left_q != {COUNT_WIDTH{1'b0}});
    wire next_group = (queued_q != 3'd0) & (~drain | (left_q == C_ONE));
    wire [2:0] kept = queued_q - {2'd0, next_group};
    wire [4*ENTRY_WIDTH-1:0] moved = next_group ? {{ENTRY_WIDTH{1'b0}}, queue_q[4*ENTRY_WIDTH-1:ENTRY_WIDTH]} : queue_q;
    integer n;
    always @(posedge clk) begin
        queue_q <= moved;
        for (n = 0; n < 4; n = n + 1)
            if (complete_q & (kept == n[2:0])) queue_q[n*ENTRY_WIDTH +: ENTRY_WIDTH] <= {exponent_q, members_q};
        if (rst) queued_q <= 3'd0;
        else queued_q <= kept + {2'd0, complete_q};
    end
    always @(posedge clk)
        if (rst) begin
            left_q <= {COUNT_WIDTH{1'b0}};
            read_q <= {DEPTH_WIDTH{1'b0}};
            drain_q <= 1'b0;
        end else begin
            if (next_group) left_q <= queue_q[COUNT_WIDTH-1:0];
            else if (drain) left_q <= left_q - 1'b1;
            if (drain) read_q <= read_q + 1'b1;
            drain_q <= drain;
        end
    always @(posedge clk) begin
        if (next_group) present_q1 <= queue_q[ENTRY_WIDTH-1:COUNT_WIDTH];
        present_q2 <= present_q1;
    end

    // ---------------------------------------------------------------- Codes
    wire [RANK_WIDTH-1:0] rank = member[RANK_WIDTH-1:0];
    wire [RANK_WIDTH-1:0] exponent = {{RANK_WIDTH-EXPONENT_WIDTH{1'b0}}, present_q2};
    wire too_small = (rank <= exponent);
    wire [RANK_WIDTH:0] above = {1'b0, rank} + {{RANK_WIDTH{1'b0}}, member[RANK_WIDTH]} - {1'b0, exponent}; // 2 is the group's unit
    always @(posedge clk) begin
        valid_o <= drain_q & ~rst;
        exponent_o <= present_q2;
        if (too_small) code_o <= 3'd0;
        else code_o <= {member[RANK_WIDTH+1], (above < 5'd3) ? 2'd1 : (above == 5'd3) ? 2'd2 : 2'd3};
    end

endmodule

`default_nettype wire
