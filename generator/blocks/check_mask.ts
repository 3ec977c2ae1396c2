/** Structures that are given, as a mask or by themselves, against the weights of a layer. */
import { ShiftloomError } from '../errors.js';
import { type BlockStructure, blockWeights, densePositions } from '../layer/blocks.js';
import { findBlocks } from './find.js';

/**
 * The structure of a 0/1 mask.
 * @param mask (outputs, inputs), row-major
 * @throws ShiftloomError('input') for values other than 0 and 1, for a mask without blocks, and for one whose blocks have holes
 */
export function structureOfMask(mask: ArrayLike<number>, outputs: number, inputs: number, place: string): BlockStructure {
  const wrong = Array.prototype.findIndex.call(mask, (m: number) => m !== 0 && m !== 1) as number;
  if (wrong >= 0) throw new ShiftloomError('input', place, `element [${Math.floor(wrong / inputs)}, ${wrong % inputs}] is ${mask[wrong]}; a mask has 0 and 1`);
  const found = findBlocks(Uint8Array.from(mask), outputs, inputs, {}, place);
  if (found.nonZero === blockWeights(found.structure)) return found.structure;
  const holes = blockWeights(found.structure) - found.nonZero;
  const first = densePositions(found.structure).find((position) => mask[position] === 0)!;
  throw new ShiftloomError(
    'input', place, `is not block-structured: zeros inside its ${found.components} blocks: ${holes}, the first at [${Math.floor(first / inputs)}, ${first % inputs}]`,
    'Fill its blocks with ones, or find the structure in the weights themselves',
  );
}

/** What of a matrix lies outside of the blocks. */
export interface Outside {
  readonly weights: number;
  /** Share of the sum of squares. */
  readonly energy: number;
}

/**
 * Counts weights outside of a structure's blocks.
 * @param threshold weights outside that are as large or larger are refused; 0: any that is not zero
 * @throws ShiftloomError('input') if there are such weights
 */
export function checkOutside(weight: Float32Array | Float64Array, structure: BlockStructure, threshold: number, place: string): Outside {
  const inside = new Uint8Array(weight.length);
  for (const position of densePositions(structure)) inside[position] = 1;
  let [count, lost, energy, tooLarge, largest] = [0, 0, 0, 0, 0];
  for (let i = 0; i < weight.length; i++) {
    const w = Math.abs(weight[i]);
    energy += w * w;
    if (w === 0 || inside[i]) continue;
    count++;
    lost += w * w;
    if (w >= threshold) tooLarge++;
    largest = Math.max(largest, w);
  }
  const share = energy > 0 ? lost / energy : 0;
  if (tooLarge === 0) return { weights: count, energy: share };
  throw new ShiftloomError(
    'input', place, `is not zero outside of the blocks: ${tooLarge} weights, the largest ${Number(largest.toPrecision(3))}, with ${(100 * share).toPrecision(3)} % of the energy`,
    `Train it under this mask, or drop them by a larger threshold`,
  );
}
