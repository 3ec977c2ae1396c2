// nn_stream_fifo: holds words of a stream between two units that work at different times.
//
//   WIDTH  bits of a word: data with whatever goes with it, as TLAST
//   DEPTH  words that it holds, exactly; 2 or more, with BLOCK 1 4 or more
//   BLOCK  1: block RAM, 0: LUT RAM
//
// Stream: a word per cycle; an offer stands until it is taken; no combinational path from one side to the other. DEPTH 2 is a register slice.
// Latency: 1 cycle at DEPTH 2, else 2 cycles, 3 with BLOCK 1.
// most_o: most words held at once since reset; for simulation, where it is left open it costs nothing.
`default_nettype none

module nn_stream_fifo #(
    parameter WIDTH = 9,
    parameter DEPTH = 16,
    parameter BLOCK = 0
) (
    input  wire             clk,
    input  wire             rst,
    // Words in
    input  wire [WIDTH-1:0] data_i,
    input  wire             valid_i,
    output wire             ready_o,
    // Words out
    output wire [WIDTH-1:0] data_o,
    output wire             valid_o,
    input  wire             ready_i,
    // High-water mark
    output wire [31:0]      most_o
);

    generate
        if (DEPTH == 2) begin : gen_register
            nn_stream_register #(.WIDTH(WIDTH)) u_register (
                .clk(clk), .rst(rst), .data_i(data_i), .valid_i(valid_i), .ready_o(ready_o), .data_o(data_o), .valid_o(valid_o), .ready_i(ready_i)
            );
        end else begin : gen_memory
            // Words that wait behind the memory: in its read register, and in one more where that is block RAM, whose output comes late.
            localparam OUTPUTS       = (BLOCK != 0) ? 2 : 1;
            localparam WORDS         = DEPTH - OUTPUTS;
            localparam ADDRESS_WIDTH = (WORDS > 2) ? $clog2(WORDS) : 1;
            // Block RAM in whole primitives: other depths would be cut into rows with a multiplexer behind them.
            localparam STORED        = (BLOCK != 0 && ADDRESS_WIDTH < 9) ? 512 : (1 << ADDRESS_WIDTH);
            localparam COUNT_WIDTH   = $clog2(WORDS + 1);
            localparam [31:0] C_ONE  = 32'd1;
            localparam [31:0] C_NEAR = WORDS - 1;

            // Words in the memory: from registers whether there is any, and whether there is room.
            reg [ADDRESS_WIDTH-1:0] write_address_q, read_address_q;
            reg [COUNT_WIDTH-1:0] words_q;
            reg any_q, full_q;
            wire [WIDTH-1:0] read_data;
            reg read_valid_q;
            wire read_move;
            wire write = valid_i & ~full_q;
            wire read = any_q & read_move;

            always @(posedge clk)
                if (rst) begin
                    write_address_q <= {ADDRESS_WIDTH{1'b0}};
                    read_address_q <= {ADDRESS_WIDTH{1'b0}};
                    words_q <= {COUNT_WIDTH{1'b0}};
                    any_q <= 1'b0;
                    full_q <= 1'b0;
                    read_valid_q <= 1'b0;
                end else begin
                    if (write) write_address_q <= write_address_q + 1'b1;
                    if (read) read_address_q <= read_address_q + 1'b1;
                    if (write & ~read) words_q <= words_q + 1'b1;
                    else if (read & ~write) words_q <= words_q - 1'b1;
                    any_q <= write | (any_q & ~(read & (words_q == C_ONE[COUNT_WIDTH-1:0])));
                    full_q <= ~read & (full_q | (write & (words_q == C_NEAR[COUNT_WIDTH-1:0])));
                    if (read_move) read_valid_q <= any_q;
                end

            nn_ram #(.WIDTH(WIDTH), .DEPTH(STORED), .ADDRESS_WIDTH(ADDRESS_WIDTH), .BLOCK(BLOCK)) u_words (
                .clk(clk), .write_enable_i(write), .write_address_i(write_address_q), .write_data_i(data_i),
                .read_enable_i(read_move), .read_address_i(read_address_q), .read_data_o(read_data)
            );

            if (BLOCK != 0) begin : gen_output
                reg [WIDTH-1:0] out_q;
                reg out_valid_q;
                wire out_move = ~out_valid_q | ready_i;
                always @(posedge clk)
                    if (rst) out_valid_q <= 1'b0;
                    else if (out_move) out_valid_q <= read_valid_q;
                always @(posedge clk)
                    if (out_move) out_q <= read_data;
                assign read_move = ~read_valid_q | out_move;
                assign data_o = out_q;
                assign valid_o = out_valid_q;
            end else begin : gen_no_output
                assign read_move = ~read_valid_q | ready_i;
                assign data_o = read_data;
                assign valid_o = read_valid_q;
            end
            assign ready_o = ~full_q;
        end
    endgenerate

    // High-water mark
    reg [31:0] held_q, most_q;
    wire [31:0] held = held_q + {31'd0, valid_i & ready_o} - {31'd0, valid_o & ready_i};
    always @(posedge clk)
        if (rst) begin
            held_q <= 32'd0;
            most_q <= 32'd0;
        end else begin
            held_q <= held;
            if (held > most_q) most_q <= held;
        end
    assign most_o = most_q;

endmodule

`default_nettype wire
