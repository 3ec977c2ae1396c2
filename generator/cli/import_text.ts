/** What `shiftloom import` prints: lists of layers and the layers that were written. */
import type { FloatLayer } from '../import/float_layer.js';
import type { ModelLayer, ModelListing } from '../import/importer.js';
import type { ImportedModel } from '../flow/import_model.js';
import { aligned, count } from './terminal.js';

/** Layers of a model with their shapes, work and size, and what keeps any of them from the hardware. */
export function listingText(source: string, { format, layers, inputs, operators }: ModelListing): string {
  const open = openInputs(layers, inputs ?? []);
  const lines = layers.length === 0 ? [`${source}: no ${format === 'ONNX' ? 'layers' : 'kernels'}`] : [`${source} (${format})`, ...open, aligned(layers.map((l) => [l.name, modelLayerText(l)] as const))];
  if (inputs && inputs.length > 0) lines.push('inputs', aligned(inputs.map(({ name, shape }) => [name, shapeOf(shape)] as const)));
  if (operators && operators.length > 0) {
    lines.push('other operators', aligned(operators.map(({ operator, count: n, note }) => [operator, `${String(n).padStart(4)}  ${note}`] as const)));
  }
  return lines.join('\n');
}

/** A refusal that the shape of a model's input brings, which is then told once for the whole model. */
const OPEN = /dimension \d+ of the input '[^']*' is open|the input '[^']*' has no shape in the model/;

/** What to do about inputs whose shape is open: without it no layer's map or work is known. */
function openInputs(layers: readonly ModelLayer[], inputs: NonNullable<ModelListing['inputs']>): string[] {
  if (!layers.some(({ refusal }) => refusal !== undefined && OPEN.test(refusal))) return [];
  const open = inputs.filter(({ shape }) => shape.length === 0 || shape.slice(1).some((size) => typeof size !== 'number'));
  return open.map(({ name, shape }) => {
    if (shape.length === 0) return `  The model declares no shape for its input '${name}'. Give it to see maps and work, and to import: --input-shape ${name}=1,3,224,224`;
    const example = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? 1 : 224)).join(',');
    return `  The shape of input '${name}' is open: (${shape.join(', ')}). Give it to see maps and work, and to import: --input-shape ${name}=${example}`;
  });
}

function shapeOf(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'no shape declared' : `(${shape.join(', ')})`;
}

function modelLayerText(layer: ModelLayer): string {
  const { input, output, macs, fused = [], quantized } = layer;
  const sizes = input && output ? `  ${input.join('x')} -> ${output.join('x')}` : '';
  const work = macs === undefined ? '' : `  ${count(macs)} MACs`;
  const parts = [...(quantized ? ['quantized'] : []), ...(fused.length > 0 ? [`with ${fused.join(', ')}`] : [])];
  const text = `${layer.kind}  (${layer.shape.join(', ')})${sizes}${work}  ${count(layer.parameters)} weights${parts.length > 0 ? `  ${parts.join(', ')}` : ''}`;
  if (layer.refusal === undefined) return text;
  return OPEN.test(layer.refusal) ? `${text}  waits for the shape of the model's input` : `${text}  NOT SUPPORTED: ${layer.refusal}`;
}

/** A written layer: its file, its input and output, its geometry. */
export function layerText(
  file: string, layer: Omit<FloatLayer, 'weight' | 'bias' | 'weightScale' | 'sample' | 'calibration'>, weights: number, sampleFrames: number, calibrationFrames: number,
): string {
  const { name, kind, input, outChannels, kernel, strides, pads, dilations, groups, activation } = layer;
  const frames = [sampleFrames > 0 ? `, ${sampleFrames} sample frame(s)` : '', calibrationFrames > 0 ? `, ${calibrationFrames} calibration frame(s)` : ''].join('');
  return [
    `${name}: ${count(weights)} weights in ${file}`,
    aligned([
      ['input', `${input.height} x ${input.width} x ${input.channels}${frames}`],
      ['output', `${outChannels} channels, ${activation.kind}`],
      kind === 'conv2d' ? ['kernel', `${kernel.join('x')}, strides ${strides.join('x')}, pads ${pads.join(',')}, dilations ${dilations.join('x')}, groups ${groups}`] : undefined,
    ]),
  ].join('\n');
}

/** Layers that were written, and those that were left out with the reason. */
export function importedText(layers: ImportedModel['layers'], skipped: ImportedModel['skipped']): string {
  const written = layers.map(({ file, layer, weights, sampleFrames, calibrationFrames }) => layerText(file, layer, weights, sampleFrames, calibrationFrames));
  const left = skipped.length > 0 ? [`left out`, aligned(skipped.map(({ name, reason }) => [name, reason] as const))] : [];
  return [...written, ...left].join('\n');
}
