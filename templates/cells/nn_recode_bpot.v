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
// Latency: 13 cycles from a group's last sum to its first code, more while the codes of the group before it come out.
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
    localparam DEPTH_WIDTH = $clog2(2 * GROUP_SIZE + 6);
    localparam [COUNT_WIDTH-1:0] C_ONE = 1;
    localparam [31:0] C_PAIR = 2;
    localparam [COUNT_WIDTH-1:0] C_TWO = (GROUP_SIZE > 1) ? C_PAIR[COUNT_WIDTH-1:0] : C_ONE;
    localparam [31:0] C_MIN = SHIFT_MIN - 2;
    localparam [31:0] C_TOP = MAX_EXPONENT + 4;
    localparam [31:0] C_MAX = MAX_EXPONENT;

    wire negative, zero, next, valid, last;
    wire [LEAD_WIDTH-1:0] lead;
    wire [SHIFT_WIDTH-1:0] shift;

    nn_leading_one #(.WIDTH(WIDTH), .LEAD_WIDTH(LEAD_WIDTH)) u_leading_one (
        .clk(clk), .value_i(sum_i), .negative_o(negative), .zero_o(zero), .lead_o(lead), .next_o(next)
    );
    nn_delay #(.WIDTH(SHIFT_WIDTH), .DEPTH(2)) u_shift_delay (
        .clk(clk), .rst(1'b0), .data_i(shift_i), .data_o(shift)
    );
    nn_delay #(.WIDTH(2), .DEPTH(3)) u_valid_delay (
        .clk(clk), .rst(rst), .data_i({valid_i, valid_i & last_i}), .data_o({valid, last})
    );

    // ---------------------------------------------------------------- Place of the leading one in units of the recoding shift, counted from -2
    reg [PLACE_WIDTH-1:0] unit_q;
    reg signed [PLACE_WIDTH-1:0] raised_q;
    reg negative_q1, zero_q, next_q1, valid_q1, last_q1;
    always @(posedge clk) begin
        unit_q <= {{PLACE_WIDTH-SHIFT_WIDTH{1'b0}}, shift} + C_MIN[PLACE_WIDTH-1:0];
        raised_q <= {{PLACE_WIDTH-LEAD_WIDTH{1'b0}}, lead} - unit_q;
        negative_q1 <= negative;
        zero_q <= zero;
        next_q1 <= next;
        valid_q1 <= valid & ~rst;
        last_q1 <= last & ~rst;
    end

    // 0 is no weight in any group, C_TOP the largest weight of any.
    wire under = zero_q | raised_q[PLACE_WIDTH-1] | (raised_q == 8'sd0);
    wire over = ~raised_q[PLACE_WIDTH-1] & (raised_q >= $signed(C_TOP[PLACE_WIDTH-1:0]));
    reg [RANK_WIDTH-1:0] rank_q1, rank_q2;
    reg negative_q2, next_q2, valid_q2, last_q2;
    always @(posedge clk) begin
        rank_q1 <= under ? {RANK_WIDTH{1'b0}} : over ? C_TOP[RANK_WIDTH-1:0] : raised_q[RANK_WIDTH-1:0];
        next_q2 <= next_q1 & ~under & ~over;
        negative_q2 <= negative_q1;
        valid_q2 <= valid_q1 & ~rst;
        last_q2 <= last_q1 & ~rst;
    end

    // The nearest power
    reg [RANK_WIDTH-1:0] power_q;
    reg negative_q3, valid_q3, last_q3;
    always @(posedge clk) begin
        power_q <= rank_q1 + {{RANK_WIDTH-1{1'b0}}, next_q2};
        rank_q2 <= rank_q1;
        negative_q3 <= negative_q2;
        valid_q3 <= valid_q2 & ~rst;
        last_q3 <= last_q2 & ~rst;
    end

    // ---------------------------------------------------------------- The group's largest power; its members wait
    reg [RANK_WIDTH-1:0] most_q, final_q;
    reg [COUNT_WIDTH-1:0] count_q, final_count_q; // members of the group before this one; of a complete group
    reg [DEPTH_WIDTH-1:0] write_q, read_q;
    reg final_valid_q;
    wire [RANK_WIDTH-1:0] most = (power_q > most_q) ? power_q : most_q;
    always @(posedge clk)
        if (rst) begin
            most_q <= {RANK_WIDTH{1'b0}};
            count_q <= {COUNT_WIDTH{1'b0}};
            write_q <= {DEPTH_WIDTH{1'b0}};
        end else if (valid_q3) begin
            most_q <= last_q3 ? {RANK_WIDTH{1'b0}} : most;
            count_q <= last_q3 ? {COUNT_WIDTH{1'b0}} : count_q + 1'b1;
            write_q <= write_q + 1'b1;
        end

    wire [2*RANK_WIDTH:0] member;
    nn_ram #(
        .WIDTH(2 * RANK_WIDTH + 1), .DEPTH(1 << DEPTH_WIDTH), .ADDRESS_WIDTH(DEPTH_WIDTH), .WRITE_LANES(1), .BLOCK(0), .INIT_FILE("")
    ) u_members (
        .clk(clk), .write_enable_i(valid_q3), .write_address_i(write_q), .write_data_i({negative_q3, power_q, rank_q2}),
        .read_enable_i(1'b1), .read_address_i(read_q), .read_data_o(member)
    );

    // ---------------------------------------------------------------- Groups that are complete: exponent and number of members
    reg [EXPONENT_WIDTH-1:0] exponent_q;
    reg [COUNT_WIDTH-1:0] members_q;
    reg complete_q;
    wire [RANK_WIDTH:0] wanted = {1'b0, final_q} - 5'd4;
    wire high = ~wanted[RANK_WIDTH] & (wanted[RANK_WIDTH-1:0] > C_MAX[RANK_WIDTH-1:0]);
    always @(posedge clk) begin
        final_q <= most;
        final_count_q <= count_q + 1'b1;
        final_valid_q <= last_q3 & ~rst;
        exponent_q <= wanted[RANK_WIDTH] ? {EXPONENT_WIDTH{1'b0}} : high ? C_MAX[EXPONENT_WIDTH-1:0] : wanted[EXPONENT_WIDTH-1:0];
        members_q <= final_count_q;
        complete_q <= final_valid_q & ~rst;
    end

    // Up to four complete groups wait, two in fact; each is known by the flag that says it has one member only. All that decides on the next group is registers.
    localparam ENTRY_WIDTH = EXPONENT_WIDTH + COUNT_WIDTH + 1;
    reg [ENTRY_WIDTH-1:0] entry_q0, entry_q1, entry_q2, entry_q3;
    reg [1:0] put_q, take_q;
    reg [2:0] queued_q;
    reg queued_any_q;
    reg [COUNT_WIDTH-1:0] left_q; // members of the present group to come
    reg drain_q, ends_q; // there are any; there is one at most
    reg [EXPONENT_WIDTH-1:0] present_q1, present_q2;
    reg read_valid_q;
    wire [ENTRY_WIDTH-1:0] complete = {exponent_q, members_q, members_q == C_ONE};
    wire [ENTRY_WIDTH-1:0] head = take_q[1] ? (take_q[0] ? entry_q3 : entry_q2) : (take_q[0] ? entry_q1 : entry_q0);
    wire next_group = queued_any_q & ends_q;
    wire [2:0] queued = queued_q + {2'd0, complete_q} - {2'd0, next_group};
    always @(posedge clk) begin
        if (complete_q & (put_q == 2'd0)) entry_q0 <= complete;
        if (complete_q & (put_q == 2'd1)) entry_q1 <= complete;
        if (complete_q & (put_q == 2'd2)) entry_q2 <= complete;
        if (complete_q & (put_q == 2'd3)) entry_q3 <= complete;
        if (next_group) present_q1 <= head[ENTRY_WIDTH-1:COUNT_WIDTH+1];
        present_q2 <= present_q1;
    end
    always @(posedge clk)
        if (rst) begin
            put_q <= 2'd0;
            take_q <= 2'd0;
            queued_q <= 3'd0;
            queued_any_q <= 1'b0;
            left_q <= {COUNT_WIDTH{1'b0}};
            drain_q <= 1'b0;
            ends_q <= 1'b1;
            read_q <= {DEPTH_WIDTH{1'b0}};
            read_valid_q <= 1'b0;
        end else begin
            if (complete_q) put_q <= put_q + 2'd1;
            if (next_group) take_q <= take_q + 2'd1;
            queued_q <= queued;
            queued_any_q <= (queued != 3'd0);
            if (next_group) begin
                left_q <= head[COUNT_WIDTH:1];
                drain_q <= 1'b1;
                ends_q <= head[0];
            end else if (drain_q) begin
                left_q <= left_q - 1'b1;
                drain_q <= ~ends_q;
                ends_q <= ends_q | (left_q == C_TWO);
            end
            if (drain_q) read_q <= read_q + 1'b1;
            read_valid_q <= drain_q;
        end

    // ---------------------------------------------------------------- Codes
    wire [RANK_WIDTH-1:0] exponent = {{RANK_WIDTH-EXPONENT_WIDTH{1'b0}}, present_q2};
    reg [RANK_WIDTH:0] above_q; // the weight's power over the group's: 2 is the group's unit
    reg clear_q, sign_q, valid_q4;
    reg [EXPONENT_WIDTH-1:0] present_q3;
    always @(posedge clk) begin
        clear_q <= (member[RANK_WIDTH-1:0] <= exponent);
        above_q <= {1'b0, member[2*RANK_WIDTH-1:RANK_WIDTH]} - {1'b0, exponent};
        sign_q <= member[2*RANK_WIDTH];
        present_q3 <= present_q2;
        valid_q4 <= read_valid_q & ~rst;
    end
    always @(posedge clk) begin
        valid_o <= valid_q4 & ~rst;
        exponent_o <= present_q3;
        if (clear_q) code_o <= 3'd0;
        else code_o <= {sign_q, (above_q < 5'd3) ? 2'd1 : (above_q == 5'd3) ? 2'd2 : 2'd3};
    end

endmodule

`default_nettype wire
