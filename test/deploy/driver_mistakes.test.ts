import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLayer } from '../../generator/expand/read_layer.js';
import { randomInput } from '../../generator/layer/random_layer.js';
import { driverOf, programOf, withoutContents, type Edits } from '../support/board.js';

const layer = await readLayer('examples/tiny/tiny.layer.json');
const tiny = driverOf(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, 3, randomInput(layer, 3, 1));

/** Mistakes in the shipped C, each with what the shipped example says then. */
const MISTAKES: readonly (readonly [string, Edits, RegExp])[] = [
  ['a register at a wrong offset', [{ file: /_hw\.h$/, from: '#define XTINY_FRAMES 0x10U', to: '#define XTINY_FRAMES 0x14U' }], /FAIL tiny: the run did not end in time/],
  ['the DMA channels in the wrong place', [{ file: /_hw\.h$/, from: 'DMA_RECEIVE 0x30U', to: 'DMA_RECEIVE 0x28U' }], /FAIL tiny/],
  ['an input that is not flushed', [{ file: /_platform\.c$/, from: /Xil_DCacheFlushRange.*;/, to: '(void)Buffer; (void)Bytes;' }], /FAIL tiny: 3 frame\(s\).*outputs wrong/],
  ['a result that is not invalidated', [{ file: /_platform\.c$/, from: /Xil_DCacheInvalidateRange.*;/, to: '(void)Buffer; (void)Bytes;' }], /FAIL tiny: 3 frame\(s\).*outputs wrong/],
  ['a result that is invalidated too early only', [{ file: /xtiny\.c$/, from: 'XTiny_Invalidate(Engine->Result, Engine->Frames * XTINY_OUTPUT_STRIDE);', to: '' }], /FAIL tiny: 3 frame\(s\).*outputs wrong/],
  ['a frame that is sent too short', [{ file: /_hw\.h$/, from: 'INPUT_BYTES 144U', to: 'INPUT_BYTES 136U' }], /FAIL tiny: a frame's length or TLAST is wrong \(STATUS 0x0[13]/],
  ['a frame that is received too short', [{ file: /_hw\.h$/, from: 'OUTPUT_BYTES 144U', to: 'OUTPUT_BYTES 140U' }], /FAIL tiny: the DMA reports an error/],
  ['frames that follow one another without a gap', [{ file: /xtiny\.c$/, from: 'XTINY_INPUT_BYTES, XTINY_INPUT_STRIDE, Frames', to: 'XTINY_INPUT_BYTES, XTINY_INPUT_BYTES, Frames' }], /FAIL tiny: 3 frame\(s\).*outputs wrong/],
  ['a DMA that is not started again after a frame', [{ file: /xtiny\.c$/, from: 'return Channel->Left > 0 ? StartTransfer(Engine, Channel) : XTINY_OK;', to: 'return XTINY_OK;' }], /FAIL tiny: the run did not end in time/],
  ['a length written before its address', [{ file: /xtiny\.c$/, from: /(    XTiny_Out32\(Channel->Registers \+ XTINY_DMA_ADDRESS.*\n)(    XTiny_Out32\(Channel->Registers \+ XTINY_DMA_LENGTH.*\n)/, to: '$2$1' }], /FAIL tiny: the DMA reports an error/],
  ['a memory whose last word is forgotten', [{ file: /xtiny\.c$/, from: 'Index < Count; Index++) Put', to: 'Index + 1 < Count; Index++) Put' }], /FAIL tiny: a memory was not loaded to its end/],
  ['words in the wrong memory', [{ file: /_hw\.h$/, from: 'WEIGHTS_SELECT 0U', to: 'WEIGHTS_SELECT 2U' }], /FAIL tiny/],
];

describe('a mistake in the shipped driver', () => {
  it.each(MISTAKES)('is caught: %s', async (_, edits, said) => {
    // Contents of the bitstream are others, so that a load that does not happen is seen.
    const program = await programOf({ ...tiny, generated: { ...tiny.generated, files: withoutContents(tiny.generated.files) } }, 'baremetal', { edits });
    const result = await program.run({ env: { BOARD_SEED: '5' } });
    expect(result.stdout + result.stderr).toMatch(said);
    expect(result.code).not.toBe(0);
    await program.remove();
  }, 60_000);

  it('is caught: a recovery that leaves the engine as it was', async () => {
    const edits: Edits = [{ file: /xtiny\.c$/, from: 'Put(Engine, XTINY_CTRL, XTINY_CTRL_RESET);', to: '' }];
    const source = readFileSync('test/deploy/programs/error_paths.c', 'utf8');
    const program = await programOf(tiny, 'baremetal', { edits, main: source });
    const result = await program.run({ env: { BOARD_CYCLES: '600000' } });
    expect(result.stdout).toMatch(/FAIL frame cut short/);
    expect(result.code).not.toBe(0);
    await program.remove();
  }, 60_000);

  it('is not needed for a DMA whose length register is too narrow to be told', async () => {
    const program = await programOf(tiny, 'baremetal');
    const result = await program.run({ env: { BOARD_LENGTH_BITS: '7' } });
    expect([result.stdout, result.code]).toEqual([expect.stringMatching(/^FAIL tiny: the DMA reports an error or does not take a frame's length/), 1]);
    await program.remove();
  }, 60_000);
});
