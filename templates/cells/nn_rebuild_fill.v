// nn_rebuild_fill: gathers rebuilt codes to parts of weight words and writes them into the two halves of the weight memory in turn.
//
//   LANES           output channels whose codes come side by side
//   CODE_WIDTH      bits of a code
//   EXPONENT_WIDTH  bits of an exponent, at least 1
//   HAS_EXPONENTS   1: of each GROUP_LANES codes the first one's exponent is kept
//   GROUP_LANES     divides IC_LANES
//   IC_LANES        codes of an output channel in a word
//   PARTS           parts of a word: output channels of a tile over LANES
//   TAPS            kernel positions
//   WORDS           words of a half: TAPS for each word of input channels
//   WORD_WIDTH      bits of a word's index within a half
//   PART_WIDTH      bits of a part
//
// Codes come input channel by input channel, word of input channels by word, kernel position by kernel position, part by part; in a half the kernel
// positions of a word of input channels lie side by side. half_i: the half to begin with, read while rst is high.
// half_full_o: a pulse in the cycle in which a half's last part is on the write port.
// Latency: 1 cycle from a part's last code to the write port.
`default_nettype none

module nn_rebuild_fill #(
    parameter LANES = 1,
    parameter CODE_WIDTH = 4,
    parameter EXPONENT_WIDTH = 1,
    parameter HAS_EXPONENTS = 0,
    parameter GROUP_LANES = 1,
    parameter IC_LANES = 4,
    parameter PARTS = 2,
    parameter TAPS = 9,
    parameter WORDS = 9,
    parameter WORD_WIDTH = 4,
    parameter PART_WIDTH = 16
) (
    input  wire                            clk,
    input  wire                            rst,
    input  wire                            half_i,
    input  wire                            valid_i,
    input  wire [LANES*CODE_WIDTH-1:0]     codes_i,
    input  wire [LANES*EXPONENT_WIDTH-1:0] exponents_i,
    // Write port of the weight memory
    output reg                             half_full_o,
    output reg  [PARTS-1:0]                write_part_o,
    output reg  [WORD_WIDTH:0]             write_address_o,
    output wire [PART_WIDTH-1:0]           write_data_o
);

    localparam IC_WIDTH = (IC_LANES > 1) ? $clog2(IC_LANES) : 1;
    localparam G_WIDTH = (GROUP_LANES > 1) ? $clog2(GROUP_LANES) : 1;
    localparam GROUP_WORDS = WORDS / TAPS;
    localparam GROUP_WIDTH = (GROUP_WORDS > 1) ? $clog2(GROUP_WORDS) : 1;
    localparam TAP_WIDTH = (TAPS > 1) ? $clog2(TAPS) : 1;
    localparam [31:0] C_TAPS = TAPS;
    localparam [PARTS:0] C_PART = {{PARTS{1'b0}}, 1'b1};
    localparam CODES = IC_LANES * CODE_WIDTH;
    localparam EXPONENTS = (IC_LANES / GROUP_LANES) * EXPONENT_WIDTH;

    wire [IC_WIDTH-1:0] channel;
    wire [G_WIDTH-1:0] member;
    wire [GROUP_WIDTH-1:0] word;
    wire [TAP_WIDTH-1:0] tap;
    wire channel_last, member_last, word_last, tap_last;
    wire unused_counts = |{channel, member, word, tap};
    reg [WORD_WIDTH-1:0] first_q, address_q; // place of the kernel position's first word, and of the word to come
    reg [PARTS-1:0] part_q; // one-hot
    reg half_q, member_first_q;
    wire [PARTS:0] next_part = {part_q, part_q[PARTS-1]};
    wire unused_part = next_part[PARTS];
    wire write = valid_i & channel_last;
    wire tap_over = write & word_last;
    wire part_over = tap_over & tap_last;
    wire [WORD_WIDTH-1:0] first_next = tap_last ? {WORD_WIDTH{1'b0}} : first_q + 1'b1;
    wire half_over = part_over & part_q[PARTS-1];

    nn_counter #(.COUNT(IC_LANES), .WIDTH(IC_WIDTH)) u_channel_counter (
        .clk(clk), .rst(rst), .enable_i(valid_i), .count_o(channel), .last_o(channel_last)
    );
    nn_counter #(.COUNT(GROUP_LANES), .WIDTH(G_WIDTH)) u_member_counter (
        .clk(clk), .rst(rst), .enable_i(valid_i), .count_o(member), .last_o(member_last)
    );
    nn_counter #(.COUNT(GROUP_WORDS), .WIDTH(GROUP_WIDTH)) u_word_counter (
        .clk(clk), .rst(rst), .enable_i(write), .count_o(word), .last_o(word_last)
    );
    nn_counter #(.COUNT(TAPS), .WIDTH(TAP_WIDTH)) u_tap_counter (
        .clk(clk), .rst(rst), .enable_i(tap_over), .count_o(tap), .last_o(tap_last)
    );

    always @(posedge clk)
        if (rst) begin
            part_q <= C_PART[PARTS-1:0];
            member_first_q <= 1'b1;
            first_q <= {WORD_WIDTH{1'b0}};
            address_q <= {WORD_WIDTH{1'b0}};
        end else begin
            if (write) address_q <= word_last ? first_next : address_q + C_TAPS[WORD_WIDTH-1:0];
            if (tap_over) first_q <= first_next;
            if (valid_i) member_first_q <= member_last;
            if (part_over) part_q <= next_part[PARTS-1:0];
        end

    // No clock enable: rst would be on the way to it.
    always @(posedge clk) half_q <= rst ? half_i : half_q ^ half_over;

    always @(posedge clk) begin
        write_part_o <= (write & ~rst) ? part_q : {PARTS{1'b0}};
        write_address_o <= {half_q, address_q};
        half_full_o <= half_over & ~rst;
    end

    // ---------------------------------------------------------------- Codes and exponents of a part move down, the first one ends lowest
    genvar lane;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : gen_lanes
            reg [CODES-1:0] codes_q;
            wire [CODES+CODE_WIDTH-1:0] codes = {codes_i[lane*CODE_WIDTH +: CODE_WIDTH], codes_q};
            wire unused_code = |codes[CODE_WIDTH-1:0];
            always @(posedge clk)
                if (valid_i) codes_q <= codes[CODES+CODE_WIDTH-1:CODE_WIDTH];
            assign write_data_o[lane*CODES +: CODES] = codes_q;

            if (HAS_EXPONENTS != 0) begin : gen_exponents
                reg [EXPONENTS-1:0] exponents_q;
                wire [EXPONENTS+EXPONENT_WIDTH-1:0] exponents = {exponents_i[lane*EXPONENT_WIDTH +: EXPONENT_WIDTH], exponents_q};
                wire unused_exponent = |exponents[EXPONENT_WIDTH-1:0];
                always @(posedge clk)
                    if (valid_i & member_first_q) exponents_q <= exponents[EXPONENTS+EXPONENT_WIDTH-1:EXPONENT_WIDTH];
                assign write_data_o[LANES*CODES + lane*EXPONENTS +: EXPONENTS] = exponents_q;
            end
        end
        if (HAS_EXPONENTS == 0) begin : gen_no_exponents
            wire unused_exponents = |{exponents_i, member_first_q, C_PART};
        end
    endgenerate

endmodule

`default_nettype wire
