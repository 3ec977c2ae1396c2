/** What the trained networks of examples/cp reach: float, on integers by the golden model, and in simulated RTL. For `npm run results:cp`. */
import { completeLanes, parseLanes } from '../../generator/flow/lanes.js';
import { simulateLayer, type LayerSimulation } from '../../generator/flow/simulate.js';
import { generateLayer } from '../../generator/generate.js';
import type { Layer } from '../../generator/layer/layer.js';
import { countRight } from '../train/fit.js';
import { accuracyOf, floatLearner } from '../train/float_net.js';
import type { Digits } from '../../generator/data/mnist.js';
import { readChain, readFloatNet, type ChainLayer } from './network_files.js';
import { goldenLogits, goldenRight, type LayerValues } from './network_golden.js';
import { NETWORK_JOBS, parameterCounts, type NetworkJob } from './network_jobs.js';

/** The simulated engines: 64 multiply-accumulates a cycle, or as many as a layer has channels for; a layer that reads one channel has four pixels' instead. */
const OC_LANES = 8;
const IC_LANES = 8;
const PIXEL_LANES = 4;

export interface SimulatedLayer {
  readonly name: string;
  /** Encoding of the lanes. */
  readonly lanes: string;
  /** `rebuilt`: on chip, from the layer's factors, while the engine works. */
  readonly weights: 'resident' | 'rebuilt';
  /** Cycles of one image without pauses. */
  readonly cycles: number;
}

export interface TrainedNetwork {
  readonly id: string;
  readonly network: string;
  readonly dataset: string;
  readonly compressedLayers: readonly string[];
  /** Weights of the compressed layers; factors and recode shifts that are stored for them. */
  readonly parametersDense: number;
  readonly parametersStored: number;
  /** The same of the whole network, whose other layers have 8-bit weights. */
  readonly networkParametersDense: number;
  readonly networkParametersStored: number;
  /** Shares of the test images that are classified right. */
  readonly floatAccuracy: number;
  readonly goldenAccuracy: number;
  readonly goldenSamples: number;
  /** Undefined if a word differs from the golden model, or nothing was simulated. */
  readonly rtlAccuracy?: number;
  readonly rtlSamples: number;
  readonly comparedWords: number;
  readonly mismatchedWords: number;
  readonly layers: readonly SimulatedLayer[];
}

export interface EvaluateOptions {
  /** Networks; default all. */
  readonly ids?: readonly string[];
  /** Test images for the float network and the golden model, default all 10,000, and of these the first for the simulation, default 1,000; 0: no simulation. */
  readonly goldenSamples?: number;
  readonly rtlSamples?: number;
  readonly onProgress?: (message: string) => void;
}

/** @throws ShiftloomError if a file or a tool is missing */
export async function evaluateTrainedNetworks(options: EvaluateOptions = {}): Promise<TrainedNetwork[]> {
  const results: TrainedNetwork[] = [];
  for (const job of NETWORK_JOBS) if (!options.ids || options.ids.includes(job.id)) results.push(await evaluateNetwork(job, options));
  return results;
}

async function evaluateNetwork(job: NetworkJob, { goldenSamples, rtlSamples = 1000, onProgress }: EvaluateOptions): Promise<TrainedNetwork> {
  const test = job.read('test');
  const samples = Math.min(test.count, goldenSamples ?? test.count);
  const chain = await readChain(job);
  onProgress?.(`${job.id}: float`);
  const floatAccuracy = accuracyOf(floatLearner(job.stages, await readFloatNet(job)), firstImages(test, samples));
  const right = goldenRight(chain, test, samples, (done) => onProgress?.(`${job.id}: golden model, ${Math.round(100 * done)} %`));
  const rtl = rtlSamples > 0 ? await simulateChain(chain, test, rtlSamples, (message) => onProgress?.(`${job.id}: ${message}`)) : NOT_SIMULATED;
  const { dense, stored, networkDense, networkStored } = parameterCounts(job);
  return {
    id: job.id,
    network: job.network,
    dataset: job.dataset,
    compressedLayers: Object.keys(job.ranks),
    parametersDense: dense,
    parametersStored: stored,
    networkParametersDense: networkDense,
    networkParametersStored: networkStored,
    floatAccuracy,
    goldenAccuracy: right / samples,
    goldenSamples: samples,
    ...rtl,
  };
}

function firstImages({ images, labels }: Digits, count: number): Digits {
  return { count, images: images.subarray(0, (count * images.length) / labels.length), labels: labels.subarray(0, count) };
}

type Simulated = Pick<TrainedNetwork, 'rtlAccuracy' | 'rtlSamples' | 'comparedWords' | 'mismatchedWords' | 'layers'>;

const NOT_SIMULATED: Simulated = { rtlSamples: 0, comparedWords: 0, mismatchedWords: 0, layers: [] };

/**
 * Every layer in simulation, on what the layers before it give for the first `count` images. Each output word is compared with the golden model's; if all are
 * equal, the next layer reads what the one before it gave, and the accuracy of the simulated network is that of these words.
 */
export async function simulateChain(chain: readonly ChainLayer[], test: Digits, count: number, onProgress?: (message: string) => void): Promise<Simulated> {
  const values: LayerValues[] = [];
  const part = firstImages(test, count);
  const logits = goldenLogits(chain, part, count, (i, seen) => (values[i] = seen));
  const layers: SimulatedLayer[] = [];
  let [comparedWords, mismatchedWords] = [0, 0];
  for (const [i, { layer, stage }] of chain.entries()) {
    onProgress?.(`simulating ${stage.name}`);
    const result = await simulateFrames(layer, values[i].input, count);
    comparedWords += result.outputs;
    // A run that hangs or breaks the protocol has words that never came.
    mismatchedWords += result.mismatches + (result.timedOut || result.protocolErrors.length > 0 ? 1 : 0);
    layers.push({ name: stage.name, lanes: layer.description.weights.encoding, weights: placeOf(layer), cycles: result.cycles });
  }
  const rtlAccuracy = mismatchedWords === 0 ? countRight(logits, part.labels) / count : undefined;
  return { rtlAccuracy, rtlSamples: count, comparedWords, mismatchedWords, layers };
}

const placeOf = (layer: Layer): SimulatedLayer['weights'] => (layer.factors ? 'rebuilt' : 'resident');

function simulateFrames(layer: Layer, input: Int32Array, frames: number): Promise<LayerSimulation> {
  const { inChannels, outChannels } = layer.geometry;
  const folding = `oc=${Math.min(OC_LANES, outChannels)},ic=${Math.min(IC_LANES, inChannels)},pixel=${inChannels === 1 ? PIXEL_LANES : 1},weights=${placeOf(layer)}`;
  const lanes = completeLanes(layer, parseLanes(folding));
  // Under one name, so that layers whose engines differ in their memories' contents alone share a compiled model.
  const description = { ...layer.description, name: 'trained' };
  const generated = generateLayer({ ...layer, description, sample: { frames, data: input } }, lanes);
  return simulateLayer(generated, { frames, stallIn: 0, stallOut: 0 });
}
