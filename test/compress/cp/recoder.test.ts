import { expect, test } from 'vitest';
import { type RecodeEncoding, Recoder } from '../../../generator/compress/cp/recoder.js';
import { recodeSums } from '../../../generator/golden/factor_reconstruction.js';
import { Random } from '../../../generator/layer/random.js';

const ENCODINGS: RecodeEncoding[] = [
  { encoding: 'pot', maxShift: 6 },
  { encoding: 'pot', maxShift: 0 },
  { encoding: 'apot' },
  { encoding: 'bpot', groupSize: 3, maxExponent: 3 },
  { encoding: 'uniform', bits: 2 },
  { encoding: 'uniform', bits: 4 },
  { encoding: 'uniform', bits: 8 },
  { encoding: 'csd', digits: 1, maxShift: 5 },
  { encoding: 'csd', digits: 2, maxShift: 7 },
];

test.each(ENCODINGS)('sums are recoded to $encoding as the golden model does', (encoding) => {
  const seed = 11;
  const random = new Random(seed);
  const [inputs, taps] = [7, 3];
  const recoder = new Recoder(encoding, inputs);
  for (let k = 0; k < 60; k++) {
    const shift = random.integer(0, 12);
    const reach = 2 ** random.integer(1, 18);
    const sums = Float64Array.from({ length: inputs * taps }, () => (random.chance(0.2) ? 0 : random.integer(-reach, reach)));
    const weights = new Int32Array(sums.length);
    const groups = Math.ceil(inputs / 3);
    const exponents = new Int32Array(groups * taps);
    recoder.recode(sums, shift, weights, exponents);
    // The golden model counts taps last.
    const turned = sums.map((_, at) => sums[(at % taps) * inputs + Math.floor(at / taps)]);
    const want = recodeSums(encoding, turned, Int32Array.of(shift), { outChannels: 1, groupInChannels: inputs, kernelHeight: 1, kernelWidth: taps });
    weights.forEach((w, at) => expect(w, `seed ${seed}, sum ${sums[at]}, shift ${shift}`).toBe(want.weight[(at % inputs) * taps + Math.floor(at / inputs)]));
    if (encoding.encoding === 'bpot') exponents.forEach((e, at) => expect(e).toBe(want.exponent![(at % groups) * taps + Math.floor(at / groups)]));
    weights.forEach((w) => expect(Math.abs(w)).toBeLessThanOrEqual(recoder.largest));
  }
});
