/** What is explored: a compressed layer, or a float layer compressed to several encodings. */
import { compressLayer } from '../compress/compress.js';
import type { EncodingChoice } from '../compress/options.js';
import { ShiftloomError, nearestName } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { geometryOf } from '../layer/layer.js';
import { layerSchema } from '../layer/schema.js';
import { breathe, type FlowContext } from './context.js';
import { isFloatLayer, openFloatLayer, openLayer } from './layers.js';

export interface ExploreInput {
  readonly label: string;
  readonly layer: Layer;
  readonly weightSqnrDb?: number | null;
}

const NAMES = ['pot', 'apot', 'bpot', 'csd', ...[2, 3, 4, 5, 6, 7, 8].map((bits) => `uniform${bits}`)];
export const DEFAULT_ENCODINGS = 'pot,apot,bpot,uniform4';

/**
 * Names with commas between: `pot`, `apot`, `bpot`, `csd` (two digits) and `uniform2` to `uniform8`.
 * @throws ShiftloomError('usage')
 */
export function parseEncodings(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) throw new ShiftloomError('usage', '--encodings', `${name} is given twice`);
    if (NAMES.includes(name)) return;
    const near = nearestName(name, NAMES);
    throw new ShiftloomError('usage', '--encodings', `'${name}' is not one of ${NAMES.join(', ')}`, near ? `Did you mean '${near}'?` : 'As in: --encodings pot,apot,bpot,uniform4');
  });
  return names;
}

function choice(name: string): EncodingChoice {
  const uniform = /^uniform(\d)$/.exec(name);
  if (uniform) return { encoding: 'uniform', bits: Number(uniform[1]) };
  return name === 'csd' ? { encoding: 'csd', digits: 2 } : { encoding: name as 'pot' | 'apot' | 'bpot' };
}

/**
 * The layers of a file: itself if it is compressed, else one for each encoding.
 * @throws ShiftloomError 'usage' if encodings are asked of a compressed layer
 */
export async function exploreInputs(file: string, encodings: string | undefined, context: FlowContext = {}): Promise<ExploreInput[]> {
  const names = parseEncodings(encodings ?? DEFAULT_ENCODINGS);
  if (!(await isFloatLayer(file))) {
    if (encodings !== undefined) throw new ShiftloomError('usage', '--encodings', `${file} is compressed already`, 'Leave it out, or give the float layer');
    const layer = await openLayer(file);
    return [{ label: layer.description.weights.encoding, layer }];
  }
  const float = await openFloatLayer(file);
  const inputs: ExploreInput[] = [];
  for (const name of names) {
    context.onProgress?.({ stage: 'compress', message: name });
    await breathe(context);
    const { description, tensors, sample, stats } = compressLayer(float, { encoding: choice(name) });
    const checked = layerSchema.parse({ ...description, tensors: `${float.name}.safetensors` });
    inputs.push({ label: name, layer: { description: checked, geometry: geometryOf(checked), tensors, sample }, weightSqnrDb: stats.weightSqnrDb });
  }
  return inputs;
}
