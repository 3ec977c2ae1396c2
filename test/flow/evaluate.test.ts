import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimulationResult } from '../../sim/simulate.js';
import { type LabelledImages, readLabelled } from '../../generator/data/labelled.js';
import { type Accelerator, classesOf, evaluateNetwork, sharesOf } from '../../generator/flow/evaluate.js';
import { writeEvaluation } from '../../generator/flow/evaluation_files.js';
import { encodeNpy } from '../../generator/layer/npy.js';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import { type Network, valuesOf, withoutArgmax } from '../../generator/network/network.js';
import { randomNetwork, randomNetworkInput } from '../../generator/network/random.js';
import { readNetwork } from '../../generator/network/read.js';
import { evaluationPassed } from '../../generator/report/evaluation.js';
import { messageOf } from '../layer/message.js';
import { writtenNetwork } from '../network/fixture.js';

const COUNT = 24;

/** Random pictures in a folder; every third label is wrong for the golden model. */
async function labelled(network: Network): Promise<{ data: LabelledImages; classes: Int32Array }> {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-pictures-'));
  const images = randomNetworkInput(network, COUNT, 5);
  const classes = classesOf(network, goldenNetwork(network, images, COUNT));
  const { height, width, channels } = network.input;
  const labels = classes.map((c, i) => (i % 3 === 0 ? (c + 1) % 3 : c));
  writeFileSync(join(folder, 'images.npy'), encodeNpy({ dtype: 'uint8', shape: [COUNT, height, width, channels], data: images }, 'images'));
  writeFileSync(join(folder, 'labels.npy'), encodeNpy({ dtype: 'uint8', shape: [COUNT], data: labels }, 'labels'));
  return { data: await readLabelled(folder, network.input, 3), classes };
}

/** An accelerator that takes 100 cycles and 20 for each frame, and gives wrong words where it is told. */
function madeUp(network: Network, wrongFrames: readonly number[], asked: { count: number; seed: number; stalls: number }[] = []): Accelerator {
  const perFrame = valuesOf(network.input);
  const all = new Map<string, number>();
  return {
    form: 'dataflow',
    resources: { lut: 1, ff: 2, dsp: 3, bram36: 4.5, resources: 'estimate' },
    simulate: async (frames, count, { expected, stalls, seed }) => {
      asked.push({ count, seed, stalls });
      expect(frames.length).toBe(count * perFrame);
      expect(expected).toEqual(goldenNetwork(network, frames, count));
      const start = all.get('next') ?? 0;
      if (stalls > 0) all.set('next', start + count);
      const local = stalls > 0 ? wrongFrames.map((f) => f - start).filter((f) => f >= 0 && f < count) : [];
      const outputData = expected.slice();
      for (const f of local) outputData[f] = (outputData[f] + 1) % 3;
      const first = local.length > 0 ? { frame: local[0], index: 0, expected: expected[local[0]], got: outputData[local[0]] } : undefined;
      return {
        engine: 'verilator', engineVersion: '5.0', outputs: count, mismatches: local.length, firstMismatch: first, outputData, cycles: 100 + 20 * count, harnessCycles: 200 + 20 * count,
        registers: { active: 0, waitInput: 0, waitOutput: 0, waitWeight: 0, framesDone: count, status: 0 }, timedOut: false, seconds: { build: 0, run: 0 }, cached: true, interruptSeen: true, protocolErrors: [],
      } satisfies SimulationResult;
    },
  };
}

describe('the evaluation of a network', () => {
  it('counts right classes, mistakes by class, and lists every wrong picture', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const { data, classes } = await labelled(network);
    const evaluation = await evaluateNetwork(network, data);
    expect(evaluation.accuracy).toEqual({ golden: { right: 16, of: COUNT, accuracy: 16 / 24 } });
    expect(evaluation.classes).toEqual(['cat', 'dog', 'fish']);
    for (const label of [0, 1, 2]) for (const given of [0, 1, 2]) {
      expect(evaluation.confusion[label][given]).toBe([...classes].filter((c, i) => c === given && data.labels[i] === label).length);
    }
    expect(evaluation.wrong.map(({ index }) => index)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
    expect(evaluation.wrong[1]).toEqual({ index: 3, label: data.labels[3], golden: classes[3] });
    expect([evaluation.parametersDense, evaluation.parametersStored]).toEqual([36 + 2 + 36 + 2 + 24 + 3, 103]);
    expect(evaluation.rtl).toBeUndefined();
    expect(evaluationPassed(evaluation)).toBe(true);
  });

  it('simulates in shares, measures the rate between two runs, and takes classes from what the Verilog gave', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const { data } = await labelled(network);
    const asked: { count: number; seed: number; stalls: number }[] = [];
    const evaluation = await evaluateNetwork(network, data, { samples: 20, rtlSamples: 11, stalls: 0.3, seed: 7, accelerator: madeUp(network, [1, 10], asked) });
    expect(asked.slice(0, 3)).toEqual([1, 4, 8].map((count) => ({ count, seed: 7, stalls: 0 })));
    expect(asked.slice(3).reduce((sum, { count }) => sum + count, 0)).toBe(11);
    expect(new Set(asked.slice(3).map(({ seed }) => seed)).size).toBe(asked.length - 3);
    expect(evaluation.accelerator).toMatchObject({ form: 'dataflow', cyclesPerFrame: 20, latencyCycles: 120, fps200MHz: 10_000_000, lut: 1, bram36: 4.5 });
    expect(evaluation.rtl).toMatchObject({ frames: 11, words: 13 + 11, mismatchedWords: 2 });
    expect(evaluation.rtl!.firstMismatch).toMatchObject({ frame: 1 });
    expect(evaluationPassed(evaluation)).toBe(false);
    expect(evaluation.accuracy.rtl!.of).toBe(11);
    // Pictures 0, 3, 6, 9 are wrong for the golden model; 1 and 10 are wrong in the Verilog alone.
    expect(evaluation.wrong.filter(({ index }) => index < 11).map(({ index }) => index)).toEqual([0, 1, 3, 6, 9, 10]);
    expect(evaluation.accuracy.rtl!.right).toBe(5);
  });

  it('holds what the argmax compares against the golden model, so that a wrong word is found that changes no class', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const { data } = await labelled(network);
    const before = withoutArgmax(network)!;
    expect(before.nodes.map(({ name }) => name)).toEqual(network.nodes.slice(0, -1).map(({ name }) => name));
    const logits = { network: before, simulate: madeUp(before, [6]).simulate };
    const evaluation = await evaluateNetwork(network, data, { rtlSamples: 9, stalls: 0.3, accelerator: { ...madeUp(network, []), logits } });
    expect(evaluation.accuracy.rtl!.right).toBe(6);
    expect(evaluation.rtl).toMatchObject({ words: 13 + 9 + 9, mismatchedWords: 1 });
    expect(evaluationPassed(evaluation)).toBe(false);
  });

  it('takes the largest output where there is no argmax, of equal ones the first', () => {
    const network = randomNetwork(3, { argmax: false });
    const outputs = valuesOf(network.nodes[network.output].output);
    const values = new Int32Array(2 * outputs);
    values.set([5, 5], outputs - 2);
    values[outputs] = -1;
    expect([...classesOf(network, values)]).toEqual([outputs - 2, outputs > 1 ? 1 : 0]);
  });

  it('cuts frames into shares that differ by one at most', () => {
    expect(sharesOf(11, 2)).toEqual([{ first: 0, frames: 5 }, { first: 5, frames: 6 }]);
    expect(sharesOf(1, 4)).toEqual([{ first: 0, frames: 1 }]);
  });

  it('leaves a page and a file of figures', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const { data } = await labelled(network);
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-evaluation-'));
    const evaluation = await evaluateNetwork(network, data, { rtlSamples: 4, accelerator: madeUp(network, []) });
    await writeEvaluation(folder, evaluation, data, network.input);
    expect(readdirSync(folder).sort()).toEqual(['evaluation.html', 'evaluation.json']);
    expect(JSON.parse(readFileSync(join(folder, 'evaluation.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(evaluation)));
    const page = readFileSync(join(folder, 'evaluation.html'), 'utf8');
    expect(page.match(/<img src="data:image\/png;base64,/g)).toHaveLength(8);
    expect(page).toContain('The Verilog computes every word right');
    expect(page).toContain('66.67');
  });

  it('refuses more pictures than there are, and ends at a signal', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    const { data } = await labelled(network);
    expect(await messageOf(() => evaluateNetwork(network, data, { samples: 25 }))).toBe(`--samples: is 25; ${data.name} has 24 pictures. Allowed: 1..24`);
    expect(await messageOf(() => evaluateNetwork(network, data, { samples: 5, rtlSamples: 6 }))).toBe('--rtl-samples: is 6; 5 go through the golden model. Allowed: 0..5');
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(evaluateNetwork(network, data, {}, { signal: stop.signal })).rejects.toThrow('stopped');
  });
});
