/** `shiftloom import`: what a model file holds, or layers of it as float layer files. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import type { FloatActivation } from '../import/float_layer.js';
import { writeFloatLayer } from '../import/float_layer_file.js';
import type { ImportRequest } from '../import/importer.js';
import { describeModel, importLayer, importerFor } from '../import/registry.js';
import type { FlowContext } from '../flow/context.js';
import { importModel } from '../flow/import_model.js';
import type { CalibrationRequest } from '../flow/record_layers.js';
import type { CommandSpec } from './command.js';
import { importedText, layerText, listingText } from './import_text.js';
import { numberList, oneOf, realNumber, wholeNumber } from './options.js';
import type { CommandResult } from './terminal.js';

interface ImportFlags {
  readonly layer?: string;
  readonly all?: boolean;
  readonly inputShape?: Record<string, number[]>;
  readonly calibrate?: Record<string, string>;
  readonly calibrateLayout?: 'NCHW' | 'NHWC';
  readonly calibrateFrames?: number;
  readonly sampleFrames?: number;
  readonly seed?: number;
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
  new Option('--out <file|folder>', 'float layer file to write, x.float.json; tensors go beside it. ONNX: also a folder'),
  new Option('--list', 'list the layers that the file holds, and write nothing; what an ONNX model without --out gets'),
  new Option('--layer <name>', 'ONNX: the layer to import, by the name of its node or output'),
  new Option('--all', 'ONNX: import every layer that the hardware can do'),
  new Option('--input-shape <name=shape>', 'ONNX: shape of an input whose dimensions are open, e.g. image=1,3,224,224; may be given again').argParser(inputShape),
  new Option('--calibrate <file>', 'ONNX: .npy file of model inputs, (N,C,H,W) or (N,H,W,C); the model runs on them and each layer gets what it was given as calibration and sample. NAME=FILE, again for each, if the model has several inputs').argParser(frameFile),
  new Option('--calibrate-layout <order>', 'NCHW or NHWC; by the shape if left out').argParser(oneOf('--calibrate-layout', ['NCHW', 'NHWC'])),
  new Option('--calibrate-frames <n>', 'record at most so many frames, a seeded choice').argParser(wholeNumber('--calibrate-frames', 1)),
  new Option('--sample-frames <n>', 'frames that become the sample, held out of the calibration (default 2)').argParser(wholeNumber('--sample-frames', 1)),
  new Option('--seed <s>', 'seed of the choice of frames (default 1)').argParser(wholeNumber('--seed', 0)),
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
  summary: 'Import trained layers: ONNX, .npy, .safetensors, a TensorFlow.js weights manifest, or a float layer JSON.',
  args: [['<source>', 'model or tensor file']],
  options,
  example: [
    'shiftloom import model.onnx',
    'shiftloom import model.onnx --layer conv1 --calibrate inputs.npy --out layers',
    'shiftloom import model.safetensors --weight conv1.weight --input-size 28,28 --pads 1 --activation relu --out conv1.float.json',
  ].join('\n'),
  run: async ([source], flags, context) => runImport(source, flags, context),
};

async function runImport(source: string, flags: ImportFlags, context: FlowContext): Promise<CommandResult> {
  const { format } = await importerFor(source);
  const onnx = format === 'ONNX';
  for (const [option, given] of [['--all', flags.all], ['--layer', flags.layer], ['--input-shape', flags.inputShape], ['--calibrate', flags.calibrate]] as const) {
    if (given && !onnx) throw new ShiftloomError('usage', option, `is for ONNX models; ${source} is of the format ${format}`, 'Leave it out');
  }
  if (flags.all && (flags.layer !== undefined || flags.weight !== undefined || flags.name !== undefined)) {
    throw new ShiftloomError('usage', '--all', 'is every layer under its own name; it goes with neither --layer, --weight nor --name', 'Leave one out');
  }
  const choice = flags.all || flags.layer !== undefined || flags.weight !== undefined;
  if (flags.list || (onnx && flags.out === undefined && !choice)) return listLayers(source, requestOf(flags));
  return onnx ? importOnnx(source, flags, context) : importOne(source, flags);
}

async function listLayers(source: string, request: ImportRequest): Promise<CommandResult> {
  const listing = await describeModel(source, request);
  return { json: { source, ...listing }, text: listingText(source, listing) };
}

async function importOnnx(source: string, flags: ImportFlags, context: FlowContext): Promise<CommandResult> {
  const { out, all } = flags;
  if (out === undefined) throw new ShiftloomError('usage', '--out', 'is needed: the folder or float layer file to write', 'As in: --out layers');
  if (all && out.endsWith('.json')) throw new ShiftloomError('usage', '--out', `is '${out}'; --all writes many files`, 'Give a folder');
  const request = requestOf(flags);
  const { layers, skipped } = await importModel(source, { layer: request.layer, all, out, request, calibrate: calibrationOf(flags) }, context);
  const json = layers.map(({ layer, ...facts }) => ({ ...facts, ...layer }));
  return { json: all ? { layers: json, skipped } : json[0], text: importedText(layers, skipped) };
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
  const text = layerText(out, layer, weights, layer.sample?.frames ?? 0, layer.calibration?.frames ?? 0);
  return { json: { file: out, name, kind, input, outChannels, kernel, strides, pads, dilations, groups, activation, weights, source: layer.source }, text };
}

function calibrationOf(flags: ImportFlags): CalibrationRequest | undefined {
  const { calibrate, calibrateLayout, calibrateFrames, sampleFrames, seed } = flags;
  const options = { '--calibrate-layout': calibrateLayout, '--calibrate-frames': calibrateFrames, '--sample-frames': sampleFrames, '--seed': seed };
  const stray = Object.entries(options).find(([, value]) => value !== undefined);
  if (!calibrate && stray) throw new ShiftloomError('usage', stray[0], 'goes with --calibrate, which is not given', 'Leave it out, or give frames');
  if (calibrate && (flags.sample !== undefined || flags.calibration !== undefined)) {
    throw new ShiftloomError('usage', '--calibrate', 'records sample and calibration; --sample and --calibration give others', 'Leave one out');
  }
  return calibrate && { inputs: calibrate, layout: calibrateLayout, frames: calibrateFrames, sampleFrames, seed };
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
    layer: flags.layer ?? flags.weight,
    inputShapes: flags.inputShape,
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

/** `NAME=1,3,224,224`; names of values may hold everything but the last `=`. */
function inputShape(text: string, before: Record<string, number[]> = {}): Record<string, number[]> {
  const at = text.lastIndexOf('=');
  const shape = text.slice(at + 1).split(/[,x]/).map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : NaN));
  if (at < 1 || shape.some((n) => !(n >= 1))) throw new ShiftloomError('usage', '--input-shape', `is '${text}'; allowed: NAME=1,3,224,224 with whole numbers from 1`);
  return { ...before, [text.slice(0, at)]: shape };
}

/** `FILE`, or `NAME=FILE` for a model with several inputs. */
function frameFile(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  return { ...before, [text.slice(0, Math.max(0, at))]: text.slice(at + 1) };
}

function parseActivation(text: string): FloatActivation {
  if (text === 'none' || text === 'relu') return { kind: text };
  if (text === 'relu6') return { kind: 'clip', min: 0, max: 6 };
  const [word, min, max, ...rest] = text.split(':');
  const bounds = [min, max].map((part) => (part === undefined || part.trim() === '' ? NaN : Number(part)));
  if (word === 'clip' && rest.length === 0 && bounds[0] < bounds[1]) return { kind: 'clip', min: bounds[0], max: bounds[1] };
  throw new ShiftloomError('usage', '--activation', `is '${text}'; allowed: none, relu, relu6, clip:MIN:MAX with MIN below MAX`);
}
