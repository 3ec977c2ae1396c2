// nn_element_add: adds two streams element by element, each with a scale of its own.
//
//   y = clamp((((a - A_ZERO) * A_MULTIPLIER + (b - B_ZERO) * B_MULTIPLIER + round) >> SHIFT) + ZERO_POINT, LOW, HIGH)     docs/number_formats.md
//
//   ELEMENTS                   elements of a beat, of both inputs and of the output
//   A_BITS, B_BITS, OUT_BITS   bits of an element: 8 or 16, each for itself
//   A_SIGNED, B_SIGNED         1: elements of the input are two's complement
//   A_ZERO, B_ZERO             zero points, within the range of the elements
//   A_MULTIPLIER, B_MULTIPLIER 1 to 65535; a power of two is wiring, any other a DSP block for each element
//   SHIFT                      0 to 31; round is 2^(SHIFT-1), 0 for SHIFT 0
//   ZERO_POINT, LOW, HIGH      output zero point and bounds
//
// Stream: a beat of each input per cycle, taken when both are there; an offer stands until it is taken; no combinational path from one side to
// another. TLAST comes from the first input.
// Latency: 7 cycles.
`default_nettype none

module nn_element_add #(
    parameter ELEMENTS = 1,
    parameter A_BITS = 8,
    parameter B_BITS = 8,
    parameter OUT_BITS = 8,
    parameter A_SIGNED = 0,
    parameter B_SIGNED = 0,
    parameter A_ZERO = 0,
    parameter B_ZERO = 0,
    parameter A_MULTIPLIER = 1,
    parameter B_MULTIPLIER = 1,
    parameter SHIFT = 0,
    parameter ZERO_POINT = 0,
    parameter LOW = 0,
    parameter HIGH = 255
) (
    input  wire                         clk,
    input  wire                         rst,
    // First input
    input  wire [ELEMENTS*A_BITS-1:0]   s_axis_a_tdata,
    input  wire                         s_axis_a_tvalid,
    output wire                         s_axis_a_tready,
    input  wire                         s_axis_a_tlast,
    // Second input
    input  wire [ELEMENTS*B_BITS-1:0]   s_axis_b_tdata,
    input  wire                         s_axis_b_tvalid,
    output wire                         s_axis_b_tready,
    input  wire                         s_axis_b_tlast,
    // Sums
    output wire [ELEMENTS*OUT_BITS-1:0] m_axis_tdata,
    output wire                         m_axis_tvalid,
    input  wire                         m_axis_tready,
    output wire                         m_axis_tlast
);

    localparam BITS          = (A_BITS > B_BITS) ? A_BITS : B_BITS;
    localparam A_FACTOR_BITS = $clog2(A_MULTIPLIER + 1);
    localparam B_FACTOR_BITS = $clog2(B_MULTIPLIER + 1);
    localparam SUM_BITS      = BITS + $clog2(A_MULTIPLIER + B_MULTIPLIER + 1);
    // Sums are modulo 2^WIDTH: only what is left when the zero points are taken off must fit.
    localparam WIDTH         = ((SUM_BITS > SHIFT) ? SUM_BITS : SHIFT) + 2;
    localparam A_WIDTH       = A_BITS + A_FACTOR_BITS + 2;
    localparam B_WIDTH       = B_BITS + B_FACTOR_BITS + 2;
    localparam VALUE_WIDTH   = (WIDTH - SHIFT > 18) ? WIDTH - SHIFT : 18;

    // Zero points and rounding are one constant.
    localparam [31:0] C_A_ZERO = A_ZERO;
    localparam [31:0] C_B_ZERO = B_ZERO;
    localparam [31:0] C_A_FACTOR = A_MULTIPLIER;
    localparam [31:0] C_B_FACTOR = B_MULTIPLIER;
    localparam [63:0] C_HALF = (64'd1 << SHIFT) >> 1;
    wire [63:0] a_zero = {{32{C_A_ZERO[31]}}, C_A_ZERO[31:0]};
    wire [63:0] b_zero = {{32{C_B_ZERO[31]}}, C_B_ZERO[31:0]};
    wire [63:0] a_whole_factor = {32'd0, C_A_FACTOR[31:0]};
    wire [63:0] b_whole_factor = {32'd0, C_B_FACTOR[31:0]};
    wire [63:0] whole_offset = C_HALF - a_zero * a_whole_factor - b_zero * b_whole_factor;
    wire [WIDTH-1:0] offset = whole_offset[WIDTH-1:0];
    wire unused_offset = |whole_offset[63:WIDTH];

    localparam [31:0] C_LOW = LOW - ZERO_POINT;
    localparam [31:0] C_HIGH = HIGH - ZERO_POINT;
    localparam [31:0] C_LOW_OUT = LOW;
    localparam [31:0] C_HIGH_OUT = HIGH;
    localparam [31:0] C_ZERO = ZERO_POINT;
    wire signed [VALUE_WIDTH-1:0] low = {{(VALUE_WIDTH-17){C_LOW[17]}}, C_LOW[16:0]};
    wire signed [VALUE_WIDTH-1:0] high = {{(VALUE_WIDTH-17){C_HIGH[17]}}, C_HIGH[16:0]};

    // ------ A beat of each input; what follows moves as one
    reg [ELEMENTS*A_BITS-1:0] a_q;
    reg [ELEMENTS*B_BITS-1:0] b_q;
    reg a_valid_q, b_valid_q, a_last_q;
    reg product_valid_q, offset_valid_q, sum_valid_q, value_valid_q, out_valid_q;
    reg product_last_q, offset_last_q, sum_last_q, value_last_q, out_last_q;
    wire out_ready;
    wire move = ~out_valid_q | out_ready;
    wire join_beats = move & a_valid_q & b_valid_q;
    wire unused_last = s_axis_b_tlast;

    assign s_axis_a_tready = ~a_valid_q | join_beats;
    assign s_axis_b_tready = ~b_valid_q | join_beats;
    always @(posedge clk)
        if (rst) begin
            a_valid_q <= 1'b0;
            b_valid_q <= 1'b0;
        end else begin
            if (s_axis_a_tready) a_valid_q <= s_axis_a_tvalid;
            if (s_axis_b_tready) b_valid_q <= s_axis_b_tvalid;
        end
    always @(posedge clk) begin
        if (s_axis_a_tready) begin
            a_q <= s_axis_a_tdata;
            a_last_q <= s_axis_a_tlast;
        end
        if (s_axis_b_tready) b_q <= s_axis_b_tdata;
    end

    always @(posedge clk)
        if (rst) {out_valid_q, value_valid_q, sum_valid_q, offset_valid_q, product_valid_q} <= 5'd0;
        else if (move) {out_valid_q, value_valid_q, sum_valid_q, offset_valid_q, product_valid_q} <= {value_valid_q, sum_valid_q, offset_valid_q, product_valid_q, join_beats};
    always @(posedge clk)
        if (move) {out_last_q, value_last_q, sum_last_q, offset_last_q, product_last_q} <= {value_last_q, sum_last_q, offset_last_q, product_last_q, a_last_q};

    // ------ Elements
    wire [ELEMENTS*OUT_BITS-1:0] out;
    genvar element;
    generate
        for (element = 0; element < ELEMENTS; element = element + 1) begin : gen_elements
            wire [A_BITS-1:0] a = a_q[element*A_BITS +: A_BITS];
            wire [B_BITS-1:0] b = b_q[element*B_BITS +: B_BITS];
            wire signed [A_BITS:0] a_value = {(A_SIGNED != 0) & a[A_BITS-1], a};
            wire signed [B_BITS:0] b_value = {(B_SIGNED != 0) & b[B_BITS-1], b};
            wire signed [A_FACTOR_BITS:0] a_factor = {1'b0, C_A_FACTOR[A_FACTOR_BITS-1:0]};
            wire signed [B_FACTOR_BITS:0] b_factor = {1'b0, C_B_FACTOR[B_FACTOR_BITS-1:0]};

            // Stage 1: products
            reg signed [A_WIDTH-1:0] a_product_q;
            reg signed [B_WIDTH-1:0] b_product_q;
            always @(posedge clk)
                if (move) begin
                    a_product_q <= a_value * a_factor;
                    b_product_q <= b_value * b_factor;
                end

            // Stages 2 and 3: zero points and rounding to one product, then the sum
            wire [A_WIDTH+WIDTH-1:0] a_wide = {{WIDTH{a_product_q[A_WIDTH-1]}}, a_product_q};
            wire [B_WIDTH+WIDTH-1:0] b_wide = {{WIDTH{b_product_q[B_WIDTH-1]}}, b_product_q};
            wire unused_high = |{a_wide[A_WIDTH+WIDTH-1:WIDTH], b_wide[B_WIDTH+WIDTH-1:WIDTH]};
            reg [WIDTH-1:0] a_offset_q, b_product_q2, sum_q;
            always @(posedge clk)
                if (move) begin
                    a_offset_q <= a_wide[WIDTH-1:0] + offset;
                    b_product_q2 <= b_wide[WIDTH-1:0];
                    sum_q <= a_offset_q + b_product_q2;
                end

            // Stage 4: shift, comparison with the bounds less the zero point, zero point
            wire signed [VALUE_WIDTH-1:0] value = {{(VALUE_WIDTH-WIDTH+SHIFT+1){sum_q[WIDTH-1]}}, sum_q[WIDTH-2:SHIFT]};
            wire unused_below = |{1'b0, sum_q};
            reg [OUT_BITS-1:0] value_q;
            reg below_q, above_q;
            always @(posedge clk)
                if (move) begin
                    value_q <= value[OUT_BITS-1:0] + C_ZERO[OUT_BITS-1:0];
                    below_q <= value < low;
                    above_q <= value > high;
                end

            // Stage 5: bounds
            reg [OUT_BITS-1:0] out_q;
            always @(posedge clk)
                if (move) out_q <= below_q ? C_LOW_OUT[OUT_BITS-1:0] : above_q ? C_HIGH_OUT[OUT_BITS-1:0] : value_q;
            assign out[element*OUT_BITS +: OUT_BITS] = out_q;
        end
    endgenerate

    // ------ Output
    nn_stream_register #(.WIDTH(ELEMENTS*OUT_BITS + 1)) u_output (
        .clk(clk), .rst(rst), .data_i({out_last_q, out}), .valid_i(out_valid_q), .ready_o(out_ready),
        .data_o({m_axis_tlast, m_axis_tdata}), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready)
    );

endmodule

`default_nettype wire
