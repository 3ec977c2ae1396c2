/**
 * Finding the permuted blocks of a weight matrix that was trained elsewhere: its blocks are the connected components of the graph in which
 * every weight that is not zero links its output to its input (docs/blocks.md).
 */
import { ShiftloomError } from '../errors.js';
import { type BlockStructure, blockWeights } from '../layer/blocks.js';
import { type Component, connectedComponents } from './components.js';
import { packComponents, structureOf } from './pack.js';

/** Most blocks of a layer description. */
const MAX_BLOCKS = 4096;

export interface FindOptions {
  /** Weights of a smaller magnitude count as zero. Default: 0, so that only zeros do. */
  readonly threshold?: number;
  /** Components are packed into so many blocks; default: each is a block. */
  readonly blocks?: number;
}

export interface FoundBlocks {
  readonly structure: BlockStructure;
  readonly components: number;
  /** Weights that count, and their share of the matrix. */
  readonly nonZero: number;
  readonly density: number;
  /** Weights that lie in blocks; those of them that do not count are stored as zeros. */
  readonly inBlocks: number;
  /** Outputs and inputs without any weight, which were put into blocks. */
  readonly lonelyOutputs: number;
  readonly lonelyInputs: number;
  /** Weights below the threshold that are not zero, and their share of the matrix's sum of squares. */
  readonly dropped: { readonly weights: number; readonly energy: number };
}

/**
 * The block structure of a matrix.
 * @param weight (outputs, inputs), row-major
 * @param place names the matrix in messages
 * @throws ShiftloomError('input') if everything hangs together, or there are fewer components than blocks asked for
 */
export function findBlocks(weight: Float32Array | Float64Array | Int32Array | Uint8Array, outputs: number, inputs: number, options: FindOptions = {}, place = 'weight'): FoundBlocks {
  const { threshold = 0, blocks } = options;
  checkOptions(threshold, blocks);
  const census = countWeights(weight, threshold);
  const found = connectedComponents(weight, outputs, inputs, threshold);
  const { components, lonelyOutputs, lonelyInputs } = found;
  if (components.length < 2 && !(blocks === 1 && components.length === 1)) refuse(weight, outputs, inputs, components, census.nonZero, threshold, place);
  const wanted = wantedBlocks(components.length, blocks, place);
  const packed = wanted === components.length ? components : packComponents(components, wanted, outputs, inputs);
  const structure = structureOf(packed, found);
  return {
    structure,
    components: components.length,
    nonZero: census.nonZero,
    density: census.nonZero / weight.length,
    inBlocks: blockWeights(structure),
    lonelyOutputs: lonelyOutputs.length,
    lonelyInputs: lonelyInputs.length,
    dropped: { weights: census.dropped, energy: census.energy > 0 ? census.lost / census.energy : 0 },
  };
}

function checkOptions(threshold: number, blocks: number | undefined): void {
  if (!(threshold >= 0 && Number.isFinite(threshold))) throw new ShiftloomError('usage', 'threshold', `is ${threshold}; allowed: numbers from 0`);
  if (blocks !== undefined && !(Number.isInteger(blocks) && blocks >= 1 && blocks <= MAX_BLOCKS)) {
    throw new ShiftloomError('usage', 'blocks', `is ${blocks}; allowed: whole numbers 1..${MAX_BLOCKS}`);
  }
}

function wantedBlocks(components: number, blocks: number | undefined, place: string): number {
  if (blocks === undefined && components > MAX_BLOCKS) {
    throw new ShiftloomError('input', place, `falls into ${components} components; a layer has at most ${MAX_BLOCKS} blocks`, 'Say into how many blocks they go');
  }
  if (blocks !== undefined && blocks > components) {
    throw new ShiftloomError('input', place, `falls into ${components} components, which cannot fill ${blocks} blocks`, `Ask for at most ${components}`);
  }
  return blocks ?? components;
}

interface Census {
  readonly nonZero: number;
  readonly dropped: number;
  /** Sums of squares: of the dropped weights, and of all. */
  readonly lost: number;
  readonly energy: number;
}

function countWeights(weight: ArrayLike<number>, threshold: number): Census {
  let [nonZero, dropped, lost, energy] = [0, 0, 0, 0];
  for (let i = 0; i < weight.length; i++) {
    const w = weight[i];
    if (w === 0) continue;
    energy += w * w;
    if (Math.abs(w) >= threshold) nonZero++;
    else {
      dropped++;
      lost += w * w;
    }
  }
  return { nonZero, dropped, lost, energy };
}

function refuse(weight: ArrayLike<number>, outputs: number, inputs: number, components: readonly Component[], nonZero: number, threshold: number, place: string): never {
  const [only] = components;
  if (!only) {
    throw new ShiftloomError('input', place, threshold > 0 ? `has no weight of ${threshold} or more` : 'has no weight that is not zero', threshold > 0 ? 'Lower the threshold' : 'Train it first');
  }
  const percent = (100 * nonZero) / (outputs * inputs);
  const message = `has no block structure: ${percent.toFixed(1)} % of its ${outputs} x ${inputs} weights are not zero${threshold > 0 ? ` or below ${threshold}` : ''}, and they link ${only.outputs.length} outputs and ${only.inputs.length} inputs to one component`;
  const hint = splittingThreshold(weight, outputs, inputs, threshold);
  throw new ShiftloomError('input', place, message, hint ?? 'Train it under a block mask, or give the mask that it was trained with (docs/blocks.md)');
}

/** Small weights may be all that holds blocks together: looks for the smallest power of ten of the largest weight that takes them apart. */
function splittingThreshold(weight: ArrayLike<number>, outputs: number, inputs: number, threshold: number): string | undefined {
  let largest = 0;
  for (let i = 0; i < weight.length; i++) largest = Math.max(largest, Math.abs(weight[i]));
  for (let power = -7; power <= -2; power++) {
    const tried = Number((largest * 10 ** power).toPrecision(1));
    if (tried <= threshold) continue;
    const { components } = connectedComponents(weight, outputs, inputs, tried);
    if (components.length < 2) continue;
    const { lost, energy } = countWeights(weight, tried);
    return `Without the weights below ${tried}, which hold ${((100 * lost) / energy).toPrecision(2)} % of the energy, it falls into ${components.length} blocks: give that as threshold if they are noise`;
  }
  return undefined;
}
