/**
 * Accuracy of a network on labelled pictures: the trained float network, the golden model, and the simulated Verilog, whose every output word is compared with
 * the golden model. The pictures of the simulation go in equal shares to as many processes as there are cores, all on one compiled model.
 */
import { availableParallelism } from 'node:os';
import { inParallel } from '../../sim/process.js';
import type { SimulationResult } from '../../sim/simulate.js';
import type { LabelledImages } from '../data/labelled.js';
import { ShiftloomError } from '../errors.js';
import { argmax } from '../golden/argmax.js';
import type { Encoding } from '../layer/schema.js';
import type { FloatReference } from '../network/float_network.js';
import { goldenNetwork } from '../network/golden_network.js';
import { type Network, type NetworkNode, classCount, valuesOf } from '../network/network.js';
import { denseParameters, networkParameters, storedParameters } from '../network/parameters.js';
import type { AcceleratorFigures, EvaluatedNode, Evaluation, RtlRun, Score, WrongPicture } from '../report/evaluation.js';
import { confusionMatrix, score } from '../report/evaluation.js';
import { storedSize } from '../report/stored_bits.js';
import { GENERATOR_VERSION } from '../version.js';
import { secondsSince, type FlowContext } from './context.js';
import { networkOutputs } from './network_runs.js';

/** What a run of the Verilog is asked for. */
export interface AcceleratorRequest {
  /** (count, output values): what the golden model gives. */
  readonly expected: Int32Array;
  /** Probability of a pause in a cycle, on each stream. */
  readonly stalls: number;
  readonly seed: number;
  /** Memories are loaded over AXI4-Lite rather than having their first contents. */
  readonly loaded: boolean;
}

/** A generated accelerator that can be simulated. */
export interface Accelerator {
  readonly form: string;
  readonly resources: Pick<AcceleratorFigures, 'lut' | 'ff' | 'dsp' | 'bram36' | 'resources'>;
  /** `count` frames back to back after one start. */
  simulate(frames: Int32Array, count: number, request: AcceleratorRequest, context: FlowContext): Promise<SimulationResult>;
  /**
   * The same accelerator without the argmax at its output, if it has one: a class hides most wrong words before it, so what the argmax compares is held
   * against the golden model too.
   */
  readonly logits?: { readonly network: Network; readonly simulate: Accelerator['simulate'] };
}

export interface EvaluateOptions {
  /** Pictures for the float network and the golden model, the first of the data set; default all. */
  readonly samples?: number;
  /** Pictures that are simulated, the first of the samples; default 0. */
  readonly rtlSamples?: number;
  readonly accelerator?: Accelerator;
  /** The float network, if there is one. */
  readonly reference?: FloatReference;
  /** Default 0.2. */
  readonly stalls?: number;
  /** Of the pauses; default 1. */
  readonly seed?: number;
}

/** Frames of the shorter of the two runs that the rate is measured with. */
const RATE_FRAMES = 4;
const CLOCK = 200e6;

/**
 * @param data pictures that fit the network
 * @throws ShiftloomError `usage` if more pictures are asked for than there are; as the networks and the simulator
 */
export async function evaluateNetwork(network: Network, data: LabelledImages, options: EvaluateOptions = {}, context: FlowContext = {}): Promise<Evaluation> {
  const started = performance.now();
  const { samples = data.count, rtlSamples = 0, accelerator, reference, stalls = 0.2, seed = 1 } = options;
  checkCount('--samples', samples, data.count, `${data.name} has ${data.count} pictures`);
  checkCount('--rtl-samples', rtlSamples, samples, `${samples} go through the golden model`, 0);
  const images = data.images.subarray(0, samples * valuesOf(network.input));
  const onShare = (share: number) => context.onProgress?.({ stage: 'evaluate', message: `golden${reference ? ' and float' : ''} network, ${Math.round(100 * share)} %` });
  onShare(0);
  const outputs = await networkOutputs({ network, reference }, images, samples, onShare, context);
  const networksSeconds = secondsSince(started);
  const golden = classesOf(network, outputs.golden);
  const float = outputs.float && classesOf(network, outputs.float);
  const rtl = accelerator && rtlSamples > 0 ? await simulated(network, accelerator, images, outputs.golden, { count: rtlSamples, stalls, seed }, context) : undefined;
  const { dense, stored } = networkParameters(network);
  const classes = network.description.classes ?? data.classes ?? Array.from({ length: classCount(network) }, (_, i) => String(i));
  return {
    generator: GENERATOR_VERSION,
    network: network.description.name,
    data: data.name,
    classes,
    accuracy: accuracyOf({ golden, float, rtl: rtl?.classes }, data.labels),
    ...(float ? { floatDiffers: golden.reduce((sum, c, i) => sum + (c === float[i] ? 0 : 1), 0) } : {}),
    confusion: confusionMatrix(golden, data.labels, classes.length),
    wrong: wrongPictures(data.labels, golden, float, rtl?.classes),
    parametersDense: dense,
    parametersStored: stored,
    nodes: network.nodes.map(evaluatedNode),
    ...(rtl ? { rtl: rtl.run, accelerator: rtl.figures } : {}),
    seconds: { networks: networksSeconds, simulation: rtl?.run.seconds ?? 0, total: secondsSince(started) },
  };
}

function checkCount(option: string, value: number, most: number, why: string, least = 1): void {
  if (value >= least && value <= most) return;
  throw new ShiftloomError('usage', option, `is ${value}; ${why}`, `Allowed: ${least}..${most}`);
}

/** Classes from outputs (count, output values): what an argmax says, else the largest, of equal ones the first. */
export function classesOf(network: Network, outputs: Int32Array | Float64Array): Int32Array {
  const { op, output } = network.nodes[network.output];
  return op === 'argmax' ? Int32Array.from(outputs) : argmax(outputs, valuesOf(output));
}

function accuracyOf(classes: { golden: Int32Array; float?: Int32Array; rtl?: Int32Array }, labels: ArrayLike<number>): Evaluation['accuracy'] {
  const of = (given: Int32Array | undefined, name: 'float' | 'rtl'): { [key in typeof name]?: Score } => (given ? { [name]: score(given, labels) } : {});
  return { ...of(classes.float, 'float'), golden: score(classes.golden, labels), ...of(classes.rtl, 'rtl') };
}

function wrongPictures(labels: ArrayLike<number>, golden: Int32Array, float: Int32Array | undefined, rtl: Int32Array | undefined): WrongPicture[] {
  return Array.from(golden, (given, index): WrongPicture => ({
    index, label: labels[index], golden: given, ...(float ? { float: float[index] } : {}), ...(rtl && index < rtl.length ? { rtl: rtl[index] } : {}),
  })).filter(({ label, golden: given, rtl: other }) => given !== label || (other !== undefined && other !== label));
}

function evaluatedNode(node: NetworkNode): EvaluatedNode {
  const { name, op, output } = node;
  const base = { name, op, map: [output.height, output.width, output.channels] as const };
  if (node.op !== 'layer') return base;
  const { layer } = node;
  const stored = layer.blocks?.encoding ?? layer.factors?.weights ?? layer.description.weights;
  return { ...base, encoding: encodingName(stored), parametersDense: denseParameters(layer), parametersStored: storedParameters(layer), storedBits: storedSize(layer).storedBits };
}

/** `bpot`, `cp (rank 16) as bpot`, `10 blocks of bpot`. */
function encodingName(encoding: Encoding): string {
  if (encoding.encoding === 'cp') return `cp (rank ${encoding.rank}) as ${encoding.recode.encoding}`;
  return encoding.encoding === 'block_permuted' ? `${encoding.blocks} blocks of ${encoding.values.encoding}` : encoding.encoding;
}

interface SimulatedFrames {
  readonly classes: Int32Array;
  readonly run: RtlRun;
  readonly figures: AcceleratorFigures;
}

/** Runs without pauses for latency and rate, then all pictures with pauses, in parallel shares. */
async function simulated(
  network: Network, accelerator: Accelerator, images: Uint8Array | Int32Array, golden: Int32Array, wanted: { count: number; stalls: number; seed: number }, context: FlowContext,
): Promise<SimulatedFrames> {
  const started = performance.now();
  const perFrame = valuesOf(network.input);
  const perOutput = valuesOf(network.nodes[network.output].output);
  const { count, stalls, seed } = wanted;
  const run = (first: number, frames: number, more: Omit<AcceleratorRequest, 'expected'>, inner: FlowContext = context) =>
    accelerator.simulate(Int32Array.from(images.subarray(first * perFrame, (first + frames) * perFrame)), frames, { expected: golden.slice(first * perOutput, (first + frames) * perOutput), ...more }, inner);
  const clean: SimulationResult[] = [];
  const rateFrames = Math.max(1, Math.min(RATE_FRAMES, Math.floor(images.length / perFrame / 2)));
  for (const frames of [1, rateFrames, 2 * rateFrames]) clean.push(await run(0, Math.min(frames, images.length / perFrame), { stalls: 0, seed, loaded: false }));
  const shares = sharesOf(count, availableParallelism());
  const beats = shares.map(() => 0);
  const stalled = await inParallel(shares, shares.length, ({ first, frames }, i) =>
    run(first, frames, { stalls, seed: seed + i, loaded: true }, {
      ...context,
      onProgress: ({ stage, message }) => {
        beats[i] = Number(/(\d+) of (\d+) output beats/.exec(message)?.[1] ?? beats[i]);
        context.onProgress?.({ stage, message: shares.length > 1 && /output beats/.test(message) ? `${beats.reduce((a, b) => a + b)} output beats in ${shares.length} processes` : message });
      },
    }),
  );
  const words = await simulatedLogits(accelerator, images, shares, { stalls, seed }, context);
  const classes = classesOf(network, outputsOf(stalled, shares, perOutput));
  const cyclesPerFrame = Math.max(1, Math.round((clean[2].cycles - clean[1].cycles) / rateFrames));
  const figures: AcceleratorFigures = {
    form: accelerator.form, cyclesPerFrame, latencyCycles: clean[0].cycles, fps200MHz: Math.round(CLOCK / cyclesPerFrame), ...accelerator.resources,
  };
  return { classes, run: rtlRun(clean, [...stalled, ...words], [...shares, ...shares], { count, stalls, seconds: secondsSince(started) }), figures };
}

/** The shares once more on the accelerator without argmax; nothing if it has none. */
async function simulatedLogits(
  { logits }: Accelerator, images: Uint8Array | Int32Array, shares: readonly Share[], { stalls, seed }: { stalls: number; seed: number }, context: FlowContext,
): Promise<SimulationResult[]> {
  if (!logits) return [];
  const { network, simulate } = logits;
  const perFrame = valuesOf(network.input);
  context.onProgress?.({ stage: 'evaluate', message: 'the same pictures, every word before the argmax' });
  // One after the other until the model is compiled, then side by side.
  const run = ({ first, frames }: Share, i: number) => {
    const part = Int32Array.from(images.subarray(first * perFrame, (first + frames) * perFrame));
    return simulate(part, frames, { expected: goldenNetwork(network, part, frames), stalls, seed: seed + i, loaded: true }, context);
  };
  await simulate(Int32Array.from(images.subarray(0, perFrame)), 1, { expected: goldenNetwork(network, images.subarray(0, perFrame), 1), stalls: 0, seed, loaded: false }, context);
  return inParallel(shares, shares.length, run);
}

interface Share {
  readonly first: number;
  readonly frames: number;
}

/** Equal shares of `count` frames, one for each process. */
export function sharesOf(count: number, processes: number): Share[] {
  const used = Math.max(1, Math.min(processes, count));
  const start = (i: number) => Math.floor((i * count) / used);
  return Array.from({ length: used }, (_, i) => ({ first: start(i), frames: start(i + 1) - start(i) }));
}

/** (frames, output values) of all shares; what never came is 0. */
function outputsOf(results: readonly SimulationResult[], shares: readonly Share[], perOutput: number): Int32Array {
  const outputs = new Int32Array(shares.reduce((sum, { frames }) => sum + frames, 0) * perOutput);
  for (const [i, { outputData }] of results.entries()) if (outputData) outputs.set(outputData.subarray(0, shares[i].frames * perOutput), shares[i].first * perOutput);
  return outputs;
}

function rtlRun(clean: readonly SimulationResult[], stalled: readonly SimulationResult[], shares: readonly Share[], facts: { count: number; stalls: number; seconds: number }): RtlRun {
  const all = [...clean, ...stalled];
  const sum = (of: (result: SimulationResult) => number) => all.reduce((total, result) => total + of(result), 0);
  const firsts = [...clean.map(() => 0), ...shares.map(({ first }) => first)];
  const wrong = all.findIndex(({ firstMismatch }) => firstMismatch !== undefined);
  const mismatch = wrong < 0 ? undefined : all[wrong].firstMismatch!;
  return {
    engine: all[0].engine,
    engineVersion: all[0].engineVersion,
    frames: facts.count,
    stalls: facts.stalls,
    words: sum(({ outputs }) => outputs),
    mismatchedWords: sum(({ mismatches }) => mismatches),
    ...(mismatch ? { firstMismatch: { ...mismatch, frame: mismatch.frame + firsts[wrong] } } : {}),
    timedOut: all.some(({ timedOut }) => timedOut),
    protocolErrors: [...new Set(all.flatMap(({ protocolErrors }) => protocolErrors))],
    cycles: sum(({ harnessCycles }) => harnessCycles),
    seconds: facts.seconds,
  };
}
