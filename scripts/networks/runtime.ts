/** ONNX Runtime (WebAssembly, one thread: the same bits in every run). */
import * as ort from 'onnxruntime-web';
import type { FloatTensor } from './graph.js';

export interface LoadedModel {
  /** Values by the names of the model's outputs; inputs come with their batch dimension. */
  run(inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>>;
  release(): Promise<void>;
}

export async function loadModel(model: Uint8Array): Promise<LoadedModel> {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  return {
    async run(inputs) {
      const feeds = Object.entries(inputs).map(([name, { shape, data }]) => [name, new ort.Tensor('float32', data, shape)] as const);
      const outputs = await session.run(Object.fromEntries(feeds));
      return Object.fromEntries(Object.entries(outputs).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]));
    },
    release: () => session.release(),
  };
}
