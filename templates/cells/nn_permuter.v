// nn_permuter: gives the elements of a frame in another order, by two tables; a beat per cycle on both sides.
//
//   ELEMENT_BITS     bits of a stream element
//   IN_ELEMENTS, OUT_ELEMENTS   elements of a beat, powers of two
//   BANKS            the larger of both
//   IN_BEATS, OUT_BEATS         beats of a frame
//   WRITE_ADDRESSED  0: input beat i is written to address i of all banks, and each bank is read at an address of the read table (IN_ELEMENTS = BANKS);
//                    1: each bank is written at an address of the write table, and address i is read for output beat i (OUT_ELEMENTS = BANKS)
//   ADDRESS_WIDTH    bits of an address within a half: clog2 of IN_BEATS or OUT_BEATS, at least 1
//   DEPTH, BLOCK     words of a bank as built, at least two halves; 1: block RAM, 0: LUT RAM
//   GATED            1: a cycle between input frames for enable_i to fall; 0: none, and enable_i is looked at in every cycle all the same
//   WRITE_BEAT_WIDTH, READ_BEAT_WIDTH   clog2 of IN_BEATS and OUT_BEATS, at least 1
//   WRITE_WIDTH, READ_WIDTH     bits of the table words, at least 1
//
// Tables: a word 2 cycles after the number of its beat.
//   write word   for each bank: element that it takes (clog2(IN_ELEMENTS) bits); with WRITE_ADDRESSED then whether it takes one, and the address
//   read word    bank of each element (clog2(BANKS) bits); without WRITE_ADDRESSED then the address of each bank
//
// Streams: one half of the banks is written while the other is read, so input waits only if two frames are in and none of them has been read whole.
// Latency: 11 cycles from a frame's last input beat to its first output beat. frame_done_o is one cycle after the frame's last input beat.
`default_nettype none

module nn_permuter #(
    parameter ELEMENT_BITS = 8,
    parameter IN_ELEMENTS = 2,
    parameter OUT_ELEMENTS = 2,
    parameter BANKS = 2,
    parameter IN_BEATS = 4,
    parameter OUT_BEATS = 4,
    parameter WRITE_ADDRESSED = 0,
    parameter ADDRESS_WIDTH = 2,
    parameter DEPTH = 8,
    parameter BLOCK = 0,
    parameter GATED = 0,
    parameter WRITE_BEAT_WIDTH = 2,
    parameter READ_BEAT_WIDTH = 2,
    parameter WRITE_WIDTH = 2,
    parameter READ_WIDTH = 6
) (
    input  wire                                 clk,
    input  wire                                 rst,
    // Input stream
    input  wire [IN_ELEMENTS*ELEMENT_BITS-1:0]  s_axis_tdata,
    input  wire                                 s_axis_tvalid,
    output wire                                 s_axis_tready,
    input  wire                                 s_axis_tlast,
    // Output stream
    output wire [OUT_ELEMENTS*ELEMENT_BITS-1:0] m_axis_tdata,
    output wire                                 m_axis_tvalid,
    input  wire                                 m_axis_tready,
    output wire                                 m_axis_tlast,
    // Control
    input  wire                                 enable_i,
    output wire                                 frame_done_o,
    output reg                                  last_early_o,
    output reg                                  last_missing_o,
    // Tables
    output wire [WRITE_BEAT_WIDTH-1:0]          write_beat_o,
    input  wire [WRITE_WIDTH-1:0]               write_word_i,
    output wire [READ_BEAT_WIDTH-1:0]           read_beat_o,
    input  wire [READ_WIDTH-1:0]                read_word_i
);

    localparam SELECT_WIDTH = $clog2(IN_ELEMENTS);
    localparam BANK_WIDTH   = $clog2(BANKS);
    localparam FIELD_WIDTH  = SELECT_WIDTH + (WRITE_ADDRESSED != 0 ? 1 + ADDRESS_WIDTH : 0);
    localparam IN_BITS      = IN_ELEMENTS * ELEMENT_BITS;
    localparam OUT_BITS     = OUT_ELEMENTS * ELEMENT_BITS;
    localparam RAM_WIDTH    = ADDRESS_WIDTH + 1; // the half in the highest bit
    localparam FIFO_WIDTH   = 5;
    localparam STORED       = 24; // beats that the FIFO ever holds: 16 and those that are issued before the credit is right

    // ---------------------------------------------------------------- Halves: frames that are in and not yet read whole, none, one or two
    // A read of a beat stands as long behind its issue as a write behind its handshake: what is filled or let go counts from the handshakes on.
    reg any_q, both_q, frame_end_q;
    wire in_last, out_last, credit;
    wire accept = s_axis_tvalid & s_axis_tready;
    wire issue = any_q & credit;
    wire filled = accept & in_last;
    wire freed = issue & out_last;
    assign s_axis_tready = enable_i & ~both_q & ~((GATED != 0) & frame_end_q);
    assign frame_done_o = frame_end_q;

    always @(posedge clk)
        if (rst) begin
            any_q <= 1'b0;
            both_q <= 1'b0;
            frame_end_q <= 1'b0;
        end else begin
            frame_end_q <= filled;
            if (filled & ~freed) begin
                any_q <= 1'b1;
                both_q <= any_q;
            end else if (freed & ~filled) begin
                any_q <= both_q;
                both_q <= 1'b0;
            end
        end

    always @(posedge clk) begin
        last_early_o <= ~rst & accept & s_axis_tlast & ~in_last;
        last_missing_o <= ~rst & accept & ~s_axis_tlast & in_last;
    end

    // ---------------------------------------------------------------- Input: beat i is in the banks 3 cycles after its handshake
    reg write_half_q;
    reg [IN_BITS-1:0] data_q, data_q2;
    reg [1:0] write_valid_q;
    always @(posedge clk)
        if (rst) write_half_q <= 1'b0;
        else if (filled) write_half_q <= ~write_half_q;
    always @(posedge clk) begin
        data_q <= s_axis_tdata;
        data_q2 <= data_q;
        write_valid_q <= rst ? 2'b00 : {write_valid_q[0], accept};
    end

    wire [RAM_WIDTH-1:0] write_place; // of the beat in data_q2; its beat number counts only if beats are written in turn
    nn_counter #(.COUNT(IN_BEATS), .WIDTH(WRITE_BEAT_WIDTH)) u_write_counter (
        .clk(clk), .rst(rst), .enable_i(accept), .count_o(write_beat_o), .last_o(in_last)
    );

    wire [WRITE_BEAT_WIDTH+RAM_WIDTH-1:0] wide_write_beat = {{RAM_WIDTH{1'b0}}, write_beat_o};
    wire unused_write_bits = |{wide_write_beat[WRITE_BEAT_WIDTH+RAM_WIDTH-1:ADDRESS_WIDTH], write_word_i, write_place};
    nn_delay #(.WIDTH(RAM_WIDTH), .DEPTH(2)) u_write_delay (
        .clk(clk), .rst(1'b0), .data_i({write_half_q, wide_write_beat[ADDRESS_WIDTH-1:0]}), .data_o(write_place)
    );

    // ---------------------------------------------------------------- Output: a beat is read 3 cycles after its issue, and in the FIFO 3 later
    reg read_half_q;
    reg [READ_BEAT_WIDTH-1:0] read_beat_q;
    reg read_half_q1;
    wire [READ_BEAT_WIDTH-1:0] read_beat;
    nn_counter #(.COUNT(OUT_BEATS), .WIDTH(READ_BEAT_WIDTH)) u_read_counter (
        .clk(clk), .rst(rst), .enable_i(issue), .count_o(read_beat), .last_o(out_last)
    );
    always @(posedge clk)
        if (rst) read_half_q <= 1'b0;
        else if (freed) read_half_q <= ~read_half_q;
    always @(posedge clk) begin
        read_beat_q <= read_beat;
        read_half_q1 <= read_half_q;
    end
    assign read_beat_o = read_beat_q;

    wire [RAM_WIDTH-1:0] read_place;
    wire [READ_BEAT_WIDTH+RAM_WIDTH-1:0] wide_read_beat = {{RAM_WIDTH{1'b0}}, read_beat_q};
    wire unused_read_bits = |{wide_read_beat[READ_BEAT_WIDTH+RAM_WIDTH-1:ADDRESS_WIDTH], read_word_i, read_place};
    nn_delay #(.WIDTH(RAM_WIDTH), .DEPTH(2)) u_read_delay (
        .clk(clk), .rst(1'b0), .data_i({read_half_q1, wide_read_beat[ADDRESS_WIDTH-1:0]}), .data_o(read_place)
    );

    wire push, push_last;
    nn_delay #(.WIDTH(2), .DEPTH(6)) u_valid_delay (
        .clk(clk), .rst(rst), .data_i({issue, out_last}), .data_o({push, push_last})
    );

    // ---------------------------------------------------------------- Banks
    wire [ELEMENT_BITS-1:0] elements [0:IN_ELEMENTS-1];
    reg [ELEMENT_BITS-1:0] banks_q [0:BANKS-1];
    genvar i;
    generate
        for (i = 0; i < IN_ELEMENTS; i = i + 1) begin : gen_elements
            assign elements[i] = data_q2[i*ELEMENT_BITS +: ELEMENT_BITS];
        end
        for (i = 0; i < BANKS; i = i + 1) begin : gen_banks
            wire [ELEMENT_BITS-1:0] chosen, read_data;
            wire take;
            wire [RAM_WIDTH-1:0] take_place, give_place;
            reg write_q;
            reg [RAM_WIDTH-1:0] place_q;
            reg [ELEMENT_BITS-1:0] chosen_q;
            if (SELECT_WIDTH > 0) begin : gen_choice
                assign chosen = elements[write_word_i[i*FIELD_WIDTH +: (SELECT_WIDTH > 0 ? SELECT_WIDTH : 1)]];
            end else begin : gen_only
                assign chosen = elements[0];
            end
            if (WRITE_ADDRESSED != 0) begin : gen_write_address
                assign take = write_word_i[i*FIELD_WIDTH + SELECT_WIDTH];
                assign take_place = {write_place[ADDRESS_WIDTH], write_word_i[i*FIELD_WIDTH + SELECT_WIDTH + 1 +: ADDRESS_WIDTH]};
                assign give_place = read_place;
            end else begin : gen_read_address
                assign take = 1'b1;
                assign take_place = write_place;
                assign give_place = {read_place[ADDRESS_WIDTH], read_word_i[OUT_ELEMENTS*BANK_WIDTH + i*ADDRESS_WIDTH +: ADDRESS_WIDTH]};
            end
            always @(posedge clk) begin
                write_q <= write_valid_q[1] & take & ~rst;
                place_q <= take_place;
                chosen_q <= chosen;
                banks_q[i] <= read_data;
            end
            nn_ram #(
                .WIDTH(ELEMENT_BITS), .DEPTH(DEPTH), .ADDRESS_WIDTH(RAM_WIDTH), .WRITE_LANES(1), .BLOCK(BLOCK), .INIT_FILE("")
            ) u_ram (
                .clk(clk),
                .write_enable_i(write_q), .write_address_i(place_q), .write_data_i(chosen_q),
                .read_enable_i(1'b1), .read_address_i(give_place), .read_data_o(read_data)
            );
        end
    endgenerate

    // ---------------------------------------------------------------- Elements of the output beat
    reg [OUT_BITS-1:0] permuted_q;
    generate
        if (BANK_WIDTH > 0) begin : gen_select
            wire [OUT_ELEMENTS*BANK_WIDTH-1:0] bank_of;
            nn_delay #(.WIDTH(OUT_ELEMENTS*BANK_WIDTH), .DEPTH(2)) u_select_delay (
                .clk(clk), .rst(1'b0), .data_i(read_word_i[OUT_ELEMENTS*BANK_WIDTH-1:0]), .data_o(bank_of)
            );
            for (i = 0; i < OUT_ELEMENTS; i = i + 1) begin : gen_outputs
                always @(posedge clk) permuted_q[i*ELEMENT_BITS +: ELEMENT_BITS] <= banks_q[bank_of[i*BANK_WIDTH +: BANK_WIDTH]];
            end
        end else begin : gen_one_bank
            always @(posedge clk) permuted_q <= banks_q[0];
        end
    endgenerate

    // ---------------------------------------------------------------- FIFO: reading never stops half way, a beat is issued only if there will be room
    // Beats, places and credits are counted a cycle later, for the output's ready comes late: what was taken in the cycle before is still counted.
    reg [FIFO_WIDTH-1:0] in_q, out_q, out_next_q;
    reg [STORED-1:0] stored_q; // bit i: more than i beats
    reg [FIFO_WIDTH:0] issued_q; // beats between issue and FIFO output
    reg push_q, issue_q, pop_q, credit_q, ram_valid_q, valid_q, last_q;
    reg [OUT_BITS-1:0] tdata_q;
    wire ram_last;
    wire [OUT_BITS-1:0] ram_data;
    wire out_enable = ~valid_q | m_axis_tready;
    wire read_enable = ~ram_valid_q | out_enable;
    wire some = pop_q ? stored_q[1] : stored_q[0];
    wire [FIFO_WIDTH-1:0] out_place = pop_q ? out_next_q : out_q;
    wire pop = read_enable & some;
    assign credit = credit_q;

    always @(posedge clk)
        if (rst) begin
            in_q <= {FIFO_WIDTH{1'b0}};
            out_q <= {FIFO_WIDTH{1'b0}};
            out_next_q <= {{(FIFO_WIDTH-1){1'b0}}, 1'b1};
            stored_q <= {STORED{1'b0}};
            push_q <= 1'b0;
            issue_q <= 1'b0;
            pop_q <= 1'b0;
            issued_q <= {(FIFO_WIDTH+1){1'b0}};
            credit_q <= 1'b1;
            ram_valid_q <= 1'b0;
            valid_q <= 1'b0;
        end else begin
            if (push) in_q <= in_q + 1'b1;
            if (pop_q) begin
                out_q <= out_next_q;
                out_next_q <= out_next_q + 1'b1;
            end
            if (push_q & ~pop_q) stored_q <= {stored_q[STORED-2:0], 1'b1};
            else if (pop_q & ~push_q) stored_q <= {1'b0, stored_q[STORED-1:1]};
            push_q <= push;
            issue_q <= issue;
            pop_q <= pop;
            if (issue_q & ~pop_q) issued_q <= issued_q + 1'b1;
            else if (pop_q & ~issue_q) issued_q <= issued_q - 1'b1;
            // Half of the FIFO is kept for what is issued before this register knows.
            credit_q <= (issued_q[FIFO_WIDTH:FIFO_WIDTH-1] == 2'b00);
            if (read_enable) ram_valid_q <= some;
            if (out_enable) valid_q <= ram_valid_q;
        end

    nn_ram #(
        .WIDTH(OUT_BITS + 1), .DEPTH(1 << FIFO_WIDTH), .ADDRESS_WIDTH(FIFO_WIDTH), .WRITE_LANES(1), .BLOCK(0), .INIT_FILE("")
    ) u_fifo (
        .clk(clk),
        .write_enable_i(push), .write_address_i(in_q), .write_data_i({push_last, permuted_q}),
        .read_enable_i(read_enable), .read_address_i(out_place), .read_data_o({ram_last, ram_data})
    );
    always @(posedge clk)
        if (out_enable) begin
            tdata_q <= ram_data;
            last_q <= ram_last;
        end

    assign m_axis_tdata = tdata_q;
    assign m_axis_tvalid = valid_q;
    assign m_axis_tlast = last_q & valid_q;

endmodule

`default_nettype wire
