/** Direct execution of a factored layer: its chain of stages, a folding for each, and what its outputs are worth. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { activate } from '../compress/output_format.js';
import { gatherPatches, layerSums } from '../compress/sums.js';
import { exactOutputs, sqnrDb } from '../direct/exact_outputs.js';
import { SPLIT_DEFAULTS, splitLayer, type DirectChain, type SplitOptions } from '../direct/split.js';
import { ShiftloomError } from '../errors.js';
import { goldenRun } from '../golden/convolution.js';
import type { FloatLayer } from '../import/float_layer.js';
import { macsOf, type Layer, type SampleFrames } from '../layer/layer.js';
import { writeLayer } from '../layer/write.js';
import { fileSet } from '../output/file_set.js';
import { addToOutput } from '../output/write.js';
import { lanesText } from '../plan/lanes_text.js';
import type { Limits } from '../plan/limits.js';
import type { Lanes } from '../plan/plan.js';
import { findLanes } from '../plan/search.js';
import { breathe, type FlowContext } from './context.js';
import type { ExecutionComparison } from './execution.js';
import { inputFrames } from './frames.js';

export interface DirectOptions extends SplitOptions {
  /** What each stage's engine may need; the folding is found. Default 256 multiply-accumulates per cycle. */
  readonly limits?: Limits;
  /** The trained layer that the factors come from, to measure outputs against. */
  readonly float?: FloatLayer;
  /** At most so many frames of the layer's sample are looked at; left out, all. */
  readonly frames?: number;
  /** Seed of the input frames of a layer without a sample. */
  readonly seed?: number;
}

export interface DirectStage {
  readonly name: string;
  readonly macs: number;
  /** As `--lanes` takes it. */
  readonly lanes: string;
  readonly cycles: number;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  readonly bound: string;
}

/** SQNR of outputs in dB; null: no difference. Measured on frames that the scales between the stages were not found on, if there are several. */
export interface OutputErrors {
  readonly measuredOn: string;
  /** Direct outputs against those of the recoded weights, which stored and rebuilt weights give. */
  readonly directAgainstRecoded: number | null;
  /** Both against what the factors give without any rounding. */
  readonly directAgainstFactors: number | null;
  readonly recodedAgainstFactors: number | null;
  /** Both against the trained layer; only if it was given. */
  readonly directAgainstFloat?: number | null;
  readonly recodedAgainstFloat?: number | null;
}

export interface DirectReport {
  readonly layer: string;
  readonly form: string;
  readonly rank: number;
  readonly blocks: number;
  readonly bits: number;
  /** Multiply-accumulates of a frame: of the layer, and of its factors (blocks of the middle stages without their zeros). */
  readonly macs: number;
  readonly directMacs: number;
  readonly stages: readonly DirectStage[];
  /** One stage after the other on one engine: cycles add up, and the engine is as large as the largest stage needs. */
  readonly cycles: number;
  readonly lut: number;
  readonly dsp: number;
  readonly bram36: number;
  readonly errors: OutputErrors;
}

export interface DirectResult {
  readonly chain: DirectChain;
  readonly lanes: readonly Lanes[];
  readonly report: DirectReport;
}

/** @throws ShiftloomError as `splitLayer` does; 'resource' if a stage has no folding within the limits */
export async function directExecution(layer: Layer, options: DirectOptions = {}, context: FlowContext = {}): Promise<DirectResult> {
  const { bits = SPLIT_DEFAULTS.bits, float, seed = 1, limits, frames: mostFrames = Infinity } = options;
  const count = Math.min(mostFrames, layer.sample?.frames ?? 1);
  const frames: SampleFrames = inputFrames(layer, count, seed);
  const learnFrom = Math.max(1, count - Math.ceil(count / 4));
  context.onProgress?.({ stage: 'direct', message: 'splitting the layer into stages' });
  await breathe(context);
  const chain = splitLayer(layer, frames, learnFrom, options);
  const stages: DirectStage[] = [];
  const lanes: Lanes[] = [];
  for (const stage of chain.stages) {
    context.onProgress?.({ stage: 'direct', message: `folding of ${stage.description.name}` });
    await breathe(context);
    const found = findLanes(stage, limits);
    lanes.push(found.lanes);
    const { cycles, lut, ff, dsp, bram36, bound } = found.estimate;
    stages.push({ name: stage.description.name, macs: stageMacs(stage), lanes: lanesText(found.lanes), cycles, lut, ff, dsp, bram36, bound });
  }
  context.onProgress?.({ stage: 'direct', message: 'measuring outputs' });
  await breathe(context);
  const errors = outputErrors(layer, chain, frames, count > learnFrom ? learnFrom : 0, float);
  const { weights } = layer.factors!;
  const most = (key: 'lut' | 'dsp' | 'bram36') => Math.max(...stages.map((stage) => stage[key]));
  const sum = (key: 'cycles' | 'macs') => stages.reduce((total, stage) => total + stage[key], 0);
  const report: DirectReport = {
    layer: layer.description.name,
    form: weights.form,
    rank: weights.rank,
    blocks: weights.blocks,
    bits,
    macs: macsOf(layer.geometry),
    directMacs: sum('macs'),
    stages,
    cycles: sum('cycles'),
    lut: most('lut'),
    dsp: most('dsp'),
    bram36: most('bram36'),
    errors,
  };
  return { chain, lanes, report };
}

/** Of what a block's channels share with each other nothing is counted: those weights are zero. */
function stageMacs({ geometry, description }: Layer): number {
  return macsOf(geometry) / (description.sparsity?.m ?? 1);
}

function outputErrors(layer: Layer, chain: DirectChain, frames: SampleFrames, from: number, float: FloatLayer | undefined): OutputErrors {
  const length = frames.data.length / frames.frames;
  const measured = { frames: frames.frames - from, data: frames.data.subarray(from * length) };
  const { zeroPoint } = layer.description.output;
  const direct = chain.outputs.subarray((chain.outputs.length / frames.frames) * from);
  const recoded = goldenRun(layer, measured.data, measured.frames).outputs;
  const exact = exactOutputs(layer, chain.stages, measured);
  const real = float ? floatOutputs(layer, float, measured) : undefined;
  const against = (reference: ArrayLike<number>, outputs: ArrayLike<number>) => sqnrDb(reference, outputs, zeroPoint);
  return {
    measuredOn: `${measured.frames} of ${frames.frames} frame(s) ${layer.sample ? "of the layer's sample" : 'of random inputs'}${from > 0 ? ', scales found on the others' : ''}`,
    directAgainstRecoded: against(recoded, direct),
    directAgainstFactors: against(exact, direct),
    recodedAgainstFactors: against(exact, recoded),
    ...(real ? { directAgainstFloat: against(real, direct), recodedAgainstFloat: against(real, recoded) } : {}),
  };
}

/** (frames, height, width, channels) of the trained layer, in the compressed layer's output units and not rounded. */
function floatOutputs(layer: Layer, float: FloatLayer, { frames, data }: SampleFrames): Float64Array {
  const { input, output, name } = layer.description;
  const { geometry: g } = layer;
  const same = float.outChannels === g.outChannels && float.input.channels === g.inChannels && float.input.height === g.inHeight && float.input.width === g.inWidth && float.weight.length === layer.tensors.weight.length;
  if (!same) throw new ShiftloomError('input', `layer ${float.name}`, `has another shape than the compressed layer '${name}'`, 'Give the float layer that was compressed');
  if (input.scale === undefined || output.scale === undefined) {
    throw new ShiftloomError('input', `layer ${name}`, 'has no input.scale or output.scale, without which its outputs cannot be held against the trained layer', 'Leave the float layer out');
  }
  const inputs = { frames, data, format: { ...input, scale: input.scale }, origin: 'sample', genuine: true };
  const patches = gatherPatches(float, inputs, Infinity, 1, { maxValues: Infinity });
  const sums = layerSums(float, float.weight, patches);
  const positions = patches.count;
  return Float64Array.from({ length: positions * g.outChannels }, (_, i) => {
    const [position, o] = [Math.floor(i / g.outChannels), i % g.outChannels];
    return activate(sums[o * positions + position] * inputs.format.scale + float.bias[o], float.activation) / output.scale! + output.zeroPoint;
  });
}

export const DIRECT_FILE = 'direct.json';

/**
 * Writes the stages as layer files, each with the frames that it is given, and direct.json beside them.
 * @param comparison with stored and rebuilt weights, for direct.json
 * @returns the files, relative to the folder
 */
export async function writeDirect(folder: string, { chain, report }: DirectResult, comparison?: ExecutionComparison): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new ShiftloomError('input', folder, `cannot be made (${error.code})`, 'Choose another folder with --out');
  });
  const files: string[] = [];
  for (const { description, tensors, sample } of chain.stages) {
    const file = `${description.name}.layer.json`;
    await writeLayer(path.join(folder, file), description, tensors, sample);
    files.push(file);
  }
  await addToOutput(folder, fileSet([[DIRECT_FILE, `${JSON.stringify({ ...report, ...(comparison ? { comparison } : {}) }, null, 2)}\n`]]));
  return [...files, DIRECT_FILE];
}
