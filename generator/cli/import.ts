/** `shiftloom import`: a layer of a model file as a float layer file. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import type { FloatActivation } from '../import/float_layer.js';
import { writeFloatLayer } from '../import/float_layer_file.js';
import type { ImportRequest } from '../import/importer.js';
import { importLayer, importerFor, listModel } from '../import/registry.js';
import type { CommandSpec } from './command.js';
import { numberList, oneOf, realNumber, wholeNumber } from './options.js';
import { aligned, count, type CommandResult } from './terminal.js';

interface ImportFlags {
  readonly weight?: string;
  readonly bias?: string;
  readonly list?: boolean;
  readonly out?: string;
  readonly name?: string;
  readonly inputSize?: number[];
  readonly strides?: number[];
  readonly pads?: number[];
  readonly dilations?: number[];
  readonly groups?: number;
  readonly activation?: FloatActivation;
  readonly layout?: 'OIHW' | 'HWIO';
  readonly sample?: string;
  readonly calibration?: string;
  readonly inputScale?: number;
  readonly inputBits?: number;
  readonly inputZeroPoint?: number;
  readonly inputSigned?: boolean;
  readonly outputScale?: number;
}

const positive = (option: string) => realNumber(option, 'numbers above 0', (value) => value > 0);

const options = [
  new Option('--out <file>', 'float layer file to write, x.float.json; tensors go beside it'),
  new Option('--list', 'list the layers that the file holds, and write nothing'),
  new Option('--weight <name>', 'tensor or layer to import, if the file holds several'),
  new Option('--bias <name>', 'bias tensor; found by custom if left out'),
  new Option('--name <identifier>', 'name of the layer, the prefix of every emitted module'),
  new Option('--input-size <h,w>', 'height and width of the input map').argParser(numberList('--input-size', '16,16', [1, 2])),
  new Option('--strides <h,w>', 'strides').argParser(numberList('--strides', '2,2', [1, 2])),
  new Option('--pads <t,l,b,r>', 'top, left, bottom, right; one number for all four').argParser(numberList('--pads', '1,1,1,1', [1, 4])),
  new Option('--dilations <h,w>', 'dilations').argParser(numberList('--dilations', '1,1', [1, 2])),
  new Option('--groups <n>', 'convolution groups').argParser(wholeNumber('--groups', 1)),
  new Option('--activation <kind>', 'none, relu, relu6 or clip:MIN:MAX in real units').argParser(parseActivation),
  new Option('--layout <order>', 'OIHW (PyTorch, ONNX) or HWIO (TensorFlow); by the format if left out').argParser(oneOf('--layout', ['OIHW', 'HWIO'])),
  new Option('--sample <file>', '.npy file of input frames, (H,W,C) or (N,H,W,C)'),
  new Option('--calibration <file>', '.npy file of recorded input frames that compress --calibrate learns from'),
  new Option('--input-scale <x>', 'real value of one input unit').argParser(positive('--input-scale')),
  new Option('--input-bits <n>', 'bits of an input').argParser(wholeNumber('--input-bits', 1, 16)),
  new Option('--input-zero-point <n>', 'zero point of the input').argParser(wholeNumber('--input-zero-point', -32768, 65535)),
  new Option('--input-signed', 'inputs are two\'s complement'),
  new Option('--output-scale <x>', 'real value of one output unit; found by compress if left out').argParser(positive('--output-scale')),
];

export const importCommand: CommandSpec<ImportFlags> = {
  name: 'import',
  summary: 'Import a trained layer: .npy, .safetensors, a TensorFlow.js weights manifest, or a float layer JSON.',
  args: [['<source>', 'model or tensor file']],
  options,
  example: 'shiftloom import model.safetensors --list\nshiftloom import model.safetensors --weight conv1.weight --input-size 28,28 --pads 1 --activation relu --out conv1.float.json',
  run: async ([source], flags) => (flags.list ? listLayers(source) : importOne(source, flags)),
};

async function listLayers(source: string): Promise<CommandResult> {
  const { format } = await importerFor(source);
  const layers = await listModel(source);
  const rows = layers.map((l) => [l.name, `${l.kind}  (${l.shape.join(', ')})  ${count(l.parameters)} weights${l.refusal ? `  ${l.refusal}` : ''}`] as const);
  return { json: { source, format, layers }, text: rows.length === 0 ? `${source}: no kernels` : `${source} (${format})\n${aligned(rows)}` };
}

async function importOne(source: string, flags: ImportFlags): Promise<CommandResult> {
  const { out } = flags;
  if (out === undefined) throw new ShiftloomError('usage', '--out', 'is needed: the float layer file to write', 'As in: --out conv1.float.json');
  if (!out.endsWith('.json')) throw new ShiftloomError('usage', '--out', `is '${out}'; allowed: a file that ends in .float.json`);
  const layer = await importLayer(source, requestOf(flags));
  await mkdir(path.dirname(out), { recursive: true });
  await writeFloatLayer(out, layer);
  const { name, kind, input, outChannels, kernel, strides, pads, dilations, groups, activation } = layer;
  const weights = layer.weight.length;
  const text = [
    `${name}: ${count(weights)} weights in ${out}`,
    aligned([
      ['input', `${input.height} x ${input.width} x ${input.channels}${layer.sample ? `, ${layer.sample.frames} sample frame(s)` : ''}${layer.calibration ? `, ${layer.calibration.frames} calibration frame(s)` : ''}`],
      ['output', `${outChannels} channels, ${activation.kind}`],
      kind === 'conv2d' ? ['kernel', `${kernel.join('x')}, strides ${strides.join('x')}, pads ${pads.join(',')}, dilations ${dilations.join('x')}, groups ${groups}`] : undefined,
    ]),
  ].join('\n');
  return { json: { file: out, name, kind, input, outChannels, kernel, strides, pads, dilations, groups, activation, weights, source: layer.source }, text };
}

function requestOf(flags: ImportFlags): ImportRequest {
  const pair = (values?: number[]) => values && ([values[0], values[values.length - 1]] as const);
  const { inputScale, inputBits, inputZeroPoint, inputSigned, outputScale, pads } = flags;
  const inputFormat = {
    ...(inputScale === undefined ? {} : { scale: inputScale }),
    ...(inputBits === undefined ? {} : { bits: inputBits }),
    ...(inputZeroPoint === undefined ? {} : { zeroPoint: inputZeroPoint }),
    ...(inputSigned ? { signed: true } : {}),
  };
  return {
    layer: flags.weight,
    bias: flags.bias,
    name: flags.name,
    inputSize: pair(flags.inputSize),
    strides: pair(flags.strides),
    pads: pads && (pads.length === 1 ? [pads[0], pads[0], pads[0], pads[0]] : [pads[0], pads[1], pads[2], pads[3]]),
    dilations: pair(flags.dilations),
    groups: flags.groups,
    activation: flags.activation,
    weightLayout: flags.layout,
    samplePath: flags.sample,
    calibrationPath: flags.calibration,
    inputFormat: Object.keys(inputFormat).length > 0 ? inputFormat : undefined,
    outputFormat: outputScale === undefined ? undefined : { scale: outputScale },
  };
}

function parseActivation(text: string): FloatActivation {
  if (text === 'none' || text === 'relu') return { kind: text };
  if (text === 'relu6') return { kind: 'clip', min: 0, max: 6 };
  const [word, min, max, ...rest] = text.split(':');
  const bounds = [min, max].map((part) => (part === undefined || part.trim() === '' ? NaN : Number(part)));
  if (word === 'clip' && rest.length === 0 && bounds[0] < bounds[1]) return { kind: 'clip', min: bounds[0], max: bounds[1] };
  throw new ShiftloomError('usage', '--activation', `is '${text}'; allowed: none, relu, relu6, clip:MIN:MAX with MIN below MAX`);
}
