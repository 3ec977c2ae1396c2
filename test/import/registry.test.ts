import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identifierOf } from '../../generator/import/bare_tensors.js';
import { writeFloatLayer } from '../../generator/import/float_layer_file.js';
import { importLayer, importerFor, listModel } from '../../generator/import/registry.js';
import { writeNpy } from '../../generator/layer/npy.js';
import { writeSafetensors } from '../../generator/layer/safetensors.js';
import { messageOf } from '../layer/message.js';

const MANIFEST = 'node_modules/@vladmandic/face-api/model/ssd_mobilenetv1_model-weights_manifest.json';
const folder = mkdtempSync(join(tmpdir(), 'shiftloom-import-'));
const at = (name: string) => join(folder, name);

async function torchFile(): Promise<string> {
  const path = at('model.safetensors');
  const f = (shape: number[]) => ({ dtype: 'float32' as const, shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i) });
  await writeSafetensors(path, new Map([['conv1.weight', f([6, 4, 3, 3])], ['conv1.bias', f([6])], ['fc.weight', f([2, 5])], ['norm', f([6])]]));
  return path;
}

describe('importers', () => {
  it('imports the demo kernel from the tfjs manifest: HWIO turned, name derived, bias by name', async () => {
    const layer = await importLayer(MANIFEST, {
      layer: 'Prediction/Conv2d_1_pointwise/weights',
      bias: 'Prediction/Conv2d_1_pointwise/convolution_bn_offset',
      inputSize: [16, 16],
      strides: [2, 2],
      pads: [0, 0, 1, 1],
    });
    expect([layer.name, layer.input.channels, layer.outChannels, layer.kernel]).toEqual(['prediction_conv2d_1_pointwise', 256, 512, [3, 3]]);
    expect(layer.weight.length).toBe(1179648);
    expect(layer.bias.some((b) => b !== 0)).toBe(true);
  });

  it('imports a depthwise kernel of the manifest as a grouped convolution', async () => {
    const layer = await importLayer(MANIFEST, { layer: 'MobilenetV1/Conv2d_1_depthwise/depthwise_weights', inputSize: [8, 8], groups: 32 });
    expect([layer.input.channels, layer.outChannels, layer.groups, layer.weight.length]).toEqual([32, 32, 32, 288]);
  });

  it('lists kernels and matrices of a safetensors file and finds the bias beside the weight', async () => {
    const path = await torchFile();
    expect(await listModel(path)).toEqual([
      { name: 'conv1.weight', kind: 'conv2d', shape: [6, 4, 3, 3], parameters: 216 },
      { name: 'fc.weight', kind: 'linear', shape: [2, 5], parameters: 10 },
    ]);
    const layer = await importLayer(path, { layer: 'conv1.weight', inputSize: [8, 9], pads: [1, 1, 1, 1] });
    expect([layer.name, ...layer.bias]).toEqual(['conv1', 0, 1, 2, 3, 4, 5]);
    expect((await importLayer(path, { layer: 'fc.weight' })).kind).toBe('linear');
  });

  it('imports a float layer file, with values of the request in place of those of the file', async () => {
    const path = at('one.json');
    const fc = await importLayer(await torchFile(), { layer: 'fc.weight' });
    await writeFloatLayer(path, fc);
    const layer = await importLayer(path, { activation: { kind: 'relu' }, inputFormat: { scale: 0.5 } });
    expect(layer.activation).toEqual({ kind: 'relu' });
    expect(layer.inputFormat).toEqual({ bits: 8, signed: false, zeroPoint: 0, scale: 0.5 });
    expect((await listModel(path))[0]).toMatchObject({ name: 'fc', kind: 'linear' });
  });

  it('tells formats apart by content', async () => {
    await writeNpy(at('w.npy'), { dtype: 'float32', shape: [2, 2], data: new Float32Array(4) });
    expect((await importerFor(at('w.npy'))).format).toBe('npy');
    expect((await importerFor(MANIFEST)).format).toBe('tfjs weights manifest');
  });

  it('takes a sample from a file, in real units if it has floats', async () => {
    await writeNpy(at('x.npy'), { dtype: 'float64', shape: [3, 5], data: Float64Array.from({ length: 15 }, (_, i) => i / 2) });
    const layer = await importLayer(await torchFile(), { layer: 'fc.weight', samplePath: at('x.npy') });
    expect(layer.sample).toEqual({ frames: 3, values: Float32Array.from({ length: 15 }, (_, i) => i / 2) });
  });

  it('makes identifiers of tensor names', () => {
    expect(identifierOf('Prediction/Conv2d_1_pointwise/weights')).toBe('prediction_conv2d_1_pointwise');
    expect(identifierOf('features.10.weight')).toBe('features_10');
    expect(identifierOf('7x7')).toBe('layer_7x7');
  });
});

describe('wrong models and requests', () => {
  const cases: [string, () => Promise<[string, object]>, string][] = [
    ['an unknown format', async () => (writeFileSync(at('model.pt'), 'PK'), [at('model.pt'), {}]), 'model.pt: is of no format that is imported. Known formats: float layer, tfjs weights manifest, safetensors, npy, ONNX'],
    ['a file that is missing', async () => [at('none.npy'), {}], 'none.npy: no such file'],
    ['no choice among many kernels', async () => [await torchFile(), {}], 'model.safetensors: holds 2 kernels; name the one to import. It has: conv1.weight, fc.weight'],
    ['a misspelled tensor', async () => [await torchFile(), { layer: 'conv1.weights' }], "model.safetensors: has no tensor 'conv1.weights'. Did you mean 'conv1.weight'?"],
    ['a tensor that is no kernel', async () => [await torchFile(), { layer: 'norm' }], "model.safetensors tensor 'norm': has shape (6,); a kernel has 4 dimensions, a matrix 2"],
    ['no map size', async () => [await torchFile(), { layer: 'conv1.weight' }], 'model.safetensors: does not say how large the input map is. Give the height and width of the input'],
    ['a map smaller than the kernel', async () => [await torchFile(), { layer: 'conv1.weight', inputSize: [2, 9] }], 'model.safetensors $.kernel: spans 3 in height, the padded input has 2: no output. Raise pads or the input size'],
    ['a bias of another length', async () => [await torchFile(), { layer: 'fc.weight', bias: 'norm' }], "model.safetensors tensor 'norm': has shape (6,); a bias of 2 channels is needed"],
    ['a manifest whose data are missing', async () => (writeFileSync(at('m.json'), '[{"paths": ["m.bin"], "weights": [{"name": "w", "shape": [2, 2], "dtype": "float32"}]}]'), [at('m.json'), {}]), 'm.bin: no such file'],
    ['a manifest whose data are cut short', async () => (writeFileSync(at('n.json'), '[{"paths": ["n.bin"], "weights": [{"name": "w", "shape": [2, 2], "dtype": "float32"}]}]'), writeFileSync(at('n.bin'), 'abc'), [at('n.json'), {}]), "n.bin tensor 'w': ends at byte 16, the data have 3"],
    ['a manifest entry of an unknown type', async () => (writeFileSync(at('o.json'), '[{"paths": ["o.bin"], "weights": [{"name": "w", "shape": [2, 2], "dtype": "string"}]}]'), [at('o.json'), {}]), 'o.json $[0].weights[0].dtype: is "string"; allowed: "float32", "int32"'],
    ['a float layer with an unknown key', async () => (writeFileSync(at('p.json'), '{"format": "shiftloom.float_layer", "version": 1, "kind": "linear", "name": "p", "input": {"channels": 2}, "output": {"channels": 2}, "tensors": "p.safetensors", "weightlayout": "HWIO"}'), [at('p.json'), {}]), 'p.json $.weightlayout: is not a known key. Did you mean "weightLayout"?'],
    ['a float layer whose kernel has another shape', async () => (writeFileSync(at('q.json'), '{"format": "shiftloom.float_layer", "version": 1, "kind": "linear", "name": "q", "input": {"channels": 4}, "output": {"channels": 2}, "tensors": {"weight": "model.safetensors#fc.weight"}}'), [at('q.json'), {}]), "q.json tensor 'weight': has shape (2, 5); the geometry in OIHW order needs (2, 4)"],
  ];
  it.each(cases)('refuses %s', async (_, make, message) => {
    const [path, request] = await make();
    expect((await messageOf(() => importLayer(path, request))).replaceAll(folder + '/', '')).toBe(message);
  });
});
