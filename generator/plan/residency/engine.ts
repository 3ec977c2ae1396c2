/**
 * The engine that a network's layers share: as much of each memory as the layer that needs most of it. Weights come from the reconstruction unit, a tile of
 * output channels at a time, so the loop order is that of streamed weights (docs/architecture.md, "Loop nest").
 */
import { ShiftloomError } from '../../errors.js';
import { geometryOf, type Layer } from '../../layer/layer.js';
import { Random } from '../../layer/random.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema, type ScalarEncoding } from '../../layer/schema.js';
import { cycleModel } from '../cycles.js';
import { ramCost } from '../memory.js';
import type { Lanes, LayerPlan } from '../plan.js';
import { BAND_SHARE, planLayer } from '../plan_layer.js';
import type { ConvolutionShape } from './networks.js';

/** What one layer needs of the engine. */
export interface EngineNeeds {
  /** Block RAMs of the input ring, of the two halves of the weight memory, and of the output slots. */
  readonly ring: number;
  readonly halves: number;
  readonly outputBuffer: number;
  /** Requantizers side by side, and bits of an output channel's bias, multiplier and shift. */
  readonly requantizers: number;
  readonly parameterBits: number;
  readonly tiles: number;
  readonly bands: number;
  /** Cycles in which the array takes a step, over the frame. */
  readonly compute: number;
}

/** Values from which the synthetic weights of a shape are drawn: seeded, so that plans are the same every time. */
const PATTERN = 4096;
const MULTIPLIER_BITS = 16;
const SHIFT = 24;

/**
 * Plans one layer's engine.
 * @param ringRams block RAMs that its input ring may take
 * @throws ShiftloomError 'resource' if the window of one output row does not fit these, 'usage' for lanes out of range
 */
export function engineNeeds(shape: ConvolutionShape, lanes: Lanes, recode: ScalarEncoding, ringRams: number): EngineNeeds {
  const layer = syntheticLayer(shape, recode);
  const streamed: Lanes = { ...lanes, weights: 'streamed' };
  const free = planLayer(layer, streamed, Infinity);
  const others = free.weightMemory.bram36 + free.parameterMemory.bram36 + free.outputBuffer.bram36;
  const plan = fewestBands(layer, streamed, (others + ringRams) / BAND_SHARE);
  return {
    ring: ringBlockRams(plan),
    halves: plan.weightMemory.bram36,
    outputBuffer: plan.outputBuffer.bram36,
    requantizers: plan.requantize.lanes,
    parameterBits: plan.requantize.parameterBits,
    tiles: plan.sequencer.tiles,
    bands: plan.streamed!.bands,
    compute: cycleModel(plan).active,
  };
}

/** The plan with the fewest bands for which there is room: the weights are rebuilt for each. */
function fewestBands(layer: Layer, lanes: Lanes, blockRams: number): LayerPlan {
  const most = planLayer(layer, lanes, blockRams);
  for (let bands = 1; bands < most.streamed!.bands; bands++) {
    try {
      return planLayer(layer, { ...lanes, band: Math.ceil(layer.geometry.outHeight / bands) }, blockRams);
    } catch (error) {
      if (!(error instanceof ShiftloomError) || error.code !== 'resource') throw error;
    }
  }
  return most;
}

function ringBlockRams({ lanes, ring }: LayerPlan): number {
  return lanes.pixel * ring.columns * ramCost({ depth: ring.depth, width: ring.columnBits, block: ring.block }).bram36;
}

/** A layer of the shape whose weights are seeded and synthetic: what an engine needs depends on them only by the width of its sums. */
function syntheticLayer({ name, size, inChannels, outChannels, kernel, stride }: ConvolutionShape, recode: ScalarEncoding): Layer {
  const before = Math.floor((kernel - 1) / 2);
  const after = before - (stride > 1 && kernel > 1 && size % stride === 0 ? stride - 1 : 0);
  const description = layerSchema.parse({
    format: LAYER_FORMAT,
    version: SCHEMA_VERSION,
    kind: 'conv2d',
    name,
    input: { channels: inChannels, height: size, width: size },
    output: { channels: outChannels },
    kernel: [kernel, kernel],
    strides: [stride, stride],
    pads: [before, before, after, after],
    weights: recode,
    requantize: { form: 'multiplier', bits: MULTIPLIER_BITS },
    activation: { kind: 'relu' },
    tensors: `${name}.safetensors`,
  });
  const random = new Random(1);
  const pattern = Int32Array.from({ length: PATTERN }, () => random.pick(valuesOf(recode)));
  const weight = new Int32Array(outChannels * inChannels * kernel ** 2);
  for (let at = 0; at < weight.length; at += PATTERN) weight.set(pattern.subarray(0, Math.min(PATTERN, weight.length - at)), at);
  const all = (value: number) => new Int32Array(outChannels).fill(value);
  return { description, geometry: geometryOf(description), tensors: { weight, bias: all(0), multiplier: all(2 ** MULTIPLIER_BITS - 1), shift: all(SHIFT) } };
}

/** Some of an encoding's values, its largest among them. */
function valuesOf(encoding: ScalarEncoding): readonly number[] {
  switch (encoding.encoding) {
    case 'pot':
    case 'csd':
      return Array.from({ length: encoding.maxShift + 1 }, (_, k) => [2 ** k, -(2 ** k)]).flat();
    case 'bpot':
      return [1, 2, 4].flatMap((value) => [value * 2 ** encoding.maxExponent, -value * 2 ** encoding.maxExponent]);
    case 'apot':
      return [1, 2, 3, 4, 6, 8, 10].flatMap((value) => [value, -value]);
    case 'uniform':
      return [2 ** (encoding.bits - 1) - 1, -(2 ** (encoding.bits - 1) - 1), 1, -1];
    case 'codebook':
      return encoding.levels;
  }
}
