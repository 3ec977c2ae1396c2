// nn_carry_chain: the 7-series carry logic, CARRY4 instances only.
//
//   sum[i] = propagate[i] ^ carry[i];  carry[i+1] = propagate[i] ? carry[i] : generate[i];  carry[0] = carry_i
//
//   WIDTH  bits
//
// Combinational. Instantiated only where XC7_PRIMITIVES is 1.
`default_nettype none

module nn_carry_chain #(
    parameter WIDTH = 8
) (
    input  wire [WIDTH-1:0] propagate_i,
    input  wire [WIDTH-1:0] generate_i,
    input  wire             carry_i,
    output wire [WIDTH-1:0] sum_o
);

    localparam BLOCKS = (WIDTH + 3) / 4;
    localparam PADDING = 4 * BLOCKS - WIDTH;

    wire [4*BLOCKS-1:0] propagate = {{PADDING{1'b0}}, propagate_i};
    wire [4*BLOCKS-1:0] data = {{PADDING{1'b0}}, generate_i};
    wire [4*BLOCKS-1:0] carry;
    wire [4*BLOCKS-1:0] sum;

    genvar block;
    generate
        for (block = 0; block < BLOCKS; block = block + 1) begin : gen_blocks
            CARRY4 u_carry4 (
                .CO(carry[4*block +: 4]),
                .O(sum[4*block +: 4]),
                .CI(block == 0 ? 1'b0 : carry[(block == 0) ? 0 : 4*block - 1]),
                .CYINIT(block == 0 ? carry_i : 1'b0),
                .DI(data[4*block +: 4]),
                .S(propagate[4*block +: 4])
            );
        end
    endgenerate

    assign sum_o = sum[WIDTH-1:0];

    wire unused = &{1'b0, carry, sum};

endmodule

`default_nettype wire
