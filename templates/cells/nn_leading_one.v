// nn_leading_one: size of a two's complement number, the place of its leading one and the bit below that.
//
//   WIDTH        bits of the number
//   LEAD_WIDTH   bits of the place: clog2(WIDTH), at least 2
//
// lead_o is of no meaning for zero. next_o is low if the leading one is the lowest bit.
// Latency: 3 cycles: size; fours of bits; the highest four with a one.
`default_nettype none

module nn_leading_one #(
    parameter WIDTH = 20,
    parameter LEAD_WIDTH = 5
) (
    input  wire                  clk,
    input  wire [WIDTH-1:0]      value_i,
    output reg                   negative_o,
    output reg                   zero_o,
    output reg  [LEAD_WIDTH-1:0] lead_o,
    output reg                   next_o
);

    localparam FOURS = (WIDTH + 3) / 4;

    // ---------------------------------------------------------------- Size: as many bits, because the lowest number has one more than the highest
    reg [4*FOURS-1:0] size_q;
    reg negative_q1, negative_q2;
    wire [WIDTH-1:0] size = (value_i ^ {WIDTH{value_i[WIDTH-1]}}) + {{WIDTH-1{1'b0}}, value_i[WIDTH-1]};
    always @(posedge clk) begin
        size_q <= {{4*FOURS-WIDTH{1'b0}}, size};
        negative_q1 <= value_i[WIDTH-1];
        negative_q2 <= negative_q1;
        negative_o <= negative_q2;
    end

    // ---------------------------------------------------------------- Leading one of each four bits
    reg [FOURS-1:0] any_q, next_q;
    reg [2*FOURS-1:0] place_q;
    wire [4*FOURS:0] below = {size_q, 1'b0}; // the bit below each
    wire unused_top = below[4*FOURS];
    genvar i;
    generate
        for (i = 0; i < FOURS; i = i + 1) begin : gen_fours
            wire [3:0] four = size_q[4*i +: 4];
            always @(posedge clk) begin
                any_q[i] <= |four;
                place_q[2*i +: 2] <= four[3] ? 2'd3 : four[2] ? 2'd2 : {1'b0, four[1]};
                next_q[i] <= four[3] ? below[4*i+3] : four[2] ? below[4*i+2] : four[1] ? below[4*i+1] : below[4*i];
            end
        end
    endgenerate

    // ---------------------------------------------------------------- The highest of them that has a one, and no one above
    wire [FOURS-1:0] first;
    wire [LEAD_WIDTH*FOURS-1:0] lead;
    wire [FOURS-1:0] next;
    generate
        for (i = 0; i < FOURS; i = i + 1) begin : gen_first
            localparam [31:0] C_BASE = 4 * i;
            wire [LEAD_WIDTH+1:0] place = {{LEAD_WIDTH{1'b0}}, place_q[2*i +: 2]};
            if (i == FOURS - 1) begin : gen_top
                assign first[i] = any_q[i];
            end else begin : gen_other
                assign first[i] = any_q[i] & ~(|any_q[FOURS-1:i+1]);
            end
            assign next[i] = first[i] & next_q[i];
            assign lead[LEAD_WIDTH*i +: LEAD_WIDTH] = {LEAD_WIDTH{first[i]}} & (C_BASE[LEAD_WIDTH-1:0] | place[LEAD_WIDTH-1:0]);
            wire unused = |place[LEAD_WIDTH+1:LEAD_WIDTH];
        end
    endgenerate
    localparam [LEAD_WIDTH*FOURS-1:0] C_ONES = {FOURS{ {{LEAD_WIDTH-1{1'b0}}, 1'b1} }};
    generate
        for (i = 0; i < LEAD_WIDTH; i = i + 1) begin : gen_lead
            always @(posedge clk) lead_o[i] <= |(lead & (C_ONES << i));
        end
    endgenerate
    always @(posedge clk) begin
        zero_o <= ~(|any_q);
        next_o <= |next;
    end

endmodule

`default_nettype wire
