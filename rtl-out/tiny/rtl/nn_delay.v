// nn_delay: a delay line of DEPTH registers, cleared by reset; DEPTH 0 is a wire.
//
//   WIDTH  bits
//   DEPTH  cycles, 0 or more
`default_nettype none

module nn_delay #(
    parameter WIDTH = 1,
    parameter DEPTH = 1
) (
    input  wire             clk,
    input  wire             rst,
    input  wire [WIDTH-1:0] data_i,
    output wire [WIDTH-1:0] data_o
);

    generate
        if (DEPTH == 0) begin : gen_wire
            wire unused = clk | rst;
            assign data_o = data_i;
        end else begin : gen_line
            reg [DEPTH*WIDTH-1:0] line_q;
            if (DEPTH == 1) begin : gen_one
                always @(posedge clk)
                    if (rst) line_q <= {WIDTH{1'b0}};
                    else line_q <= data_i;
            end else begin : gen_many
                always @(posedge clk)
                    if (rst) line_q <= {DEPTH*WIDTH{1'b0}};
                    else line_q <= {line_q[(DEPTH-1)*WIDTH-1:0], data_i};
            end
            assign data_o = line_q[DEPTH*WIDTH-1 -: WIDTH];
        end
    endgenerate

endmodule

`default_nettype wire
