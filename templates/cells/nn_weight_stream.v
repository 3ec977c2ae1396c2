// nn_weight_stream: takes the weight stream apart into words and writes them into the two halves of the weight memory in turn.
//
//   PARTS       beats of a word
//   WORDS       words of a half: the steps of a channel tile
//   WORD_WIDTH  bits of a word's index within a half
//   HALVES      halves that one pass fills: channel tiles of all groups
//
// Stream: one beat a cycle while enable_i is high and a half is free; the first beat of a word is its lowest part.
// half_full_o: a pulse in the cycle in which a half's last part is on the write port. half_released_i: a pulse for each half that has been read.
// Latency: a beat is on the write port 1 cycle after its handshake.
`default_nettype none

module nn_weight_stream #(
    parameter PARTS = 1,
    parameter WORDS = 2,
    parameter WORD_WIDTH = 1,
    parameter HALVES = 1
) (
    input  wire                  clk,
    input  wire                  rst,
    // Weight stream
    input  wire [63:0]           s_axis_weight_tdata,
    input  wire                  s_axis_weight_tvalid,
    output wire                  s_axis_weight_tready,
    input  wire                  s_axis_weight_tlast,
    // Control
    input  wire                  enable_i,
    input  wire                  half_released_i,
    output reg                   half_full_o,
    output reg                   last_early_o,
    output reg                   last_missing_o,
    // Write port of the weight memory: part of a word, half and word, data of the part
    output reg  [PARTS-1:0]      write_part_o,
    output reg  [WORD_WIDTH:0]   write_address_o,
    output reg  [63:0]           write_data_o
);

    localparam HALF_WIDTH = (HALVES > 1) ? $clog2(HALVES) : 1;
    localparam [PARTS:0] C_PART = {{PARTS{1'b0}}, 1'b1};

    reg [PARTS-1:0] part_q; // one-hot
    reg half_q;
    wire [WORD_WIDTH-1:0] word;
    wire [HALF_WIDTH-1:0] half_of_pass; // halves of the pass that are filled
    wire word_last, half_last;
    reg [1:0] free_q; // halves that may be written, the present one included
    reg free_any_q;

    wire accept = s_axis_weight_tvalid & s_axis_weight_tready;
    wire last_part = part_q[PARTS-1];
    wire last_of_half = last_part & word_last;
    wire last_of_pass = last_of_half & half_last;
    wire filled = accept & last_of_half;
    wire [PARTS:0] next_part = {part_q, part_q[PARTS-1]};
    wire unused_bits = |{next_part[PARTS], half_of_pass};

    assign s_axis_weight_tready = enable_i & free_any_q;

    nn_counter #(.COUNT(WORDS), .WIDTH(WORD_WIDTH)) u_word_counter (
        .clk(clk), .rst(rst), .enable_i(accept & last_part), .count_o(word), .last_o(word_last)
    );
    nn_counter #(.COUNT(HALVES), .WIDTH(HALF_WIDTH)) u_half_counter (
        .clk(clk), .rst(rst), .enable_i(filled), .count_o(half_of_pass), .last_o(half_last)
    );
    always @(posedge clk)
        if (rst) begin
            part_q <= C_PART[PARTS-1:0];
            half_q <= 1'b0;
        end else if (accept) begin
            part_q <= next_part[PARTS-1:0];
            if (last_of_half) half_q <= ~half_q;
        end

    always @(posedge clk)
        if (rst) begin
            free_q <= 2'd2;
            free_any_q <= 1'b1;
        end else if (filled & ~half_released_i) begin
            free_q <= free_q - 2'd1;
            free_any_q <= free_q[1];
        end else if (~filled & half_released_i) begin
            free_q <= free_q + 2'd1;
            free_any_q <= 1'b1;
        end

    always @(posedge clk) begin
        write_part_o <= (accept & ~rst) ? part_q : {PARTS{1'b0}};
        write_address_o <= {half_q, word};
        write_data_o <= s_axis_weight_tdata;
        half_full_o <= filled & ~rst;
        last_early_o <= ~rst & accept & s_axis_weight_tlast & ~last_of_pass;
        last_missing_o <= ~rst & accept & ~s_axis_weight_tlast & last_of_pass;
    end

endmodule

`default_nettype wire
