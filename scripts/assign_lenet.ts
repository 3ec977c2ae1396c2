/**
 * An encoding for each layer of a real network, by what each does to the network's own output: LeNet-5 of examples/mnist. The worked example of
 * docs/assignment.md; prints its table.
 *
 *     node dist/scripts/assign_lenet.js [BITS_PER_WEIGHT,...]      (default: 2.4,3.2,4.2)
 *
 * Layers are calibrated on training digits; the network's error is measured on others, and only what was chosen on the 10,000 test digits.
 */
import { join } from 'node:path';
import { chooseEncodings } from '../generator/assign/assign.js';
import { type AssignableLayer, type MeasuredCandidate, type NetworkError, measureCandidates } from '../generator/assign/measure_candidates.js';
import type { CompressedLayer } from '../generator/compress/compress.js';
import type { EncodingChoice } from '../generator/compress/options.js';
import { ShiftloomError } from '../generator/errors.js';
import { namedEncodings } from '../generator/flow/encoding_names.js';
import { table } from './compare/markdown.js';
import type { FloatTensor, NetworkGraph } from './networks/graph.js';
import { lenet5Graph } from './networks/lenets.js';
import { type ActivationRange, networkModel } from './networks/onnx_model.js';
import { loadModel } from './networks/runtime.js';
import { terminalProgress } from './prepared.js';
import { projectRoot, runAsProgram } from './project.js';
import { expanded, stepLayer } from './results/compress_step.js';
import { countRight, digitBatches } from './results/digits.js';
import { activationRanges, calibrationFrames, walk } from './results/sequential.js';
import { readDigits } from '../generator/data/mnist.js';
import { readLenet } from './train/weights_file.js';

const CANDIDATES = namedEncodings('codebook4,bpot,codebook8,apot,uniform4,codebook16,uniform6,uniform8');
/** Training digits: calibrated on, held out to measure layers on, and held out to measure the network on. */
const CALIBRATED = 1000;
const HELD_FOR_LAYERS = 200;
const HELD_FOR_NETWORK = 2000;
const CLASSES = 10;

/** A network that can be asked what compressed layers do to its answers. */
interface AskedNetwork {
  readonly layers: readonly AssignableLayer[];
  /** Mean Kullback-Leibler divergence of the trained network's answers on held-out training digits, in nats. */
  readonly error: NetworkError;
  /** Test digits classified right, in percent. */
  right(compressed: ReadonlyMap<string, CompressedLayer>): Promise<number>;
}

/** LeNet-5 with 8-bit activations. Layers have 1,000 frames to calibrate on and 200 others as sample. */
export async function askedLenet(): Promise<AskedNetwork> {
  const graph = lenet5Graph(await readLenet(join(projectRoot(), 'examples', 'mnist', 'lenet.safetensors')));
  const [train, test] = [readDigits('train'), readDigits('test')];
  const [learned, heldForLayers] = [digitBatches(train, 0, CALIBRATED), digitBatches(train, CALIBRATED, HELD_FOR_LAYERS)];
  const names = new Set(graph.layers.map(({ name }) => name));
  const ranges = await activationRanges(graph, names, learned);
  const samples = new Map<string, ReturnType<typeof calibrationFrames>>();
  await walk(graph, names, heldForLayers, (step, inputs) => void samples.set(step.name, calibrationFrames(inputs)));
  const layers: AssignableLayer[] = [];
  await walk(graph, names, learned, (step, inputs) => {
    const layer = stepLayer(step, ranges.get(step.input.name)!, calibrationFrames(inputs));
    layers.push({ layer: { ...layer, sample: samples.get(step.name) } });
    return undefined;
  });
  const heldForNetwork = digitBatches(train, CALIBRATED + HELD_FOR_LAYERS, HELD_FOR_NETWORK);
  const trained = await answers(graph, new Map(), heldForNetwork);
  const scored = digitBatches(test, 0, test.count);
  return {
    layers,
    error: async (compressed) => divergence(trained, await answers(graph, compressed, heldForNetwork, ranges)),
    right: async (compressed) => (100 * countRight(await answers(graph, compressed, scored, ranges), test.labels)) / test.count,
  };
}

/** Outputs (digits, 10) of the network; with ranges every layer reads 8-bit integers. */
async function answers(graph: NetworkGraph, compressed: ReadonlyMap<string, CompressedLayer>, images: readonly FloatTensor[], ranges?: ReadonlyMap<string, ActivationRange>): Promise<Float32Array> {
  const model = await loadModel(networkModel(graph, { values: new Map([...compressed].map(([name, layer]) => [name, expanded(layer)])), ranges }));
  const out: number[] = [];
  for (const image of images) out.push(...(await model.run({ image })).logits.data);
  await model.release();
  return Float32Array.from(out);
}

/** Mean over the digits of sum p log(p / q), p and q the softmax of the outputs. */
function divergence(trained: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let from = 0; from < trained.length; from += CLASSES) {
    const [p, q] = [trained, other].map((logits) => logProbabilities(logits.subarray(from, from + CLASSES)));
    p.forEach((log, i) => (sum += Math.exp(log) * (log - q[i])));
  }
  return (sum * CLASSES) / trained.length;
}

function logProbabilities(logits: Float32Array): number[] {
  const most = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0));
  return Array.from(logits, (x) => x - most - total);
}

const shortName = (encoding: EncodingChoice) => CANDIDATES.find((candidate) => candidate.encoding === encoding)!.name;

/** Every candidate of every layer, with its error at the network's output; and the layers themselves, so that none is compressed twice. */
async function measured(network: AskedNetwork): Promise<{ candidates: MeasuredCandidate[][]; compressed: Map<string, CompressedLayer> }> {
  const progress = terminalProgress();
  const compressed = new Map<string, CompressedLayer>();
  let current = '';
  const candidates = await measureCandidates(network.layers, {
    candidates: CANDIDATES.map(({ encoding }) => encoding),
    costOf: ({ stats }) => stats.stored.total,
    compress: { calibrate: true },
    networkError: (layers) => {
      for (const [name, layer] of layers) compressed.set(`${name} ${current}`, layer);
      return network.error(layers);
    },
    onCandidate: (layer, encoding, done, of) => {
      current = shortName(encoding);
      progress?.(`${layer} as ${current}`, done / of);
    },
  });
  return { candidates, compressed };
}

/** Loss of a candidate by its layer's own outputs: noise by signal. */
const byOutputs = (candidate: MeasuredCandidate): MeasuredCandidate => ({ ...candidate, loss: 10 ** (-(candidate.outputSqnrDb ?? Infinity) / 10) });

async function main(): Promise<void> {
  const budgets = (process.argv[2] ?? '2.4,3.2,4.2').split(',').map(Number);
  if (budgets.some((budget) => !(budget > 0))) throw new ShiftloomError('usage', 'BITS_PER_WEIGHT', `is '${process.argv[2]}'; allowed: numbers above 0 with commas between`);
  const network = await askedLenet();
  const { candidates, compressed } = await measured(network);
  const names = network.layers.map(({ layer }) => layer.name);
  const weights = network.layers.reduce((sum, { layer }) => sum + layer.weight.length, 0);
  const row = async (title: string, encodings: readonly string[]) => {
    const layers = new Map(names.map((name, l) => [name, compressed.get(`${name} ${encodings[l]}`)!]));
    const bits = [...layers.values()].reduce((sum, { stats }) => sum + stats.stored.total, 0);
    return [title, ...encodings.map((name) => `\`${name}\``), (bits / weights).toFixed(2), (await network.error(layers)).toFixed(5), (await network.right(layers)).toFixed(2)];
  };
  const rows: string[][] = [];
  for (const { name } of CANDIDATES) rows.push(await row('one for all', names.map(() => name)));
  for (const budget of budgets) {
    const bits = Math.floor(budget * weights);
    for (const [by, of] of [['outputs', candidates.map((own) => own.map(byOutputs))], ['the network', candidates]] as const) {
      const { layers } = chooseEncodings(names, of, bits);
      rows.push(await row(`${budget} bits, by ${by}`, layers.map(({ chosen }) => shortName(chosen.encoding))));
    }
  }
  process.stdout.write(`${table(['choice', ...names, 'bits per weight', 'divergence', 'test digits right, %'], rows)}\n`);
}

await runAsProgram(import.meta.url, main);
