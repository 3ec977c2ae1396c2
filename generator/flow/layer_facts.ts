/** What the report says about the layer itself, kept in the design's folder so that the layer's tensors are not needed again. */
import type { Layer } from '../layer/layer.js';
import type { LayerDescription } from '../layer/schema.js';
import { storedSize, type StoredSize } from '../report/stored_bits.js';

export interface LayerFacts {
  readonly format: 'shiftloom.layer_facts';
  readonly version: 1;
  readonly description: LayerDescription;
  readonly stored: StoredSize;
}

export function layerFacts(layer: Layer): LayerFacts {
  return { format: 'shiftloom.layer_facts', version: 1, description: layer.description, stored: storedSize(layer) };
}
