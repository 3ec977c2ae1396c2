import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../../generator/layer/npy.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { encodeSafetensors } from '../../generator/layer/safetensors.js';
import { type Fixture, asBlocks, asFactors, rightLayer, tensor, writeFixture } from './fixture.js';
import { messageOf } from './message.js';

/** Reads a changed layer; the folder is cut out of the message, which otherwise must match to the letter. */
async function refusal(change: (f: Fixture) => void, afterwards: (path: string) => void = () => {}): Promise<string> {
  const fixture = rightLayer();
  change(fixture);
  const path = writeFixture(fixture);
  afterwards(path);
  return (await messageOf(() => readLayer(path))).replaceAll(dirname(path) + '/', '');
}

/** The 5th weight's neighbourhood: [0, 0, 2, 0] in (6, 2, 3, 2). */
function setWeight(f: Fixture, value: number, position = 4): void {
  const { shape, data } = f.tensors.weight;
  f.tensors.weight = tensor('float64', [...shape], Float64Array.from(data, (v, i) => (i === position ? value : v)));
}
function withEncoding(f: Fixture, weights: object, fill = 0): void {
  f.description.weights = weights;
  f.tensors.weight = tensor('int32', [6, 2, 3, 2], new Int32Array(72).fill(fill));
}
function asLinear(f: Fixture): void {
  const { kernel: _k, strides: _s, pads: _p, dilations: _d, groups: _g, ...rest } = f.description;
  f.description = { ...rest, kind: 'linear', input: { channels: 4 } };
  f.tensors.weight = tensor('int8', [6, 4], new Int8Array(24));
  f.sample = undefined;
}

function asResidual(f: Fixture, shape: number[], values: number[]): void {
  asFactors(f, { residual: { maxShift: 4 } });
  f.tensors.residual = tensor('int32', shape, values);
}

type Case = [title: string, change: (f: Fixture) => void, message: string];

describe('a right layer', () => {
  it('is read; each case below changes it in one place', async () => {
    const layer = await readLayer(writeFixture(rightLayer()));
    expect(layer.tensors.weight[3]).toBe(64);
    expect(layer.sample?.frames).toBe(2);
  });
});

describe('keys', () => {
  it.each<Case>([
    ['an unknown key', (f) => (f.description.stride = [1, 1]), 'demo.layer.json $.stride: is not a known key. Did you mean "strides"?'],
    ['an unknown nested key', (f) => (f.description.input.chanels = 4), 'demo.layer.json $.input.chanels: is not a known key. Did you mean "channels"?'],
    ['a key unlike any', (f) => (f.description.requantize.rounding = 1), 'demo.layer.json $.requantize.rounding: is not a known key. Known keys here: form, bits'],
    ['a key of another encoding', (f) => (f.description.weights.groupSize = 8), 'demo.layer.json $.weights.groupSize: is not a known key. Known keys here: encoding, maxShift'],
    ['a missing key', (f) => delete f.description.output, 'demo.layer.json $.output: is missing; allowed: an object'],
    ['a missing nested key', (f) => delete f.description.input.channels, 'demo.layer.json $.input.channels: is missing; allowed: integers 1..65535'],
    ['another format', (f) => (f.description.format = 'onnx'), 'demo.layer.json $.format: is "onnx"; allowed: "shiftloom.layer"'],
    ['a later version', (f) => (f.description.version = 2), 'demo.layer.json $.version: is 2; allowed: 1'],
    ['an unknown kind', (f) => (f.description.kind = 'conv3d'), 'demo.layer.json $.kind: is "conv3d"; allowed: "conv2d", "linear". Did you mean "conv2d"?'],
    ['a name with capitals', (f) => (f.description.name = 'Conv 1'), 'demo.layer.json $.name: is "Conv 1"; allowed: text matching ^[a-z][a-z0-9_]{0,39}$'],
    ['text for a number', (f) => (f.description.input.bits = '8'), 'demo.layer.json $.input.bits: is "8"; allowed: integers 1..16'],
    ['a number out of range', (f) => (f.description.output.bits = 17), 'demo.layer.json $.output.bits: is 17; allowed: integers 1..16'],
    ['a fraction for an integer', (f) => (f.description.kernel = [3, 2.5]), 'demo.layer.json $.kernel[1]: is 2.5; allowed: integers 1..11'],
    ['too few numbers', (f) => (f.description.pads = [1, 1]), 'demo.layer.json $.pads: is [1,1]; allowed: a list of 4 integers 0..64'],
    ['a kernel too large for the hardware', (f) => (f.description.kernel = [13, 2]), 'demo.layer.json $.kernel[0]: is 13; allowed: integers 1..11'],
    ['a negative pad', (f) => (f.description.pads = [-1, 0, 0, 0]), 'demo.layer.json $.pads[0]: is -1; allowed: integers 0..64'],
    ['a scale of zero', (f) => (f.description.input.scale = 0), 'demo.layer.json $.input.scale: is 0; allowed: numbers above 0'],
    ['an unknown encoding', (f) => (f.description.weights = { encoding: 'bop' }), 'demo.layer.json $.weights.encoding: is "bop"; allowed: "uniform", "pot", "apot", "bpot", "csd", "codebook", "cp", "block_permuted". Did you mean "pot"?'],
    ['an unknown activation', (f) => (f.description.activation = { kind: 'gelu' }), 'demo.layer.json $.activation.kind: is "gelu"; allowed: "none", "relu", "clip". Did you mean "relu"?'],
    ['an unknown requantization', (f) => (f.description.requantize = { form: 'float' }), 'demo.layer.json $.requantize.form: is "float"; allowed: "multiplier", "power_of_two"'],
    ['a codebook of one level', (f) => (f.description.weights = { encoding: 'codebook', levels: [1] }), 'demo.layer.json $.weights.levels: is [1]; allowed: a list of 2 to 64 integers -16384..16384'],
    ['tensors that are neither a file nor a map', (f) => (f.description.tensors = 5), 'demo.layer.json $.tensors: is 5; allowed: text or an object'],
    ['a list for the whole file', (f) => (f.description = [] as never), 'demo.layer.json $: is []; allowed: an object'],
    [
      'several wrong keys at once',
      (f) => Object.assign(f.description, { groups: 0, pad: 1 }),
      'demo.layer.json: 2 problems:\n  $.groups: is 0; allowed: integers 1..65535\n  $.pad: is not a known key. Did you mean "pads"?',
    ],
  ])('refuses %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('rules between keys', () => {
  it.each<Case>([
    ['groups that do not divide the input', (f) => (f.description.groups = 3), 'demo.layer.json $.groups: is 3, which does not divide the 4 input channels'],
    ['groups that do not divide the output', (f) => (f.description.groups = 4), 'demo.layer.json $.groups: is 4, which does not divide the 6 output channels'],
    ['a kernel that fits nowhere', (f) => (f.description.dilations = [4, 1]), 'demo.layer.json $.kernel: spans 9 in height (dilation included), the padded input has 7: no output. Raise $.pads or $.input.height'],
    ['an input zero point out of range', (f) => (f.description.input.zeroPoint = 256), 'demo.layer.json $.input.zeroPoint: is 256; unsigned 8-bit activations are 0..255'],
    ['an output zero point out of range', (f) => Object.assign(f.description.output, { signed: true, bits: 4 }), 'demo.layer.json $.output.zeroPoint: is 10; signed 4-bit activations are -8..7'],
    ['clip bounds the wrong way round', (f) => (f.description.activation = { kind: 'clip', min: 9, max: 8 }), 'demo.layer.json $.activation: has min 9 above max 8'],
    ['clip bounds outside the output type', (f) => (f.description.activation = { kind: 'clip', min: 300, max: 400 }), "demo.layer.json $.activation: clips to 300..400, outside the output's 0..255"],
    ['a structure that leaves nothing out', (f) => (f.description.sparsity = { n: 4, m: 4 }), 'demo.layer.json $.sparsity: 4 of 4 leaves no weight out. Give n below m, or leave sparsity out'],
    ['codebook levels out of order', (f) => (f.description.weights = { encoding: 'codebook', levels: [-1, 0, 0, 4] }), 'demo.layer.json $.weights.levels[2]: is 0 after 0. Levels must ascend'],
    ['a linear layer on a map', (f) => (asLinear(f), (f.description.input.height = 7)), 'demo.layer.json $.input: is 7x1; a linear layer takes a flat vector. Give channels = height * width * channels, or use conv2d with a kernel as large as the map'],
    ['factors without structure', (f) => asFactors(f, { form: undefined }), 'demo.layer.json $.weights.form: is missing; allowed: "spatial", "separable", "matrix"'],
    ['a factor that the form lacks', (f) => asFactors(f, { form: 'separable' }), "demo.layer.json $.weights.factors.kernel: does not belong to form 'separable'. Its factors: output, input, kernelRow, kernelColumn"],
    ['a factor that is missing', (f) => asFactors(f, { factors: { output: { encoding: 'pot' }, input: { encoding: 'apot' } } }), "demo.layer.json $.weights.factors.kernel: is missing. Form 'spatial' has the factors output, input, kernel"],
    ['an encoding that factors cannot have', (f) => asFactors(f, { factors: { output: { encoding: 'csd' }, input: { encoding: 'pot' } } }), 'demo.layer.json $.weights.factors.output.encoding: is "csd"; allowed: "pot", "apot", "uniform"'],
    ['a matrix for a kernel', (f) => asFactors(f, { form: 'matrix', factors: { output: { encoding: 'pot' }, input: { encoding: 'pot' } } }), "demo.layer.json $.weights.form: is 'matrix', the kernel 3x2. Use 'spatial' or 'separable'"],
    ['blocks that do not divide the channels', (f) => asFactors(f, { blocks: 4 }), 'demo.layer.json $.weights.blocks: is 4, which does not divide the 6 output channels'],
    ['blocks that cut groups', (f) => asFactors(f, { blocks: 3 }), 'demo.layer.json $.weights.blocks: is 3, not a multiple of the 2 groups'],
    ['structure in factors', (f) => (asFactors(f, {}), (f.description.sparsity = { n: 1, m: 2 })), "demo.layer.json $.sparsity: cannot be declared for encoding 'cp': sums of factors have no zeros with structure. Leave it out"],
    ['blocks in a convolution', (f) => (f.description.weights = { encoding: 'block_permuted', blocks: 4, values: { encoding: 'pot' } }), "demo.layer.json $.weights.encoding: is 'block_permuted' in a conv2d layer; blocks are for the matrix of a linear layer. Use kind 'linear' behind a flattened map, or another encoding"],
    ['n:m structure in blocks', (f) => (asBlocks(f), (f.description.sparsity = { n: 1, m: 2 })), "demo.layer.json $.sparsity: cannot be declared for encoding 'block_permuted': its blocks are the structure. Leave it out"],
    ['more blocks than inputs', (f) => asBlocks(f, { blocks: 6 }), 'demo.layer.json $.weights.blocks: is 6, more than the 5 inputs; each block has at least one input and one output. Give at most 5'],
    ['more blocks than outputs', (f) => (asBlocks(f, { blocks: 7 }), (f.description.input.channels = 9)), 'demo.layer.json $.weights.blocks: is 7, more than the 6 outputs; each block has at least one input and one output. Give at most 6'],
    ['no blocks', (f) => asBlocks(f, { blocks: 0 }), 'demo.layer.json $.weights.blocks: is 0; allowed: integers 1..4096'],
    ['blocks of blocks', (f) => asBlocks(f, { values: { encoding: 'cp' } }), 'demo.layer.json $.weights.values.encoding: is "cp"; allowed: "uniform", "pot", "apot", "bpot", "csd", "codebook". Did you mean "csd"?'],
    ['levels of blocks out of order', (f) => asBlocks(f, { values: { encoding: 'codebook', levels: [3, 1] } }), 'demo.layer.json $.weights.values.levels[1]: is 1 after 3. Levels must ascend'],
  ])('refuses %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

/** Blocks with `bpot` values in groups of 2: 4 rows of one group, 2 rows of two. */
function asGroupedBlocks(f: Fixture, exponents: number[]): void {
  asBlocks(f, { values: { encoding: 'bpot', groupSize: 2, maxExponent: 3 } });
  f.tensors.weight = tensor('int8', [14], new Int8Array(14).fill(8, 12, 13));
  f.tensors.exponent = tensor('uint8', [exponents.length], exponents);
}

describe('tensors of blocks', () => {
  it.each<Case>([
    ['an input that is there twice', (f) => (asBlocks(f), (f.tensors.input_order.data[4] = 0)), "demo.layer.json tensor 'input_order': has 0 twice, at elements [1] and [4]; 2 is missing. An order has each of 0..4 once"],
    ['an output beyond the last', (f) => (asBlocks(f), (f.tensors.output_order.data[2] = 6)), "demo.layer.json tensor 'output_order': element [2] is 6; allowed: integers 0..5"],
    ['an order of another length', (f) => (asBlocks(f), (f.tensors.input_order = f.tensors.output_order)), "demo.layer.json tensor 'input_order': has shape (6,); the layer needs (5,)"],
    ['sizes that sum to something else', (f) => (asBlocks(f), (f.tensors.input_sizes.data[1] = 4)), "demo.layer.json tensor 'input_sizes': sums to 6; the layer has 5 inputs"],
    ['an empty block', (f) => (asBlocks(f), (f.tensors.output_sizes.data[0] = 0)), "demo.layer.json tensor 'output_sizes': element [0] is 0; allowed: integers 1..6"],
    ['sizes of other blocks', (f) => (asBlocks(f), (f.tensors.output_sizes = tensor('int32', [3], [2, 2, 2]))), "demo.layer.json tensor 'output_sizes': has shape (3,); the layer needs (2,)"],
    ['too few weights', (f) => (asBlocks(f), (f.tensors.weight = tensor('int8', [13], new Int8Array(13)))), "demo.layer.json tensor 'weight': has shape (13,); blocks of these sizes have 14 weights, flat, block after block"],
    ['a dense matrix', (f) => (asBlocks(f), (f.tensors.weight = tensor('int8', [6, 5], new Int8Array(30)))), "demo.layer.json tensor 'weight': has shape (6, 5); blocks of these sizes have 14 weights, flat, block after block"],
    ['a weight that the values cannot hold', (f) => (asBlocks(f), (f.tensors.weight.data[12] = 3)), "demo.layer.json tensor 'weight': element [12] (block 1, row 1, column 1) is 3; allowed: 0 and +-2^k with k = 0..6. Nearest: 2 and 4"],
    ['a weight that its group cannot hold', (f) => asGroupedBlocks(f, [3, 3, 3, 3, 3, 3, 0, 3]), "demo.layer.json tensor 'weight': element [12] (block 1, row 1, column 1) is 8; allowed: {0, +-1, +-2, +-4} * 2^0 (its group's exponent). Nearest: 4"],
    ['exponents of groups that cross blocks', (f) => asGroupedBlocks(f, [0, 0, 0, 0, 1, 1, 1]), "demo.layer.json tensor 'exponent': has shape (7,); blocks of these sizes have 8 groups of 2, flat, block after block"],
    ['an exponent too large', (f) => asGroupedBlocks(f, [0, 0, 0, 0, 1, 1, 1, 4]), "demo.layer.json tensor 'exponent': element [7] is 4; allowed: integers 0..3"],
    ['exponents beside values without', (f) => (asBlocks(f), (f.tensors.exponent = f.tensors.bias)), "demo.layer.json tensor 'exponent': does not belong to encoding 'block_permuted' of 'pot' values. Leave it out"],
    ['blocks without an order', (f) => (asBlocks(f), delete f.tensors.output_order), "demo.layer.json tensor 'output_order': is missing. A layer with encoding 'block_permuted' needs it"],
    ['an order beside a plain matrix', (f) => (asLinear(f), (f.tensors.input_order = f.tensors.bias)), "demo.layer.json tensor 'input_order': does not belong to encoding 'pot'. Leave it out"],
  ])('refuses %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('tensors of factors', () => {
  it.each<Case>([
    ['a weight tensor beside factors', (f) => (asFactors(f, {}), (f.tensors.weight = tensor('int8', [6, 2, 3, 2], new Int8Array(72)))), "demo.layer.json tensor 'weight': does not belong to encoding 'cp' of form 'spatial' without residual. Leave it out"],
    ['a missing factor', (f) => (asFactors(f, {}), delete f.tensors.factor_kernel), "demo.layer.json tensor 'factor_kernel': is missing. A layer with encoding 'cp' of this form needs it"],
    ['a factor of another shape', (f) => (asFactors(f, {}), (f.tensors.factor_input.shape = [2, 2, 3])), "demo.layer.json tensor 'factor_input': has shape (2, 2, 3); the layer needs (2, 3, 2)"],
    ['a value that a factor cannot hold', (f) => (asFactors(f, {}), (f.tensors.factor_output.data[4] = 3)), "demo.layer.json tensor 'factor_output': element [0, 1, 1] is 3; allowed: 0 and +-2^k with k = 0..6. Nearest: 2 and 4"],
    ['a recoding shift out of range', (f) => (asFactors(f, {}), (f.tensors.recode_shift.data[5] = 32)), "demo.layer.json tensor 'recode_shift': element [5] is 32; allowed: integers 0..31"],
    ['a residual that is not declared', (f) => (asFactors(f, {}), (f.tensors.residual = tensor('int32', [1, 3], [0, 1, 0]))), "demo.layer.json tensor 'residual': does not belong to encoding 'cp' of form 'spatial' without residual. Leave it out"],
    ['a residual of pairs', (f) => asResidual(f, [2, 2], [0, 1, 0, 1]), "demo.layer.json tensor 'residual': has shape (2, 2); a residual is (n, 3): position, sign, shift"],
    ['residual entries out of order', (f) => asResidual(f, [2, 3], [7, 1, 0, 6, 1, 0]), "demo.layer.json tensor 'residual': element [1, 0] is 6; allowed: positions 7..71, in ascending order"],
    ['a residual sign that is none', (f) => asResidual(f, [1, 3], [7, 0, 0]), "demo.layer.json tensor 'residual': element [0, 1] is 0; allowed: 1 and -1"],
    ['a residual shift out of range', (f) => asResidual(f, [1, 3], [7, -1, 5]), "demo.layer.json tensor 'residual': element [0, 2] is 5; allowed: shifts 0..4"],
    [
      'sums that need more than 48 bits',
      (f) => {
        const wide = { encoding: 'pot', maxShift: 14 };
        asFactors(f, { form: 'separable', factors: { output: wide, input: wide, kernelRow: wide, kernelColumn: wide } });
        for (const name of ['output', 'input', 'kernel_row', 'kernel_column']) f.tensors[`factor_${name}`].data.fill(2 ** 14);
      },
      'demo.layer.json: sums of block 0 may reach 2^57.6; below 2^47 is allowed. Use smaller factors: lower maxShift, fewer bits',
    ],
  ])('refuses %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('tensors', () => {
  it.each<Case>([
    ['a missing tensor', (f) => delete f.tensors.shift, "demo.layer.json tensor 'shift': is missing. A layer with any requantization needs it"],
    ['missing multipliers', (f) => delete f.tensors.multiplier, "demo.layer.json tensor 'multiplier': is missing. A layer with requantization form 'multiplier' needs it"],
    ['a misspelled tensor', (f) => ((f.tensors.biases = f.tensors.bias), delete f.tensors.bias), "demo.layer.json tensor 'biases': is not a known tensor. Did you mean 'bias'?"],
    ['an unknown tensor', (f) => (f.tensors.running_mean = f.tensors.bias), "demo.layer.json tensor 'running_mean': is not a known tensor. Known tensors: weight, multiplier, shift, bias"],
    ['multipliers beside power-of-two requantization', (f) => (f.description.requantize = { form: 'power_of_two' }), "demo.layer.json tensor 'multiplier': does not belong to requantization form 'power_of_two'. Leave it out"],
    ['exponents beside another encoding', (f) => (f.tensors.exponent = f.tensors.weight), "demo.layer.json tensor 'exponent': does not belong to encoding 'pot'. Leave it out"],
    ['missing exponents', (f) => withEncoding(f, { encoding: 'bpot' }), "demo.layer.json tensor 'exponent': is missing. A layer with encoding 'bpot' needs it"],
    ['weights in TensorFlow order', (f) => (f.tensors.weight = tensor('int8', [3, 2, 2, 6], new Int8Array(72))), "demo.layer.json tensor 'weight': has shape (3, 2, 2, 6); the layer needs (6, 2, 3, 2)"],
    ['linear weights of rank 4', (f) => (asLinear(f), (f.tensors.weight = tensor('int8', [6, 4, 1, 1], new Int8Array(24)))), "demo.layer.json tensor 'weight': has shape (6, 4, 1, 1); the layer needs (6, 4)"],
    ['a bias of the wrong length', (f) => (f.tensors.bias = tensor('int32', [4], new Int32Array(4))), "demo.layer.json tensor 'bias': has shape (4,); the layer needs (6,)"],
    ['shifts of the wrong length', (f) => (f.tensors.shift = tensor('uint8', [2], new Uint8Array(2))), "demo.layer.json tensor 'shift': has shape (2,); the layer needs (6,)"],
    ['weights that are no integers', (f) => setWeight(f, 0.5), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 0.5; allowed: integers only"],
    ['weights that are no numbers', (f) => setWeight(f, NaN), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is NaN; allowed: integers only"],
    ['an infinite bias', (f) => (f.tensors.bias = tensor('float32', [6], Float32Array.of(0, 1, Infinity, 0, 0, 0))), "demo.layer.json tensor 'bias': element [2] is Infinity; allowed: integers only"],
    ['a bias outside 32 bits', (f) => (f.tensors.bias = tensor('int64', [6], [0, 2 ** 31, 0, 0, 0, 0])), "demo.layer.json tensor 'bias': element [1] is 2147483648; allowed: integers -2147483648..2147483647"],
    ['a multiplier of zero', (f) => (f.tensors.multiplier = tensor('uint16', [6], [1, 1, 1, 1, 0, 1])), "demo.layer.json tensor 'multiplier': element [4] is 0; allowed: integers 1..65535"],
    ['a multiplier over its bits', (f) => (f.description.requantize.bits = 12), "demo.layer.json tensor 'multiplier': element [5] is 65535; allowed: integers 1..4095"],
    ['a shift over 47', (f) => (f.tensors.shift = tensor('uint8', [1], [48])), "demo.layer.json tensor 'shift': element [0] is 48; allowed: integers 0..47"],
    ['a negative shift', (f) => (f.tensors.shift = tensor('int8', [], [-1])), "demo.layer.json tensor 'shift': element [] is -1; allowed: integers 0..47"],
  ])('refuses %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('weights the encoding cannot hold', () => {
  it.each<Case>([
    ['uniform', (f) => (withEncoding(f, { encoding: 'uniform', bits: 4 }), setWeight(f, 8)), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 8; allowed: integers -8..7. Nearest: 7"],
    ['pot', (f) => setWeight(f, -12), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is -12; allowed: 0 and +-2^k with k = 0..6. Nearest: -16 and -8"],
    ['pot, far outside', (f) => setWeight(f, 2 ** 30), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 1073741824; allowed: 0 and +-2^k with k = 0..6. Nearest: 64"],
    ['apot', (f) => (withEncoding(f, { encoding: 'apot' }), setWeight(f, 5, 71)), "demo.layer.json tensor 'weight': element [5, 1, 2, 1] is 5; allowed: +-{0, 1, 2, 3, 4, 6, 8, 10}. Nearest: 4 and 6"],
    [
      'bpot with a value that is no multiple of its exponent',
      (f) => {
        withEncoding(f, { encoding: 'bpot', groupSize: 1 });
        f.tensors.exponent = tensor('uint8', [6, 2, 3, 2], new Uint8Array(72).fill(1));
        setWeight(f, 6);
      },
      "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 6; allowed: {0, +-1, +-2, +-4} * 2^1 (its group's exponent). Nearest: 4 and 8",
    ],
    [
      'bpot with an exponent too large',
      (f) => {
        withEncoding(f, { encoding: 'bpot', groupSize: 2, maxExponent: 3 });
        f.tensors.exponent = tensor('uint8', [6, 1, 3, 2], new Uint8Array(36).fill(4));
      },
      "demo.layer.json tensor 'exponent': element [0, 0, 0, 0] is 4; allowed: integers 0..3",
    ],
    [
      'bpot with exponents for another group size',
      (f) => {
        withEncoding(f, { encoding: 'bpot', groupSize: 1 });
        f.tensors.exponent = tensor('uint8', [6, 1, 3, 2], new Uint8Array(36));
      },
      "demo.layer.json tensor 'exponent': has shape (6, 1, 3, 2); the layer needs (6, 2, 3, 2)",
    ],
    ['csd needing one more digit', (f) => (withEncoding(f, { encoding: 'csd', digits: 2 }), setWeight(f, 11)), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 11; allowed: sums of up to 2 signed powers of two 2^k with k = 0..7. Nearest: 10 and 12"],
    ['codebook', (f) => (withEncoding(f, { encoding: 'codebook', levels: [-7, 0, 9] }), setWeight(f, 4)), "demo.layer.json tensor 'weight': element [0, 0, 2, 0] is 4; allowed: the 3 levels of the codebook. Nearest: 0 and 9"],
    [
      'a declared structure that the weights do not have',
      (f) => {
        f.description.sparsity = { n: 1, m: 2 };
        f.tensors.weight = tensor('int8', [6, 2, 3, 2], Int8Array.from({ length: 72 }, (_, i) => (i === 12 + 3 || i === 12 + 9 ? 1 : 0)));
      },
      "demo.layer.json tensor 'weight': has 2 non-zero weights in input channels 0..1 of output channel 1, kernel position [1, 1]; sparsity allows 1 of 2",
    ],
  ])('are refused: %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('samples', () => {
  it.each<Case>([
    ['of the wrong shape', (f) => (f.sample = tensor('uint8', [2, 4, 5, 5], new Uint8Array(200))), 'sample.npy: has shape (2, 4, 5, 5); the layer\'s input is (5, 5, 4) or (N, 5, 5, 4); N from 1, channels last'],
    ['without frames', (f) => (f.sample = tensor('uint8', [0, 5, 5, 4], new Uint8Array(0))), 'sample.npy: has shape (0, 5, 5, 4); the layer\'s input is (5, 5, 4) or (N, 5, 5, 4); N from 1, channels last'],
    ['out of range', (f) => (f.sample = tensor('int16', [5, 5, 4], new Int16Array(100).fill(-1, 7, 8))), 'sample.npy: element [0, 1, 3] is -1; allowed: integers 0..255'],
    ['in real units', (f) => (f.sample = tensor('float32', [5, 5, 4], new Float32Array(100).fill(0.25))), 'sample.npy: element [0, 0, 0] is 0.25; allowed: integers only'],
    ['of a linear layer in the wrong shape', (f) => (asLinear(f), (f.sample = tensor('uint8', [5], new Uint8Array(5)))), 'sample.npy: has shape (5,); the layer\'s input is (1, 1, 4) or (N, 1, 1, 4) or (4,) or (N, 4); N from 1, channels last'],
    ['in another format', (f) => ((f.description.sample = 'frames.png'), (f.sample = undefined)), 'demo.layer.json $.sample: is "frames.png"; allowed: a .npy file'],
  ])('are refused %s', async (_, change, message) => {
    expect(await refusal(change)).toBe(message);
  });
});

describe('files', () => {
  const change = () => {};
  const text = (content: string | Uint8Array) => (path: string) => writeFileSync(path, content);
  const inPlaceOf = (name: string, content: Uint8Array) => (path: string) => writeFileSync(join(dirname(path), name), content);
  const weights = encodeNpy(rightLayer().tensors.weight);
  it.each<[string, (f: Fixture) => void, (path: string) => void, string]>([
    ['a tensor file that is missing', (f) => (f.description.tensors.bias = 'b.npy'), change, 'b.npy: no such file'],
    ['a tensor file that is a folder', (f) => (f.description.tensors = '../x.safetensors/'), change, 'demo.layer.json $.tensors: is "../x.safetensors/"; allowed: a .safetensors file, or an object from tensor name to .npy file'],
    ['a tensor in another format', (f) => (f.description.tensors.bias = 'bias.csv'), change, 'demo.layer.json $.tensors.bias: is "bias.csv"; allowed: a .npy file'],
    ['a truncated .npy', change, inPlaceOf('weight.npy', weights.subarray(0, weights.length - 1)), 'weight.npy: is cut short: int8 (6, 2, 3, 2) takes 72 bytes, the file holds 71'],
    ['a .npy that is something else', change, inPlaceOf('weight.npy', Buffer.from('PK\x03\x04 a zip archive')), 'weight.npy: is not a .npy file (it does not start with \\x93NUMPY). Write it with numpy.save'],
    ['a .safetensors without the weights', (f) => (f.description.tensors = 'all.safetensors'), inPlaceOf('all.safetensors', encodeSafetensors(new Map([['bias', rightLayer().tensors.bias]]))), "demo.layer.json tensor 'weight': is missing. A layer with any encoding needs it"],
    ['a truncated .safetensors', (f) => (f.description.tensors = 'all.safetensors'), inPlaceOf('all.safetensors', encodeSafetensors(new Map([['bias', rightLayer().tensors.bias]])).subarray(0, 90)), "all.safetensors: is cut short: tensor 'bias' ends at byte 96, the file has 90"],
    ['a comma too many', change, text('{\n  "format": "shiftloom.layer",\n}\n'), "demo.layer.json:2:31: ',' before '}'"],
    ['a missing comma', change, text('{\n  "version": 1\n  "kind": "conv2d"\n}'), `demo.layer.json:3:3: '"' where ',' or '}' was expected`],
    ['a missing brace', change, text('{\n  "version": 1'), "demo.layer.json:1:1: the '{' is never closed"],
    ['a comment', change, text('{\n  // a layer\n  "version": 1\n}'), "demo.layer.json:2:3: '/' where a key in double quotes was expected"],
    ['single quotes', change, text("{'version': 1}"), "demo.layer.json:1:2: ''' where a key in double quotes was expected"],
    ['a key given twice', change, text('{"version": 1, "version": 1}'), 'demo.layer.json:1:16: the key "version" appears twice'],
    ['Python words', change, text('{"signed": True}'), "demo.layer.json:1:12: 'True' is not a JSON value"],
    ['NaN', change, text('{"scale": NaN}'), "demo.layer.json:1:11: 'NaN' is not a JSON value"],
    ['a string over a line end', change, text('{"name": "de\nmo"}'), 'demo.layer.json:1:10: the string is not closed on its line'],
    ['a Windows path', change, text('{"tensors": "C:\\weights.safetensors"}'), 'demo.layer.json:1:16: a backslash must be written \\\\ in a JSON string'],
    ['text behind the end', change, text('{} {}'), "demo.layer.json:1:4: '{' after the end of the JSON value"],
    ['an empty file', change, text(''), 'demo.layer.json:1:1: the file is empty; a JSON object was expected'],
    ['endless nesting', change, text('['.repeat(100000)), 'demo.layer.json:1:66: nested more than 64 deep'],
    ['UTF-16 text', change, text(Buffer.from('\uFEFF{}', 'utf16le')), 'demo.layer.json: is UTF-16 text. Save it as UTF-8'],
    ['a tensor file in place of the JSON', change, text(weights), 'demo.layer.json: is a binary file, not JSON'],
  ])('refuses %s', async (_, changed, afterwards, message) => {
    expect(await refusal(changed, afterwards)).toBe(message);
  });

  it('refuses a path that does not exist, and a folder', async () => {
    expect(await messageOf(() => readLayer('/nowhere/x.layer.json'))).toBe('/nowhere/x.layer.json: no such file');
    expect(await messageOf(() => readLayer(dirname(writeFixture(rightLayer()))))).toMatch(/: is a folder, not a file$/);
  });
});
