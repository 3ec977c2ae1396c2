// nn_pass: hands a number on to a later level of an adder tree through DEPTH registers that stay registers.
//
//   WIDTH           bits
//   DEPTH           cycles, 1 or more
//   XC7_PRIMITIVES  1: FDRE instances that no tool turns into a shift register; 0: the same, left to the tool
//
// Latency: DEPTH cycles. A shift register in a LUT would take a LUT per bit and put its set-up time behind an adder's carry chain.
`default_nettype none

module nn_pass #(
    parameter WIDTH = 8,
    parameter DEPTH = 1,
    parameter XC7_PRIMITIVES = 1
) (
    input  wire             clk,
    input  wire [WIDTH-1:0] data_i,
    output wire [WIDTH-1:0] data_o
);

    wire [(DEPTH+1)*WIDTH-1:0] stages;
    assign stages[WIDTH-1:0] = data_i;
    assign data_o = stages[DEPTH*WIDTH +: WIDTH];

    generate
        if (XC7_PRIMITIVES != 0) begin : gen_xc7
            genvar i;
            for (i = 0; i < DEPTH * WIDTH; i = i + 1) begin : gen_bits
                (* keep = "true", shreg_extract = "no" *)
                FDRE #(.INIT(1'b0)) u_register (.C(clk), .CE(1'b1), .R(1'b0), .D(stages[i]), .Q(stages[WIDTH+i]));
            end
        end else begin : gen_behavioural
            reg [DEPTH*WIDTH-1:0] line_q;
            always @(posedge clk) line_q <= stages[DEPTH*WIDTH-1:0];
            assign stages[(DEPTH+1)*WIDTH-1:WIDTH] = line_q;
        end
    endgenerate

endmodule

`default_nettype wire
