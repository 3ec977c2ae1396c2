import { describe, expect, it } from 'vitest';
import { readLayer } from '../../generator/expand/read_layer.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { driverOf, programOf, withoutContents } from '../support/board.js';

const FRAMES = 4;
const layer = await readLayer('examples/tiny/tiny.layer.json');
const tiny = driverOf(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, FRAMES, randomInput(layer, FRAMES, 1));

describe('the shipped driver on the model of a board', () => {
  it.each(['', 'SDT'])('loads the engine and runs 20 frames bit for bit on bare metal, with random stalls (%s)', async (form) => {
    const program = await programOf(tiny, 'baremetal', { defines: ['EXAMPLE_FRAMES=20', ...(form ? [form] : [])] });
    const result = await program.run({ env: { BOARD_SEED: '7' } });
    expect([result.stderr, result.stdout, result.code]).toEqual(['', expect.stringMatching(/^PASS tiny: 20 frame\(s\), \d+ cycles, 0 of 2880 outputs wrong\n$/), 0]);
    await program.remove();
  }, 120_000);

  it('loads the engine and runs 20 frames bit for bit under Linux, over UIO and u-dma-buf', async () => {
    const program = await programOf(tiny, 'linux');
    const result = await program.run({ args: ['20'], env: { BOARD_NAME: 'tiny', BOARD_SEED: '8' } });
    expect([result.stderr, result.stdout, result.code]).toEqual(['', expect.stringMatching(/^PASS tiny: 20 frame\(s\)/), 0]);
    await program.remove();
  }, 120_000);
});

describe('drivers of other engines on the model of a board', () => {
  const conv = (seed: number) => randomLayer(seed, { kinds: ['conv2d'], maxMacs: 40_000 });
  it.each([
    ['streamed weights, outputs channel tile by channel tile', 211, conv(211), { oc: 4, ic: 4, pixel: 1, kind: 'lut', weights: 'streamed' }],
    ['weights rebuilt from factors and a residual, six memories to load', 91, randomCpLayer(91, { maxMacs: 12_000, kinds: ['conv2d'], factors: ['pot'], recodes: ['bpot'] }), { oc: 2, ic: 3, pixel: 1, kind: 'lut', weights: 'rebuilt' }],
    ['two pixels at once, another encoding', 224, conv(224), { oc: 3, ic: 2, pixel: 2, kind: 'lut' }],
  ] as const)('run bit for bit: %s', async (_, seed, other, lanes) => {
    const driver = driverOf(other, lanes, 2, randomInput(other, 2, seed));
    const program = await programOf({ ...driver, generated: { ...driver.generated, files: withoutContents(driver.generated.files) } }, 'baremetal', { defines: ['EXAMPLE_FRAMES=5'] });
    const result = await program.run({ env: { BOARD_SEED: `${seed}` } });
    expect([result.stderr, result.stdout, result.code]).toEqual(['', expect.stringMatching(/^PASS \w+: 5 frame\(s\), \d+ cycles, 0 of/), 0]);
    await program.remove();
  }, 120_000);
});
