/** Reading a layer file, ready for use. */
import type { Layer } from '../layer/layer.js';
import { readStoredLayer } from '../layer/read.js';
import { expandLayer } from './expand.js';

/**
 * Reads a layer file (`*.layer.json`) and the tensors it names, relative to its own folder. Factors of a `cp` layer and blocks
 * of a `block_permuted` one are expanded: the layer then has a scalar encoding and integer weights, and what was stored beside them.
 * @throws ShiftloomError('input') naming file, JSON path or tensor, value and what is allowed.
 */
export async function readLayer(path: string): Promise<Layer> {
  return expandLayer(await readStoredLayer(path), path);
}
