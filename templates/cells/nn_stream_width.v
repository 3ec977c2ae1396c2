// nn_stream_width: gathers beats of a stream into wider ones, or sends wide ones in parts; the first element is in the lowest bits.
//
//   ELEMENT_BITS   bits of an element
//   IN_ELEMENTS    elements of a beat that comes in
//   OUT_ELEMENTS   elements of a beat that goes out; one of the two is the other times a power of two
//
// A frame's elements are a multiple of both. Stream: a beat per cycle on the narrower side; an offer stands until it is taken; no combinational
// path from one side to the other. TLAST comes out with the last element.
// Latency: 1 cycle from the last part to a wide beat, 2 cycles from a wide beat to its first part. Of equal widths it is a register slice.
`default_nettype none

module nn_stream_width #(
    parameter ELEMENT_BITS = 8,
    parameter IN_ELEMENTS = 1,
    parameter OUT_ELEMENTS = 4
) (
    input  wire                                 clk,
    input  wire                                 rst,
    // Beats in
    input  wire [IN_ELEMENTS*ELEMENT_BITS-1:0]  s_axis_tdata,
    input  wire                                 s_axis_tvalid,
    output wire                                 s_axis_tready,
    input  wire                                 s_axis_tlast,
    // Beats out
    output wire [OUT_ELEMENTS*ELEMENT_BITS-1:0] m_axis_tdata,
    output wire                                 m_axis_tvalid,
    input  wire                                 m_axis_tready,
    output wire                                 m_axis_tlast
);

    localparam IN_BITS = IN_ELEMENTS * ELEMENT_BITS;
    localparam OUT_BITS = OUT_ELEMENTS * ELEMENT_BITS;

    generate
        if (IN_ELEMENTS == OUT_ELEMENTS) begin : gen_register
            nn_stream_register #(.WIDTH(IN_BITS + 1)) u_register (
                .clk(clk), .rst(rst), .data_i({s_axis_tlast, s_axis_tdata}), .valid_i(s_axis_tvalid), .ready_o(s_axis_tready),
                .data_o({m_axis_tlast, m_axis_tdata}), .valid_o(m_axis_tvalid), .ready_i(m_axis_tready)
            );
        end else if (IN_ELEMENTS < OUT_ELEMENTS) begin : gen_gather
            // All parts but the last wait beside the beat that is offered, so that it is only the last one that may have to wait for it.
            localparam PARTS = OUT_ELEMENTS / IN_ELEMENTS;
            localparam PART_WIDTH = $clog2(PARTS);
            localparam [31:0] C_LAST = PARTS - 1;
            reg [PART_WIDTH-1:0] part_q;
            reg [OUT_BITS-IN_BITS-1:0] parts_q;
            reg [OUT_BITS-1:0] out_q;
            reg out_valid_q, out_last_q;
            wire part_last = part_q == C_LAST[PART_WIDTH-1:0];
            wire accept = s_axis_tvalid & s_axis_tready;
            wire [OUT_BITS-1:0] gathered = {s_axis_tdata, parts_q};

            always @(posedge clk)
                if (rst) begin
                    part_q <= {PART_WIDTH{1'b0}};
                    out_valid_q <= 1'b0;
                end else begin
                    if (accept) part_q <= part_q + 1'b1;
                    out_valid_q <= (accept & part_last) | (out_valid_q & ~m_axis_tready);
                end
            always @(posedge clk) begin
                if (accept) parts_q <= gathered[OUT_BITS-1:IN_BITS];
                if (accept & part_last) begin
                    out_q <= gathered;
                    out_last_q <= s_axis_tlast;
                end
            end
            assign s_axis_tready = ~(part_last & out_valid_q);
            assign m_axis_tdata = out_q;
            assign m_axis_tvalid = out_valid_q;
            assign m_axis_tlast = out_last_q;
        end else begin : gen_parts
            // A beat waits while the one before it is sent.
            localparam PARTS = IN_ELEMENTS / OUT_ELEMENTS;
            localparam PART_WIDTH = $clog2(PARTS);
            localparam [31:0] C_BEFORE_LAST = PARTS - 2;
            reg [IN_BITS-1:0] next_q, parts_q;
            reg next_valid_q, next_last_q, valid_q, last_q;
            reg [PART_WIDTH-1:0] part_q;
            reg part_last_q;
            wire taken = valid_q & m_axis_tready;
            wire load = ~valid_q | (taken & part_last_q);

            always @(posedge clk)
                if (rst) begin
                    next_valid_q <= 1'b0;
                    valid_q <= 1'b0;
                    part_q <= {PART_WIDTH{1'b0}};
                    part_last_q <= 1'b0;
                end else begin
                    next_valid_q <= next_valid_q ? ~load : s_axis_tvalid;
                    if (load) valid_q <= next_valid_q;
                    if (taken) begin
                        part_q <= part_q + 1'b1;
                        part_last_q <= part_q == C_BEFORE_LAST[PART_WIDTH-1:0];
                    end
                end
            always @(posedge clk) begin
                if (~next_valid_q) begin
                    next_q <= s_axis_tdata;
                    next_last_q <= s_axis_tlast;
                end
                if (load) begin
                    parts_q <= next_q;
                    last_q <= next_last_q;
                end else if (m_axis_tready) begin
                    parts_q <= {parts_q[IN_BITS-1:IN_BITS-OUT_BITS], parts_q[IN_BITS-1:OUT_BITS]};
                end
            end
            assign s_axis_tready = ~next_valid_q;
            assign m_axis_tdata = parts_q[OUT_BITS-1:0];
            assign m_axis_tvalid = valid_q;
            assign m_axis_tlast = last_q & part_last_q;
        end
    endgenerate

endmodule

`default_nettype wire
