// nn_program_control: takes the instructions of a layer program one after the other; docs/units/program_control.md.
//
//   PROGRAM_WIDTH   bits of an instruction's address
//   GAP_WIDTH       bits of the idle cycles behind a tile
//
// Instructions: the first one of a program receives the frame. An instruction waits until what the one before it has written is in the map, unless it
// continues that one (chained_i); the last one of the program ends the frame.
// The instruction of an address stands at the inputs 2 cycles after the address.
`default_nettype none

module nn_program_control #(
    parameter PROGRAM_WIDTH = 4,
    parameter GAP_WIDTH = 2
) (
    input  wire                     clk,
    input  wire                     rst,
    // A frame may be taken in
    input  wire                     enable_i,
    output wire                     frame_computed_o,
    // The instruction
    output wire [PROGRAM_WIDTH-1:0] program_address_o,
    input  wire                     receive_i,   // takes the frame in
    input  wire                     sends_i,     // writes to the output stream
    input  wire                     continues_i, // goes on with the writing of the one before it
    input  wire                     chained_i,   // the next one continues this one
    input  wire                     ends_i,      // is the last one of the program
    input  wire [GAP_WIDTH-1:0]     gap_i,       // idle cycles behind a tile, so that its results can leave
    // Begin of an instruction: of reading, of writing, of receiving
    output wire                     start_o,
    output wire                     begin_o,
    output wire                     receiving_o,
    // Steps
    output wire                     step_o,
    input  wire                     tile_last_i,
    input  wire                     last_i,
    // What was to be written is in the map, or in the output buffer
    input  wire                     written_i,
    // The output buffer has room for a frame
    input  wire                     room_i,
    output wire                     wait_output_o
);

    localparam [2:0] S_FETCH = 3'd0; // two cycles for the program memory
    localparam [2:0] S_IDLE  = 3'd1;
    localparam [2:0] S_START = 3'd2;
    localparam [2:0] S_RUN   = 3'd3;
    localparam [2:0] S_WAIT  = 3'd4; // for the last result
    localparam [2:0] S_BEGIN = 3'd5; // what start_o starts takes the instruction over

    localparam [255:0] C_ONE = 256'd1;

    reg [2:0] state_q;
    reg fetched_q;
    reg frame_end_q;
    reg [PROGRAM_WIDTH-1:0] program_q;
    reg [GAP_WIDTH-1:0] gap_q;
    reg pause_q;

    wire may_start = (state_q == S_START) & ~pause_q & (room_i | ~sends_i);
    reg step_q;
    wire step = step_q;
    wire run_done = step & last_i;
    wire next = (run_done & chained_i) | ((state_q == S_WAIT) & written_i);

    always @(posedge clk)
        if (rst) begin
            state_q <= S_FETCH;
            fetched_q <= 1'b0;
            frame_end_q <= 1'b1;
            program_q <= {PROGRAM_WIDTH{1'b0}};
        end else begin
            case (state_q)
                S_FETCH: if (fetched_q) state_q <= frame_end_q ? S_IDLE : S_START;
                S_IDLE: if (enable_i) state_q <= S_START;
                S_START: if (may_start) state_q <= S_BEGIN;
                S_BEGIN: state_q <= receive_i ? S_WAIT : S_RUN;
                S_RUN: if (run_done) state_q <= chained_i ? S_FETCH : S_WAIT;
                default: if (written_i) state_q <= S_FETCH;
            endcase
            fetched_q <= (state_q == S_FETCH) & ~fetched_q;
            if (next) begin
                frame_end_q <= ends_i;
                program_q <= ends_i ? {PROGRAM_WIDTH{1'b0}} : program_q + C_ONE[PROGRAM_WIDTH-1:0];
            end
        end

    reg start_q, begin_q;
    always @(posedge clk) begin
        start_q <= ~rst & may_start;
        begin_q <= ~rst & may_start & ~continues_i;
    end

    // Steps, from a register, and idle cycles between tiles
    reg gap_any_q; // stands before an instruction's first step
    wire pause_begin = step & tile_last_i & gap_any_q;
    wire pause_end = pause_q & (gap_q == {GAP_WIDTH{1'b0}});
    always @(posedge clk) begin
        gap_any_q <= (gap_i != {GAP_WIDTH{1'b0}});
        step_q <= ~rst & (((state_q == S_BEGIN) & ~receive_i) | (step & ~last_i & ~pause_begin) | ((state_q == S_RUN) & pause_end));
        pause_q <= ~rst & (pause_begin | (pause_q & ~pause_end));
    end
    always @(posedge clk)
        if (step) gap_q <= gap_i - C_ONE[GAP_WIDTH-1:0];
        else gap_q <= gap_q - C_ONE[GAP_WIDTH-1:0];

    reg receiving_q;
    always @(posedge clk)
        if (rst) receiving_q <= 1'b0;
        else if (start_q) receiving_q <= receive_i;
        else if (written_i) receiving_q <= 1'b0;

    assign program_address_o = program_q;
    assign start_o = start_q;
    assign begin_o = begin_q;
    assign receiving_o = receiving_q;
    assign step_o = step;
    assign frame_computed_o = (state_q == S_WAIT) & written_i & ends_i;
    assign wait_output_o = (state_q == S_START) & sends_i & ~room_i;

endmodule

`default_nettype wire
