/** Rules between the keys of a `block_permuted` description: which layers it fits, and how many blocks. */
import { ShiftloomError } from '../errors.js';
import type { BlockPermutedEncoding, LayerDescription } from './schema.js';

/** @throws ShiftloomError('input') for contradictions between a `block_permuted` encoding's keys and its layer. */
export function checkBlockRules(d: LayerDescription, weights: BlockPermutedEncoding, place: string): void {
  const fail = (path: string, message: string, wayOut: string): never => {
    throw new ShiftloomError('input', `${place} ${path}`, message, wayOut);
  };
  if (d.kind !== 'linear') {
    fail('$.weights.encoding', "is 'block_permuted' in a conv2d layer; blocks are for the matrix of a linear layer", "Use kind 'linear' behind a flattened map, or another encoding");
  }
  if (d.sparsity) {
    fail('$.sparsity', "cannot be declared for encoding 'block_permuted': its blocks are the structure", 'Leave it out');
  }
  const fewest = Math.min(d.input.channels, d.output.channels);
  if (weights.blocks > fewest) {
    const side = d.input.channels <= d.output.channels ? 'inputs' : 'outputs';
    fail('$.weights.blocks', `is ${weights.blocks}, more than the ${fewest} ${side}; each block has at least one input and one output`, `Give at most ${fewest}`);
  }
}
