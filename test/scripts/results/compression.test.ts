/** The results page: it says what the results say, and the fast part of them comes out again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lenet5Graph } from '../../../scripts/networks/lenets.js';
import { networkModel } from '../../../scripts/networks/onnx_model.js';
import { loadModel } from '../../../scripts/networks/runtime.js';
import type { FloatTensor } from '../../../scripts/networks/graph.js';
import { projectRoot } from '../../../scripts/project.js';
import { compressStep } from '../../../scripts/results/compress_step.js';
import { ACCURACY, LENET5_SOURCE } from '../../../scripts/results/digits.js';
import { Measurer } from '../../../scripts/results/measure.js';
import { NETWORKS } from '../../../scripts/results/networks.js';
import { resultsPage } from '../../../scripts/results/page.js';
import { resultsPlot } from '../../../scripts/results/plot.js';
import { INTEGER_ACTIVATIONS, ROWS, type Result } from '../../../scripts/results/rows.js';
import { activationRanges, calibrationFrames, walk } from '../../../scripts/results/sequential.js';
import { chosenRows, commitOfPage } from '../../../scripts/results_compression.js';
import { readDigits } from '../../../generator/data/mnist.js';
import { readLenet } from '../../../scripts/train/weights_file.js';

const folder = join(projectRoot(), 'docs', 'results');
const committed = JSON.parse(readFileSync(join(folder, 'compression.json'), 'utf8')) as Result[];
const graph = lenet5Graph(await readLenet(join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors')));
const digits: FloatTensor = { shape: [4, 1, 28, 28], data: Float32Array.from(readDigits('train').images.subarray(0, 4 * 784), (pixel) => pixel / 255) };
const allLayers = new Set(graph.layers.map(({ name }) => name));

describe('committed results', () => {
  it('have all plain rows of their networks, every metric in every row, and no row twice', () => {
    for (const { name, metrics } of NETWORKS) {
      const own = committed.filter(({ network }) => network === name);
      const keys = own.map(({ metric, encoding, calibrated }) => `${metric} ${encoding} ${calibrated}`);
      expect(new Set(keys).size).toBe(keys.length);
      const rows = ROWS.filter(({ encoding, calibrated }) => own.some((r) => r.encoding === encoding && r.calibrated === calibrated));
      if (own.length > 0) expect(rows.filter(({ calibrated }) => !calibrated)).toEqual(ROWS.filter(({ calibrated }) => !calibrated));
      expect(own.length).toBe(rows.length * metrics.length * 2);
      for (const { metric, value, floatValue, bitsPerWeight } of own) {
        expect(metrics.some((info) => metric === info.name || metric === info.name + INTEGER_ACTIVATIONS)).toBe(true);
        expect([value, floatValue, bitsPerWeight].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('are what page and pictures show', () => {
    const page = readFileSync(join(folder, 'compression.md'), 'utf8');
    expect(resultsPage(NETWORKS, committed, commitOfPage(page))).toBe(page);
    for (const { id, name, metrics } of NETWORKS) {
      const own = committed.filter(({ network }) => network === name);
      if (own.length > 0) expect(resultsPlot(name, metrics, own)).toBe(readFileSync(join(folder, `${id}.svg`), 'utf8'));
    }
  });

  it('come out again: LeNet-5 on 10,000 digits, calibrated, which stays within 0.2 percentage points of float at 4-bit apot and 3-bit bpot', async () => {
    const measurer = await Measurer.of(await LENET5_SOURCE.load());
    for (const row of ROWS.filter(({ encoding, calibrated }) => ['apot', 'bpot'].includes(encoding) && calibrated)) {
      const { values, bitsPerWeight } = await measurer.row(row, () => {});
      expect(values[ACCURACY]).toBeGreaterThanOrEqual(99.09 - 0.2);
      const own = committed.filter((r) => r.network === LENET5_SOURCE.name && r.encoding === row.encoding && r.calibrated === row.calibrated);
      expect(own[0].bitsPerWeight).toBeCloseTo(bitsPerWeight, 6);
      for (const metric of [ACCURACY, ACCURACY + INTEGER_ACTIVATIONS]) expect(values[metric]).toBeCloseTo(own.find((r) => r.metric === metric)!.value, 1);
    }
  });
});

describe('a walk through a network', () => {
  it('gives each layer what the whole network gives it, in order, and its replacement to the next', async () => {
    const seen: string[] = [];
    let last: readonly FloatTensor[] = [];
    const values = new Map();
    await walk(graph, allLayers, [digits], (step, inputs) => {
      seen.push(step.name);
      last = inputs;
      const halved = { weight: step.weight.data.map((w) => w / 2), bias: step.bias.data };
      if (step.name === 'conv2') values.set(step.name, halved);
      return values.get(step.name);
    });
    expect(seen).toEqual(['conv1', 'conv2', 'fc1', 'fc2']);
    const output = graph.layers[3].input.name;
    const model = await loadModel(networkModel({ ...graph, steps: graph.steps, input: graph.input, outputs: [output] } as typeof graph, { values }));
    const whole = (await model.run({ image: digits }))[output];
    await model.release();
    whole.data.forEach((value, i) => expect(last[0].data[i]).toBeCloseTo(value, 5));
  });

  it('finds eight-bit formats that hold all values, and frames with channels last', async () => {
    const ranges = await activationRanges(graph, allLayers, [digits]);
    expect(ranges.get('image')).toEqual({ scale: 1 / 255, signed: false });
    const signed = await activationRanges(graph, new Set(['conv1']), [{ shape: [1, 1, 28, 28], data: new Float32Array(784).fill(-1) }]);
    expect(signed.get('image')).toEqual({ scale: 1 / 127, signed: true });
    const map: FloatTensor = { shape: [2, 2, 1, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    expect([...calibrationFrames([map]).values]).toEqual([1, 3, 2, 4, 5, 7, 6, 8]);
    expect(calibrationFrames([map], 4)).toEqual({ frames: 1, values: Float32Array.of(1, 3, 2, 4) });
  });
});

describe('rows to measure', () => {
  it('are named by encoding, + for calibrated, or all plain or calibrated ones; the uncompressed network always', () => {
    const names = (text: string | undefined) => [...chosenRows(text)].map(({ encoding, calibrated }) => encoding + (calibrated ? '+' : ''));
    expect(names('apot,pot+')).toEqual(['float', 'pot+', 'apot']);
    expect(names('none')).toEqual(['float']);
    expect(names('calibrated').every((name) => name === 'float' || name.endsWith('+'))).toBe(true);
    expect(names(undefined).length).toBe(ROWS.length);
    expect(() => chosenRows('apot,vgg')).toThrow("--rows: there is no row 'vgg'. Rows: plain, calibrated, none, float, int8");
  });
});

describe('a compressed step', () => {
  it('is what the integers stand for: 8-bit weights give back the floats but for rounding', () => {
    const [step] = graph.layers;
    const { values, storedBits } = compressStep(step, { scale: 1 / 255, signed: false }, { encoding: { encoding: 'uniform', bits: 8 } });
    const largest = Math.max(...step.weight.data.map(Math.abs));
    values.weight.forEach((w, i) => expect(Math.abs(w - step.weight.data[i])).toBeLessThan(largest / 127));
    values.bias.forEach((b, i) => expect(b).toBeCloseTo(step.bias.data[i], 3));
    expect(storedBits).toBeGreaterThan(8 * step.weight.data.length);
  });
});
