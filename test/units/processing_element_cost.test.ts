import { afterAll, describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { planProcessingElement, type LaneKind, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { selectionOf } from '../../generator/plan/selection.js';
import { closeYosysWorkers } from '../../generator/synthesize/yosys.js';
import { LANE_BENCHES, PAIR_BENCHES, benchPlan, measureProcessingElements, pairBenchPlan } from '../../scripts/lanes/measure.js';
import { generatorOf } from './processing_element_support.js';

const KINDS: readonly (readonly [ScalarEncoding, LaneKind])[] = [
  ...[2, 3, 4, 8].map((bits): [ScalarEncoding, LaneKind] => [{ encoding: 'uniform', bits }, 'lut']),
  ...[2, 5, 8, 16].map((bits): [ScalarEncoding, LaneKind] => [{ encoding: 'uniform', bits }, 'dsp']),
  ...[0, 1, 2, 3, 5, 6, 7, 12].map((maxShift): [ScalarEncoding, LaneKind] => [{ encoding: 'pot', maxShift }, 'lut']),
  [{ encoding: 'apot' }, 'lut'],
  ...[0, 1, 2, 3, 7].map((maxExponent): [ScalarEncoding, LaneKind] => [{ encoding: 'bpot', groupSize: 4, maxExponent }, 'lut']),
  [{ encoding: 'csd', digits: 2, maxShift: 7 }, 'lut'],
  [{ encoding: 'codebook', levels: [-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127] }, 'lut'],
  [{ encoding: 'codebook', levels: [-1024, -33, -8, 1, 5, 256] }, 'lut'],
];

/** Each kind once, with lanes, activation format and accumulator by chance; always the same. */
function sample(): ProcessingElementPlan[] {
  const random = generatorOf(7);
  return KINDS.map(([encoding, lane]) =>
    planProcessingElement({
      encoding,
      lane,
      icLanes: [1, 2, 3, 4, 5, 8, 12][random(7)],
      activationBits: [1, 2, 3, 4, 8, 8, 12, 16][random(8)],
      activationSigned: random(2) === 1,
      accumulatorWidth: 16 + random(17),
    }),
  );
}

afterAll(closeYosysWorkers);

describe('cost of the processing element, counted by Yosys', () => {
  it('is at most 20, 38 and 40 LUT per MAC for bpot, pot and apot with 64 inputs, and no DSP', async () => {
    const benches = ['bpot', 'pot', 'apot'].map((name) => LANE_BENCHES.find((bench) => bench.name === name)!);
    const used = await measureProcessingElements(benches.map((bench) => benchPlan(bench, { inputs: 64, activationBits: 8 })));
    const perMac = used.map(({ lut }) => lut / 64);
    expect(perMac[0]).toBeLessThanOrEqual(20);
    expect(perMac[1]).toBeLessThanOrEqual(38);
    expect(perMac[2]).toBeLessThanOrEqual(40);
    expect(used.map(({ dsp }) => dsp)).toEqual([0, 0, 0]);
  }, 180_000);

  it('is one LUT more per activation bit and lane where lanes select of up to four inputs, half of that of two', async () => {
    const options = { lane: 'lut', icLanes: 16, activationBits: 8, activationSigned: false, accumulatorWidth: 24 } as const;
    const encodings: ScalarEncoding[] = [{ encoding: 'bpot', groupSize: 64, maxExponent: 3 }, { encoding: 'pot', maxShift: 6 }];
    const selections = [undefined, { n: 2, m: 4 }, { n: 1, m: 4 }, { n: 1, m: 2 }].map((s) => s && selectionOf(s));
    const plans = encodings.flatMap((encoding) => selections.map((selection) => planProcessingElement({ ...options, encoding, selection })));
    const used = await measureProcessingElements(plans);
    const more = used.map(({ lut }, i) => (lut - used[i - (i % 4)].lut) / 16);
    expect(more.map((lut) => Math.round(lut))).toEqual([0, 8, 8, 4, 0, 8, 8, 4]);
    // The mapper puts a few of the 4:1 multiplexers into one LUT more.
    plans.forEach(({ estimate }, i) => expect(Math.abs(estimate.lut - used[i].lut)).toBeLessThanOrEqual(0.02 * used[i].lut));
  }, 180_000);

  it('is estimated within 10 % of the LUTs and flip-flops, and exactly in DSP blocks and carry chains', async () => {
    const plans = sample();
    const used = await measureProcessingElements(plans);
    const wrong = plans.flatMap(({ estimate, ...plan }, i) => {
      const { lut, ff, carry4, dsp } = used[i];
      const isClose = (estimated: number, counted: number) => Math.abs(estimated - counted) <= Math.max(0.1 * counted, 1);
      const isRight = isClose(estimate.lut, lut) && isClose(estimate.ff, ff) && estimate.carry4 === carry4 && estimate.dsp === dsp;
      const { encoding, lane, icLanes, activationBits, activationSigned, accumulatorWidth } = plan;
      const what = { encoding, lane, icLanes, activationBits, activationSigned, accumulatorWidth };
      return isRight ? [] : [{ ...what, estimate, counted: { lut, ff, carry4, dsp } }];
    });
    expect(wrong).toEqual([]);
  }, 180_000);

  it('is met exactly by the estimate of every pair, which takes half a DSP48E1 a MAC', async () => {
    const plans = PAIR_BENCHES.map((bench) => pairBenchPlan(bench, { inputs: 16, activationBits: 8 }));
    const used = await measureProcessingElements(plans);
    expect(used.map(({ lut, ff, carry4, dsp }) => ({ lut, ff, carry4, dsp }))).toEqual(plans.map(({ estimate }) => ({ ...estimate })));
    expect(used.map(({ dsp }) => dsp / 32)).toEqual(PAIR_BENCHES.map(() => 0.5));
  }, 180_000);
});
