/** The cells between the engines of a network, proven by Yosys for all that may come within a bound of cycles from reset. */
import { afterAll, describe, expect, it } from 'vitest';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { prove, proveApart, type Edit, type Proof } from './prove.js';

afterAll(closeYosysWorkers);

const CYCLES = 11;
const fifo = (depth: number, block = 0): Proof => ({ rules: 'words', cell: 'nn_stream_fifo', defines: [`FIFO=${depth}`, `BLOCK=${block}`], by: CYCLES });
const FORK: Proof = { rules: 'words', cell: 'nn_stream_fork', by: CYCLES };
const width = (from: number, to: number): Proof => ({ rules: 'parts', cell: 'nn_stream_width', defines: [`IN=${from}`, `OUT=${to}`], by: CYCLES });
const swap = (from: string, to: string): Edit => (text) => text.replace(from, to);

const AXI = [['m_axis_tvalid', 'm_axis_tdata', 'm_axis_tlast'], ['m_axis_tready']] as const;
const IN = [['s_axis_tready'], ['s_axis_tvalid', 's_axis_tdata', 'm_axis_tready']] as const;
const BARE = [[['valid_o', 'data_o'], ['ready_i', 'valid_i', 'data_i']], [['ready_o'], ['valid_i', 'data_i', 'ready_i']]] as const;
/** Cells with their parameters, outputs and the inputs that these must not follow. */
const APART: readonly (readonly [string, string, readonly (readonly [readonly string[], readonly string[]])[]])[] = [
  ['nn_stream_register', '', BARE],
  ['nn_stream_fork', '', BARE],
  ['nn_stream_fifo', '-set DEPTH 5', BARE],
  ['nn_stream_fifo', '-set DEPTH 600 -set BLOCK 1', BARE],
  ['nn_stream_width', '', [AXI, IN]],
  ['nn_stream_width', '-set IN_ELEMENTS 4 -set OUT_ELEMENTS 1', [AXI, IN]],
  ['nn_max_pool', '-set CHANNEL_BEATS 5 -set PAD_LEFT 1', [AXI, IN]],
  ['nn_argmax', '', [[['m_axis_tvalid', 'm_axis_tdata'], ['m_axis_tready', 's_axis_tvalid']], IN]],
  ['nn_element_add', '', [AXI, [['s_axis_a_tready', 's_axis_b_tready'], ['s_axis_a_tvalid', 's_axis_b_tvalid', 'm_axis_tready']]]],
];

describe('stream cells, proven', { timeout: 120_000 }, () => {
  it.each([[2, 0], [4, 0], [4, 1]])('a FIFO of %i words (block RAM %i) loses, doubles and invents nothing, keeps its offers, and holds as many as it is deep', async (depth, block) => {
    await expect(prove(fifo(depth, block))).resolves.toBeDefined();
  });

  it('a fork gives each word once to every taker and keeps what it offers', async () => {
    await expect(prove(FORK)).resolves.toBeDefined();
  });

  it.each([[1, 2], [1, 4], [2, 1], [4, 1]])('a change of width from %i to %i elements keeps elements, TLAST and offers', async (from, to) => {
    await expect(prove(width(from, to))).resolves.toBeDefined();
  });

  it.each(APART)('%s %s has no path through it within a cycle', async (cell, parameters, pairs) => {
    for (const [outputs, inputs] of pairs) await expect(proveApart(cell, parameters, outputs, inputs)).resolves.toBeDefined();
  });
});

describe('the proofs fail', { timeout: 120_000 }, () => {
  const mistakes: readonly (readonly [string, Proof, Edit])[] = [
    ['a FIFO that takes a word too many', fifo(4), swap('localparam [31:0] C_NEAR = WORDS - 1;', 'localparam [31:0] C_NEAR = WORDS;')],
    ['a FIFO that offers a word twice', fifo(4), swap('if (read) read_address_q', 'if (read & ~write) read_address_q')],
    ['a FIFO that drops an offer', fifo(4, 1), swap('if (out_move) out_valid_q <= read_valid_q;', 'out_valid_q <= read_valid_q;')],
    ['a fork that forgets who has taken', FORK, swap('all_gone ? {BRANCHES{1\'b0}} : gone', '{BRANCHES{1\'b0}}')],
    ['parts that go on without ready', width(4, 1), swap('end else if (m_axis_tready) begin', 'end else begin')],
    ['a part that overtakes a beat that waits', width(1, 2), swap('~(part_last & out_valid_q)', '1\'b1')],
  ];
  it.each(mistakes)('for %s', async (_, proof, edit) => {
    await expect(prove(proof, edit)).rejects.toThrow(/proof did fail|did not prove|failed/i);
  });
});
