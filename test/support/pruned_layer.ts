/** Small layers with n:m structure, and foldings for them. */
import { compressLayer } from '../../generator/compress/compress.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { layerSchema } from '../../generator/layer/schema.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { floatLayer } from '../compress/layers.js';

/** A layer pruned to n of m input channels. */
export function prunedLayer(n: number, m: number, change: Partial<FloatLayer>, encoding: CompressOptions['encoding']): Layer {
  const { description, tensors } = compressLayer(floatLayer(n + m, change), { encoding, prune: { n, m } });
  const parsed = layerSchema.parse({ ...description, tensors: 'none' });
  return { description: parsed, geometry: geometryOf(parsed), tensors };
}

export const foldedLanes = (oc: number, ic: number, pixel: number, more: Partial<Lanes> = {}): Lanes => ({ oc, ic, pixel, kind: 'lut', ...more });
