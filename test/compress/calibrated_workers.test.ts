import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** Compiled code: workers are compiled files. The layer is large enough to be worth them. Prints a hash of the tensors. */
const SCRIPT = `
import { createHash } from 'node:crypto';
import { compressLayer } from './dist/generator/compress/compress.js';
import { Random } from './dist/generator/layer/random.js';
const random = new Random(1);
const values = (length, of) => Float32Array.from({ length }, of);
const layer = {
  name: 'shared', kind: 'conv2d', input: { channels: 24, height: 9, width: 9 }, outChannels: 512,
  kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1,
  weight: values(512 * 216, () => random.gaussian()), bias: new Float64Array(512), activation: { kind: 'relu' },
  inputFormat: { bits: 8, signed: false, zeroPoint: 0, scale: 0.02 },
  calibration: { frames: 4, values: values(4 * 81 * 24, () => Math.max(0, random.gaussian())) },
};
const { tensors } = compressLayer(layer, { encoding: { encoding: 'bpot', groupSize: 8 }, calibrate: { workers: Number(process.argv[1]) } });
const hash = createHash('sha256');
for (const tensor of Object.values(tensors)) hash.update(tensor);
console.log(hash.digest('hex'));
`;

it('calibrated compression gives the same tensors with no, one and three workers', () => {
  const [none, ...others] = [0, 1, 3].map((workers) => execFileSync(process.execPath, ['--input-type=module', '-e', SCRIPT, String(workers)], { encoding: 'utf8' }));
  expect(none).toMatch(/^[0-9a-f]{64}\n$/);
  expect(others).toEqual([none, none]);
});
