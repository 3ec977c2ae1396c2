/** Writing a compressed layer description: checked as on reading, complete or not at all, the same bytes every time. */
import { basename, dirname, join } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { blockTensorMap } from './block_tensors.js';
import { writeStaged } from './files.js';
import { formatJson } from './json_text.js';
import { factorTensorMap } from './factor_tensors.js';
import { type Geometry, type SampleFrames, type StoredTensors, geometryOf } from './layer.js';
import { encodeNpy } from './npy.js';
import { parseDescription } from './read.js';
import { groupCount } from './representable.js';
import { encodeSafetensors } from './safetensors.js';
import { type LayerDescription, SCHEMA_FILE, SCHEMA_REFERENCE, type ScalarEncoding } from './schema.js';
import { schemaReference } from './schema_reference.js';
import type { DType, Tensor } from './tensor.js';
import { checkTensors } from './tensor_rules.js';
import { weightType } from './weight_values.js';

/** A description before it is written: `tensors` and `sample` are set by the writer, `$schema` always. */
export type DescriptionToWrite = Omit<LayerDescription, '$schema' | 'tensors' | 'sample'> & Partial<Pick<LayerDescription, 'tensors' | 'sample'>>;

/** File names beside a layer file: `conv.layer.json` has `conv.safetensors` and `conv.sample.npy`. */
export function companionNames(path: string): { tensors: string; sample: string } {
  const base = basename(path).replace(/(\.layer)?\.json$/, '');
  return { tensors: `${base}.safetensors`, sample: `${base}.sample.npy` };
}

/**
 * Writes the JSON at `path`, its tensors and the sample beside it. Everything is checked first, as `readLayer` would.
 * @param tensors of a description with encoding `cp` those with `factors`, with `block_permuted` those with `blocks`, of any other those with `weight`
 * @returns the description as written.
 * @throws ShiftloomError if the layer would be refused on reading, or the folder can't be written.
 */
export async function writeLayer(
  path: string,
  description: DescriptionToWrite,
  tensors: StoredTensors,
  sample?: SampleFrames,
): Promise<LayerDescription> {
  const names = companionNames(path);
  const complete = { ...description, $schema: schemaReference(path, SCHEMA_FILE, SCHEMA_REFERENCE), tensors: names.tensors, sample: sample ? names.sample : undefined };
  const parsed = parseDescription(complete, path);
  const geometry = geometryOf(parsed);
  const stored = tensorMap(parsed, geometry, tensors);
  checkTensors(parsed, geometry, stored, path);
  const files: { path: string; content: string | Uint8Array }[] = [
    { path: join(dirname(path), names.tensors), content: encodeSafetensors(stored, path) },
  ];
  if (sample) files.push({ path: join(dirname(path), names.sample), content: sampleBytes(parsed, sample, path) });
  files.push({ path, content: formatJson(inFileOrder(parsed)) });
  await writeStaged(files);
  return parsed;
}

/** What tells the file's kind comes first. */
function inFileOrder({ $schema, format, version, ...rest }: LayerDescription): object {
  return { $schema, format, version, ...rest };
}

/** Tensors by name in file order, each in the smallest type that holds every value its encoding allows. */
function tensorMap(d: LayerDescription, g: Geometry, tensors: StoredTensors): Map<string, Tensor> {
  const O = g.outChannels;
  const map = ownTensorMap(d, g, tensors);
  map.set('bias', { dtype: 'int32', shape: [O], data: tensors.bias });
  if (d.requantize.form === 'multiplier') map.set('multiplier', { dtype: 'int32', shape: [O], data: tensors.multiplier });
  map.set('shift', { dtype: 'uint8', shape: [O], data: tensors.shift });
  return map;
}

function ownTensorMap(d: LayerDescription, g: Geometry, tensors: StoredTensors): Map<string, Tensor> {
  if (d.weights.encoding === 'cp') return factorTensorMap(d.weights, d, g, tensors.factors);
  if (d.weights.encoding === 'block_permuted') return blockTensorMap(d.weights, tensors.blocks);
  return weightTensorMap(d, g, tensors);
}

function weightTensorMap(d: LayerDescription, g: Geometry, { weight, exponent }: StoredTensors): Map<string, Tensor> {
  const kernel = d.kind === 'linear' ? [] : [g.kernelHeight, g.kernelWidth];
  const encoding = d.weights as ScalarEncoding;
  const map = new Map<string, Tensor>();
  if (weight) map.set('weight', { dtype: weightType(encoding), shape: [g.outChannels, g.groupInChannels, ...kernel], data: weight });
  if (encoding.encoding === 'bpot' && exponent) {
    const groups = groupCount(g.groupInChannels, encoding.groupSize);
    map.set('exponent', { dtype: 'uint8', shape: [g.outChannels, groups, ...kernel], data: exponent });
  }
  return map;
}

function sampleBytes(d: LayerDescription, sample: SampleFrames, path: string): Uint8Array {
  const { bits, signed, height, width, channels } = d.input;
  const [low, high] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const outside = sample.data.findIndex((x) => !(x >= low && x <= high));
  if (outside >= 0) {
    throw new ShiftloomError('input', `${path} sample`, `value ${outside} is ${sample.data[outside]}; allowed: integers ${low}..${high}`);
  }
  const dtype = `${signed ? '' : 'u'}int${bits <= 8 ? 8 : 16}` as DType;
  return encodeNpy({ dtype, shape: [sample.frames, height, width, channels], data: sample.data }, path);
}
