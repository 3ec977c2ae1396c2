/**
 * ONNX Runtime in a worker thread: WebAssembly blocks its thread for as long as a model runs. One worker is kept
 * for the process; it never keeps the process alive once it has nothing to do.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

export type TensorType = 'uint8' | 'int8' | 'int32' | 'float32';

export interface OrtTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | Int8Array | Int32Array | Float32Array;
}

/** Inputs of one run, by name. */
export type Feeds = Readonly<Record<string, OrtTensor>>;

type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly outputs: OrtTensor['data'][] }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

interface Pending {
  readonly worker: Worker;
  readonly resolve: (outputs: OrtTensor['data'][]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * JavaScript in a string, because a worker needs a file that Node itself can run and the sources also run
 * untranspiled under vitest. `workerData` is the path of `onnxruntime-web`. Messages are handled one after the other.
 */
const WORKER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const ort = require(workerData);
ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'fatal';

async function run({ model, runs }) {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 4 });
  try {
    const outputs = [];
    for (const feeds of runs) {
      const tensors = {};
      for (const [name, { type, data, dims }] of Object.entries(feeds)) tensors[name] = new ort.Tensor(type, data, dims);
      const results = await session.run(tensors);
      outputs.push(results[session.outputNames[0]].data.slice());
    }
    return outputs;
  } finally {
    await session.release();
  }
}

let queue = Promise.resolve();
parentPort.on('message', (request) => {
  queue = queue.then(async () => {
    try {
      const outputs = await run(request);
      parentPort.postMessage({ id: request.id, kind: 'done', outputs }, outputs.map((data) => data.buffer));
    } catch (error) {
      parentPort.postMessage({ id: request.id, kind: 'failed', message: String((error && error.message) || error) });
    }
  });
});
`;

let current: Worker | undefined;
let nextId = 1;
const pending = new Map<number, Pending>();

/**
 * Runs an ONNX model (serialized `ModelProto` with one output) once for each set of feeds; returns the output's data for each.
 * Rejects with ONNX Runtime's own message if the model is refused or the runtime dies.
 */
export async function runModel(model: Uint8Array, runs: readonly Feeds[]): Promise<OrtTensor['data'][]> {
  current ??= startWorker();
  const worker = current;
  worker.ref();
  const id = nextId++;
  try {
    return await new Promise((resolve, reject) => {
      pending.set(id, { worker, resolve, reject });
      worker.postMessage({ id, model, runs });
    });
  } finally {
    pending.delete(id);
    if (pendingOf(worker).length === 0) worker.unref();
  }
}

/** Ends the worker, so that a long-lived program gets its memory back; the next run starts a new one. */
export async function closeOracle(): Promise<void> {
  const worker = current;
  current = undefined;
  await worker?.terminate();
}

function startWorker(): Worker {
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-web');
  const worker = new Worker(WORKER_SOURCE, { eval: true, workerData: runtime, execArgv: [] });
  worker.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.id);
    if (reply.kind === 'done') waiting?.resolve(reply.outputs);
    else waiting?.reject(new Error(`ONNX Runtime: ${reply.message}`));
  });
  worker.on('error', (error) => abandon(worker, error));
  worker.on('exit', () => abandon(worker, new Error('ONNX Runtime: the worker ended')));
  return worker;
}

function abandon(worker: Worker, error: Error): void {
  if (current === worker) current = undefined;
  for (const { reject } of pendingOf(worker)) reject(error);
}

function pendingOf(worker: Worker): Pending[] {
  return [...pending.values()].filter((waiting) => waiting.worker === worker);
}
