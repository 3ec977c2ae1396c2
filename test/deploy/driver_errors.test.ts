import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLayer } from '../../generator/expand/read_layer.js';
import { randomInput } from '../../generator/layer/random_layer.js';
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
