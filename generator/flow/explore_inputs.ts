/** What is explored: a compressed layer, or a float layer compressed to several encodings. */
import { compressLayer } from '../compress/compress.js';
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { geometryOf } from '../layer/layer.js';
import { layerSchema } from '../layer/schema.js';
import { breathe, type FlowContext } from './context.js';
import { namedEncodings } from './encoding_names.js';
import { isFloatLayer, openFloatLayer, openLayer } from './layers.js';

export interface ExploreInput {
  readonly label: string;
  readonly layer: Layer;
  readonly weightSqnrDb?: number | null;
}

const DEFAULT_ENCODINGS = 'pot,apot,bpot,uniform4';

/**
 * The layers of a file: itself if it is compressed, else one for each encoding.
 * @throws ShiftloomError 'usage' if encodings are asked of a compressed layer
 */
export async function exploreInputs(file: string, encodings: string | undefined, context: FlowContext = {}): Promise<ExploreInput[]> {
  const named = namedEncodings(encodings ?? DEFAULT_ENCODINGS);
  if (!(await isFloatLayer(file))) {
    if (encodings !== undefined) throw new ShiftloomError('usage', '--encodings', `${file} is compressed already`, 'Leave it out, or give the float layer');
    const layer = await openLayer(file);
    return [{ label: layer.description.weights.encoding, layer }];
  }
  const float = await openFloatLayer(file);
  const inputs: ExploreInput[] = [];
  for (const { name, encoding } of named) {
    context.onProgress?.({ stage: 'compress', message: name });
    await breathe(context);
    const { description, tensors, sample, stats } = compressLayer(float, { encoding });
    const checked = layerSchema.parse({ ...description, tensors: `${float.name}.safetensors` });
    inputs.push({ label: name, layer: { description: checked, geometry: geometryOf(checked), tensors, sample }, weightSqnrDb: stats.weightSqnrDb });
  }
  return inputs;
}
