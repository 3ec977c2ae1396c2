import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '../../generator/layer/npy.js';
import type { DType, NumericArray, Tensor } from '../../generator/layer/tensor.js';

export interface Fixture {
  description: Record<string, any>;
  tensors: Record<string, Tensor>;
  sample?: Tensor;
}

export function tensor(dtype: DType, shape: number[], data: NumericArray | number[]): Tensor {
  return { dtype, shape, data: Array.isArray(data) ? Float64Array.from(data) : data };
}

/** A right layer: 4 -> 6 channels in 2 groups, kernel 3x2, on a 5x5 map, `pot` weights, with every tensor and a sample. */
export function rightLayer(): Fixture {
  return {
    description: {
      format: 'shiftloom.layer',
      version: 1,
      kind: 'conv2d',
      name: 'demo',
      input: { channels: 4, height: 5, width: 5, bits: 8, signed: false, zeroPoint: 3 },
      output: { channels: 6, bits: 8, signed: false, zeroPoint: 10 },
      kernel: [3, 2],
      strides: [2, 1],
      pads: [1, 0, 1, 1],
      dilations: [1, 2],
      groups: 2,
      weights: { encoding: 'pot', maxShift: 6 },
      requantize: { form: 'multiplier', bits: 16 },
      activation: { kind: 'relu' },
      tensors: {},
    },
    tensors: {
      weight: tensor('int8', [6, 2, 3, 2], Array.from({ length: 72 }, (_, i) => [0, 1, -2, 64, -16][i % 5])),
      bias: tensor('int32', [6], [5, -5, 1000, 0, 1, -(2 ** 31)]),
      multiplier: tensor('uint16', [6], [1, 2, 3, 400, 500, 65535]),
      shift: tensor('uint8', [6], [0, 1, 2, 3, 30, 47]),
    },
    sample: tensor('uint8', [2, 5, 5, 4], Array.from({ length: 200 }, (_, i) => i % 256)),
  };
}

/** Turns the right layer into one stored as spatial factors of rank 3 in two blocks; `changes` are keys of its encoding. */
export function asFactors(f: Fixture, changes: Record<string, unknown>): void {
  const pot = { encoding: 'pot', maxShift: 6 };
  const factors = { output: pot, input: { encoding: 'uniform', bits: 4 }, kernel: { encoding: 'apot' } };
  f.description.weights = { encoding: 'cp', form: 'spatial', rank: 3, blocks: 2, factors, recode: { encoding: 'bpot', groupSize: 2 }, ...changes };
  const spread = (shape: number[], values: number[]) => tensor('int16', shape, Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => values[i % values.length]));
  f.tensors = {
    ...(f.description.weights.form === 'spatial' ? { factor_kernel: spread([2, 3, 3, 2], [1, -10, 3, 0, 8]) } : {}),
    ...(f.description.weights.form === 'separable' ? { factor_kernel_row: spread([2, 3, 3], [1, -2]), factor_kernel_column: spread([2, 3, 2], [4, 0, 1]) } : {}),
    factor_output: spread([2, 3, 3], [0, 64, -2, 1]),
    factor_input: spread([2, 3, 2], [-8, 7, 1]),
    recode_shift: spread([6], [5, 6]),
    bias: f.tensors.bias,
    multiplier: f.tensors.multiplier,
    shift: f.tensors.shift,
  };
}

/** Turns the right layer into a linear one of 5 inputs and 6 outputs in two ragged blocks, 4x2 and 2x3; `changes` are keys of its encoding. */
export function asBlocks(f: Fixture, changes: Record<string, unknown> = {}): void {
  const { kernel: _k, strides: _s, pads: _p, dilations: _d, groups: _g, ...rest } = f.description;
  const weights = { encoding: 'block_permuted', blocks: 2, values: { encoding: 'pot', maxShift: 6 }, ...changes };
  f.description = { ...rest, kind: 'linear', input: { channels: 5, zeroPoint: 3 }, weights };
  f.tensors = {
    input_order: tensor('int64', [5], [3, 0, 4, 1, 2]),
    output_order: tensor('int32', [6], [5, 2, 0, 1, 3, 4]),
    input_sizes: tensor('uint8', [2], [2, 3]),
    output_sizes: tensor('int32', [2], [4, 2]),
    weight: tensor('int8', [14], [1, 2, 4, 8, 16, 32, 64, -1, -2, -4, -8, 0, -32, -64]),
    bias: f.tensors.bias,
    multiplier: f.tensors.multiplier,
    shift: f.tensors.shift,
  };
  f.sample = undefined;
}

/** Writes a fixture into a fresh folder as JSON and .npy files. @returns path of the JSON file */
export function writeFixture(fixture: Fixture): string {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-layer-'));
  const description = structuredClone(fixture.description);
  for (const [name, value] of Object.entries(fixture.tensors)) {
    writeFileSync(join(folder, `${name}.npy`), encodeNpy(value));
    if (typeof description.tensors === 'object') description.tensors[name] ??= `${name}.npy`;
  }
  if (fixture.sample) {
    writeFileSync(join(folder, 'sample.npy'), encodeNpy(fixture.sample));
    description.sample ??= 'sample.npy';
  }
  const path = join(folder, 'demo.layer.json');
  writeFileSync(path, JSON.stringify(description, null, 2));
  return path;
}
