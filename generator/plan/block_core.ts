/**
 * The core of a block-permuted layer: its blocks as groups of a 1x1 convolution, padded with zero weights to one size, in the order in which the array works.
 * `sets` blocks are worked on at once, a supergroup; positions of the core's streams:
 *
 *   input    supergroup, word of `ic` inputs, block of the supergroup, input of the word
 *   output   supergroup, tile, block of the supergroup, output of a set's lanes
 */
import { ShiftloomError } from '../errors.js';
import { blockRanges, type BlockRange } from '../layer/blocks.js';
import type { Layer, LayerBlocks, LayerTensors } from '../layer/layer.js';
import { groupCount } from '../layer/representable.js';
import type { LayerDescription, ScalarEncoding } from '../layer/schema.js';
import type { BlocksPlan, Lanes } from './plan.js';

export interface BlockCore {
  /**
   * Groups are supergroups; `groupInChannels` are the inputs that one output sees, those of its block, and weights and exponents are stored by them;
   * output channels are in the order of the stream.
   */
  readonly core: Layer;
  readonly plan: BlocksPlan;
}

type CoreLanes = Pick<Lanes, 'oc' | 'ic' | 'blocks'>;

const lastCores = new WeakMap<Layer, { readonly key: string; readonly core: BlockCore }>();

/** The core of a folding; `lanes` as `checkBlockLanes` lets pass. */
export function blockCore(layer: Layer, blocks: LayerBlocks, lanes: CoreLanes): BlockCore {
  const key = `${lanes.oc},${lanes.ic},${lanes.blocks ?? 1}`;
  const last = lastCores.get(layer); // planned again for its contents, its cycles, its report
  if (last?.key === key) return last.core;
  const core = buildCore(layer, blocks, lanes);
  lastCores.set(layer, { key, core });
  return core;
}

/** @throws ShiftloomError 'usage' for a folding that a layer's blocks, or their absence, do not allow; 'unsupported' for what block lanes cannot do */
export function checkBlockLanes(layer: Layer, { oc, pixel, dsp = 0, blocks, weights }: Lanes): void {
  if (!layer.blocks) {
    if (blocks === undefined) return;
    throw new ShiftloomError('usage', `lanes blocks=${blocks}`, `layer '${layer.description.name}' is not block-permuted`, 'Leave blocks out');
  }
  const sets = blocks ?? 1;
  const count = layer.blocks.encoding.blocks;
  if (!Number.isInteger(sets) || sets < 1 || sets > count) {
    throw new ShiftloomError('usage', `lanes blocks=${sets}`, `must be a whole number from 1 to the ${count} blocks of layer '${layer.description.name}'`);
  }
  if (oc % sets !== 0) {
    throw new ShiftloomError('usage', `lanes oc=${oc}`, `must be a multiple of blocks=${sets}: each block that is worked on has as many output lanes`, `Take oc=${Math.ceil(oc / sets) * sets}`);
  }
  if (pixel !== 1) throw new ShiftloomError('usage', `lanes pixel=${pixel}`, 'a block-permuted layer has one pixel', 'Leave pixel out');
  if (dsp > 0) throw new ShiftloomError('unsupported', `lanes dsp=${dsp}`, 'lanes in pairs are not built for block-permuted layers', 'Leave dsp out, or take kind=dsp for uniform weights');
  if (weights === 'rebuilt') throw new ShiftloomError('unsupported', 'lanes weights=rebuilt', 'a block-permuted layer has no factors', 'Use weights=resident or weights=streamed');
}

function buildCore(layer: Layer, { encoding, tensors }: LayerBlocks, { oc, ic, blocks: sets = 1 }: CoreLanes): BlockCore {
  const groupSize = encoding.values.encoding === 'bpot' ? encoding.values.groupSize : 1;
  const ranges = blockRanges(tensors, groupSize);
  const rows = oc / sets;
  const supergroups = Math.ceil(ranges.length / sets);
  const blockInputs = roundUp(Math.max(...tensors.inputSizes), ic);
  const blockOutputs = roundUp(Math.max(...tensors.outputSizes), rows);
  const inputs = positions(ranges.map(({ firstInput, inputs: size }) => tensors.inputOrder.subarray(firstInput, firstInput + size)), { sets, supergroups, size: blockInputs, part: ic });
  const outputs = positions(ranges.map(({ firstOutput, outputs: size }) => tensors.outputOrder.subarray(firstOutput, firstOutput + size)), { sets, supergroups, size: blockOutputs, part: rows });
  const plan: BlocksPlan = { sets, supergroups, count: ranges.length, blockInputs, blockOutputs, coreInputOrder: inputs.natural, coreOutputOrder: outputs.natural };
  return { plan, core: coreLayer(layer, plan, coreWeights(ranges, outputs, { weight: tensors.weight, exponent: tensors.exponent, groupSize, blockInputs })) };
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Natural index, block and index within the block for each position of a core's stream; -1 where there is none. */
interface Positions {
  readonly natural: Int32Array;
  readonly block: Int32Array;
  readonly inBlock: Int32Array;
}

function positions(members: readonly Int32Array[], { sets, supergroups, size, part }: { sets: number; supergroups: number; size: number; part: number }): Positions {
  const count = supergroups * sets * size;
  const found = { natural: new Int32Array(count).fill(-1), block: new Int32Array(count).fill(-1), inBlock: new Int32Array(count) };
  let next = 0;
  for (let supergroup = 0; supergroup < supergroups; supergroup++) {
    for (let first = 0; first < size; first += part) {
      for (let set = 0; set < sets; set++) {
        const block = supergroup * sets + set;
        for (let i = first; i < first + part; i++, next++) {
          if (block >= members.length || i >= members[block].length) continue;
          found.natural[next] = members[block][i];
          found.block[next] = block;
          found.inBlock[next] = i;
        }
      }
    }
  }
  return found;
}

interface StoredWeights {
  readonly weight: Int32Array;
  readonly exponent?: Int32Array;
  readonly groupSize: number;
  readonly blockInputs: number;
}

/** Rows in the order of the output positions, each as long as a padded block; group exponents likewise. */
function coreWeights(ranges: readonly BlockRange[], { block, inBlock }: Positions, { weight, exponent, groupSize, blockInputs }: StoredWeights): Pick<LayerTensors, 'weight' | 'exponent'> {
  const weights = new Int32Array(block.length * blockInputs);
  const groups = groupCount(blockInputs, groupSize);
  const exponents = exponent ? new Int32Array(block.length * groups) : undefined;
  for (let position = 0; position < block.length; position++) {
    if (block[position] < 0) continue;
    const { inputs, firstWeight, firstExponent } = ranges[block[position]];
    const row = firstWeight + inBlock[position] * inputs;
    weights.set(weight.subarray(row, row + inputs), position * blockInputs);
    const own = groupCount(inputs, groupSize);
    const group = firstExponent + inBlock[position] * own;
    exponents?.set(exponent!.subarray(group, group + own), position * groups);
  }
  return { weight: weights, exponent: exponents };
}

/** The core as a layer: what is not of the layer has bias 0 and any multiplier and shift. */
function coreLayer(layer: Layer, plan: BlocksPlan, weights: Pick<LayerTensors, 'weight' | 'exponent'>): Layer {
  const { supergroups, sets, blockInputs, blockOutputs, coreInputOrder, coreOutputOrder } = plan;
  const { bias, multiplier, shift } = layer.tensors;
  const gather = (values: Int32Array, padding: number) => coreOutputOrder.map((output) => (output < 0 ? padding : values[output]));
  const isPadded = coreInputOrder.includes(-1) || coreOutputOrder.includes(-1);
  const inChannels = coreInputOrder.length;
  const outChannels = coreOutputOrder.length;
  const { description } = layer;
  return {
    description: {
      ...description,
      input: { ...description.input, channels: inChannels },
      output: { ...description.output, channels: outChannels },
      weights: isPadded ? withZero(description.weights) : description.weights,
    } as LayerDescription,
    geometry: { ...layer.geometry, inChannels, outChannels, groups: supergroups, groupInChannels: blockInputs, groupOutChannels: sets * blockOutputs },
    tensors: { ...weights, bias: gather(bias, 0), multiplier: gather(multiplier, 1), shift: gather(shift, shift[0]) },
  };
}

/** Padding has weight zero, which a codebook may lack. */
function withZero(encoding: LayerDescription['weights']): LayerDescription['weights'] | ScalarEncoding {
  if (encoding.encoding !== 'codebook' || encoding.levels.includes(0)) return encoding;
  return { ...encoding, levels: [...encoding.levels, 0].sort((a, b) => a - b) };
}
