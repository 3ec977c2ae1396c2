/** The rules of AXI4-Stream and AXI4-Lite, proven by Yosys for the cells that stand at the engine's ports. */
import { afterAll, describe, expect, it } from 'vitest';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { prove, proveApart, type Edit, type Proof } from './prove.js';

afterAll(closeYosysWorkers);

const LITE: Proof = { rules: 'lite', cell: 'nn_control_registers', by: 'induction' };
const outBuffer = (slotWidth: number, slotBeats: number, lastBeats: number, by: Proof['by'], more: string[] = ['BITS=8']): Proof => ({
  rules: 'stream_out', cell: 'nn_output_buffer', defines: [`SLOT_WIDTH=${slotWidth}`, `SLOT_BEATS=${slotBeats}`, `LAST_BEATS=${lastBeats}`, ...more], by,
});
/** What is written does not matter for TLAST: one bit of it keeps the solver quick. */
const FROM_RESET = ['BITS=1', 'FROM_RESET=1'];
const CYCLES = 20;

/** Cells with their parameters, outputs and the inputs that these must not follow. */
const APART: readonly (readonly [string, string, readonly (readonly [readonly string[], readonly string[]])[]])[] = [
  ['nn_control_registers', '', [
    [['s_axil_bvalid', 's_axil_bresp', 's_axil_rvalid', 's_axil_rdata', 's_axil_rresp'], ['s_axil_bready', 's_axil_rready', 's_axil_awvalid', 's_axil_wvalid', 's_axil_arvalid']],
    [['s_axil_awready', 's_axil_wready', 's_axil_arready'], ['s_axil_awvalid', 's_axil_wvalid', 's_axil_arvalid', 's_axil_bready', 's_axil_rready']],
  ]],
  ['nn_output_buffer', '', [[['m_axis_tvalid', 'm_axis_tdata', 'm_axis_tlast'], ['m_axis_tready']]]],
  ['nn_input_writer', '', [[['s_axis_tready'], ['s_axis_tvalid', 's_axis_tlast', 's_axis_tdata']]]],
  ['nn_weight_stream', '', [[['s_axis_weight_tready'], ['s_axis_weight_tvalid', 's_axis_weight_tlast', 's_axis_weight_tdata']]]],
];

const swap = (from: string, to: string): Edit => (text) => text.replace(from, to);
/** Mistakes in the cells, each with the proof that must not go through. */
const MISTAKES: readonly (readonly [string, Proof, Edit])[] = [
  ['a write response that is not held', LITE, swap('else if (s_axil_bready) b_valid_q <= 1\'b0;', 'else b_valid_q <= 1\'b0;')],
  ['a write that needs no data', LITE, swap('wire write = aw_held_q & w_held_q & ~b_valid_q;', 'wire write = aw_held_q & ~b_valid_q;')],
  ['a second write before the first is answered', LITE, swap('wire write = aw_held_q & w_held_q & ~b_valid_q;', 'wire write = aw_held_q & w_held_q;')],
  ['read data that change while they wait', LITE, swap('if (s_axil_arready)\n            case', 'if (1\'b1)\n            case')],
  ['a read that is answered twice', LITE, swap('else if (s_axil_rready) r_valid_q <= 1\'b0;', 'else if (s_axil_rready & s_axil_arvalid) r_valid_q <= 1\'b0;')],
  ['a response that is an error', LITE, swap('assign s_axil_rresp = 2\'b00;', 'assign s_axil_rresp = {s_axil_rvalid, 1\'b0};')],
  ['a software reset that takes the response with it', LITE, swap('if (bus_rst_i) begin\n            aw_held_q', 'if (rst) begin\n            aw_held_q')],
  ['an output that moves on without ready', outBuffer(3, 4, 1, 'induction'), swap('wire out_enable = ~out_valid_q | m_axis_tready;', 'wire out_enable = 1\'b1;')],
  ['an output that outlives a reset', outBuffer(3, 4, 1, 'induction'), swap('out_valid_q <= 1\'b0;', 'out_valid_q <= out_valid_q;')],
  ['a TLAST for every slot', outBuffer(3, 3, 1, CYCLES, FROM_RESET), swap('last_beat_q & last_slot_q;', 'last_beat_q;')],
  ['an offer that waits for ready', outBuffer(3, 3, 1, CYCLES, FROM_RESET), swap('if (out_enable) out_valid_q <= ram_valid_q;', 'if (m_axis_tready) out_valid_q <= ram_valid_q;')],
  ['an early TLAST that is not told', { rules: 'stream_in', cell: 'nn_input_writer', by: CYCLES }, swap('accept_q & tlast_q & ~frame_end_q;', 'accept_q & tlast_q & row_end_q & ~frame_end_q;')],
  ['a weight half too many', { rules: 'weights_in', cell: 'nn_weight_stream', by: CYCLES }, swap('free_any_q <= free_q[1];', 'free_any_q <= 1\'b1;')],
];

describe('rules of AXI, proven', () => {
  it('for the AXI4-Lite slave, for all time: one answer for each request and none without, answers stay, a write takes effect once', async () => {
    await expect(prove(LITE)).resolves.toBeDefined();
  }, 120_000);

  it.each([[1, 1, 1], [3, 4, 1], [4, 5, 8]])('for the output stream, for all time: an offer stays until it is taken, none follows a reset (%i, %i, %i)', async (...shape) => {
    await expect(prove(outBuffer(...shape, 'induction'))).resolves.toBeDefined();
  }, 120_000);

  it.each([[1, 1, 1], [3, 3, 1]])('for the output stream, for 20 cycles from reset: TLAST ends each frame, and no offer waits for ready (%i, %i, %i)', async (...shape) => {
    await expect(prove(outBuffer(...shape, CYCLES, FROM_RESET))).resolves.toBeDefined();
  }, 120_000);

  it.each([['stream_in', 'nn_input_writer'], ['weights_in', 'nn_weight_stream']])('for %s, for 20 cycles from reset: each wrong TLAST is reported once, nothing is taken that has no place', async (rules, cell) => {
    await expect(prove({ rules, cell, by: CYCLES })).resolves.toBeDefined();
  }, 120_000);

  it.each(APART)('for %s: no VALID follows READY in the same cycle, and no READY follows VALID', async (cell, parameters, pairs) => {
    for (const [outputs, inputs] of pairs) await expect(proveApart(cell, parameters, outputs, inputs)).resolves.toBeDefined();
  }, 120_000);
});

describe('the proofs fail', () => {
  it.each(MISTAKES)('for %s', async (_, proof, edit) => {
    await expect(prove(proof, edit)).rejects.toThrow(/proof did fail|did not prove|failed/i);
  }, 120_000);

  it('for a VALID that waits for READY, and for a READY that waits for VALID', async () => {
    const waits = (text: string) => text.replace('assign m_axis_tvalid = out_valid_q;', 'assign m_axis_tvalid = out_valid_q & m_axis_tready;');
    await expect(proveApart('nn_output_buffer', '', ['m_axis_tvalid'], ['m_axis_tready'], waits)).rejects.toThrow(/assertion failed|not empty/i);
    const follows = (text: string) => text.replace('assign s_axis_tready = enable_i &', 'assign s_axis_tready = s_axis_tvalid & enable_i &');
    await expect(proveApart('nn_input_writer', '', ['s_axis_tready'], ['s_axis_tvalid'], follows)).rejects.toThrow(/assertion failed|not empty/i);
  }, 120_000);
});
