/** The operator tests that ONNX itself has, from Debian's package libonnx-testdata: a model, its inputs, and the outputs of ONNX's reference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { ONNX_TEST_DATA } from '../../../generator/flow/doctor.js';
import { findLayers, readLayer, refusalText } from '../../../generator/import/onnx/layers.js';
import { OnnxGraph } from '../../../generator/import/onnx/graph.js';
import { parseModel, type TensorProto } from '../../../generator/import/onnx/model.js';
import { readTensor } from '../../../generator/import/onnx/tensors.js';
import { GraphValues } from '../../../generator/import/onnx/values.js';
import type { TensorType } from '../../../sim/oracle/ort_worker.js';
import { difference } from './against_runtime.js';

const { onnx } = onnxProto;

/** A missing package is a failure that says what to type. */
function bytesOf(name: string, file: string): Buffer {
  try {
    return readFileSync(join(ONNX_TEST_DATA, name, file));
  } catch (error) {
    throw new Error(`${(error as Error).message}. Install the tests of ONNX: sudo apt-get install libonnx-testdata`);
  }
}

/** The test's model with all inputs but the first stored in it, as a trained model has its weights. */
function trained(name: string): Buffer {
  const model = onnx.ModelProto.decode(bytesOf(name, 'model.onnx'));
  const { graph } = model;
  const stored = new Set((graph!.initializer ?? []).map((tensor) => tensor.name));
  const inputs = (graph!.input ?? []).filter((input) => !stored.has(input.name)).slice(1);
  const initializer = inputs.map((input, i) => ({ ...onnx.TensorProto.decode(bytesOf(name, `test_data_set_0/input_${i + 1}.pb`)), name: input.name }));
  // Those converted from PyTorch say opset 6; Conv and Gemm did not change in 7.
  const opsetImport = model.opsetImport!.map((o) => ({ ...o, version: Math.max(7, Number(o.version)) }));
  const proto = onnx.ModelProto.create({ ...model, opsetImport, graph: { ...graph, initializer: [...(graph!.initializer ?? []), ...initializer] } } as object);
  return Buffer.from(onnx.ModelProto.encode(proto).finish());
}

async function tensorOf(name: string, file: string) {
  const proto = onnx.TensorProto.decode(bytesOf(name, `test_data_set_0/${file}`)) as TensorProto;
  const { dtype, shape, data } = await readTensor(proto, file);
  return { type: dtype as TensorType, dims: shape, data: data as Float32Array };
}

async function layerOf(name: string) {
  const values = await GraphValues.of(new OnnxGraph(parseModel(trained(name), join(ONNX_TEST_DATA, name, 'model.onnx'))));
  return { values, found: (await findLayers(values))[0] };
}

const computed = [
  ...['basic_conv_with_padding', 'basic_conv_without_padding', 'conv_with_autopad_same', 'conv_with_strides_and_asymmetric_padding', 'conv_with_strides_no_padding', 'conv_with_strides_padding'],
  ...['basic_convinteger', 'convinteger_with_padding', 'convinteger_without_padding', 'qlinearconv'],
  ...['gemm_alpha', 'gemm_beta', 'gemm_all_attributes', 'gemm_default_no_bias', 'gemm_default_scalar_bias', 'gemm_default_single_elem_vector_bias', 'gemm_default_vector_bias'],
  ...['gemm_default_zero_bias', 'gemm_transposeA', 'gemm_transposeB', 'matmul_2d', 'matmulinteger', 'qlinearmatmul_2D'],
].map((name) => `node/test_${name}`);

const converted = [
  ...['Conv2d', 'Conv2d_depthwise', 'Conv2d_depthwise_padded', 'Conv2d_depthwise_strided', 'Conv2d_depthwise_with_multiplier', 'Conv2d_dilated', 'Conv2d_groups', 'Conv2d_groups_thnn'],
  ...['Conv2d_no_bias', 'Conv2d_padding', 'Conv2d_strided', 'Linear', 'Linear_no_bias'],
].map((name) => `pytorch-converted/test_${name}`);

const refused: [string, RegExp][] = [
  ['node/test_matmul_3d', /^input 1 'b' has shape \(2, 4, 3\); a layer's weights are one matrix/],
  ['node/test_matmul_4d', /; a layer's weights are one matrix/],
  ['node/test_qlinearmatmul_3D', /; a layer's weights are one matrix/],
  ['node/test_gemm_default_matrix_bias', /^input 2 'c' has shape \(3, 4\): another bias for every row/],
  ['node/test_convtranspose', /^ConvTranspose a transposed convolution/],
  ['pytorch-converted/test_Conv1d', /^kernel_shape is a 1-dimensional convolution/],
  ['pytorch-converted/test_Conv3d_groups', /^kernel_shape is a 3-dimensional convolution/],
  ['pytorch-converted/test_ConvTranspose2d', /^ConvTranspose a transposed convolution/],
];

describe('the operator tests of ONNX', () => {
  it.each([...computed, ...converted])('%s: the imported layer gives the outputs of the test', async (name) => {
    const { values, found } = await layerOf(name);
    const layer = await readLayer(values, found, 'layer');
    expect(difference(layer, await tensorOf(name, 'input_0.pb'), await tensorOf(name, 'output_0.pb'), found.input!.order)).toBeLessThan(1e-5);
  });

  it.each(refused)('%s is refused, and said why', async (name, why) => {
    const { found } = await layerOf(name);
    expect(refusalText(found.refusals[0])).toMatch(why);
  });
});
