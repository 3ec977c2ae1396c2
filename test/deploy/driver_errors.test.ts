import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLayer } from '../../generator/expand/read_layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { driverNames } from '../../generator/deploy/driver_view.js';
import type { BoardExecutable } from '../../sim/board_program.js';
import { driverOf, programOf } from '../support/board.js';

const CASES = [
  'registers', 'frame cut short', 'frame too long', 'TLAST early', 'TLAST missing', 'start while busy', 'reset in mid-frame', 'recovery in mid-frame',
  'reset of the engine alone in mid-frame', 'weights half loaded', 'arguments that do not fit', 'a buffer where no memory answers',
];
let program: BoardExecutable;

beforeAll(async () => {
  const layer = await readLayer('examples/tiny/tiny.layer.json');
  const tiny = driverOf(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, 4, randomInput(layer, 4, 1));
  program = await programOf(tiny, 'baremetal', { main: readFileSync('test/deploy/programs/error_paths.c', 'utf8') });
}, 120_000);

afterAll(() => program.remove());

describe('a run that goes wrong', () => {
  it.each([1, 2, 3])('is reported, and after recovery the next frames are right bit for bit: every error path, seed %i', async (seed) => {
    const result = await program.run({ env: { BOARD_SEED: `${seed}` } });
    expect([result.stderr, result.stdout.trim().split('\n'), result.code]).toEqual(['', [...CASES, 'PASS'], 0]);
  }, 60_000);
});

describe('a pass of streamed weights that goes wrong', () => {
  it('is reported, and after recovery the next frames are right bit for bit', async () => {
    const layer = randomLayer(211, { kinds: ['conv2d'], maxMacs: 40_000 });
    const driver = driverOf(layer, { oc: 4, ic: 4, pixel: 1, kind: 'lut', weights: 'streamed' }, 2, randomInput(layer, 2, 211));
    const { type, macro, stem } = driverNames(driver.numbers.name);
    const defines = [`TYPE=${type}`, `MACRO=${macro}`, `BAREMETAL_HEADER="${stem}_baremetal.h"`, `DATA_HEADER="${stem}_data.h"`];
    const streamed = await programOf(driver, 'baremetal', { main: readFileSync('test/deploy/programs/weight_faults.c', 'utf8'), defines });
    const result = await streamed.run();
    expect([result.stderr, result.stdout.trim().split('\n'), result.code]).toEqual(['', ['weights cut short', 'weights too long', 'TLAST early', 'TLAST missing', 'PASS'], 0]);
    await streamed.remove();
  }, 120_000);
});
