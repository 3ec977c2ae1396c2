/**
 * ONNX Runtime in a worker thread: WebAssembly blocks its thread for as long as a model runs. One worker is kept
 * for the process; it never keeps the process alive once it has nothing to do.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

/** Element types by the runtime's names; values of `float16` are bit patterns, those of 64-bit integers BigInts. */
export type TensorType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'int32' | 'uint32' | 'int64' | 'float16' | 'float32' | 'float64' | 'bool';

export interface OrtTensor {
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array | Int32Array | Uint32Array | Float32Array | Float64Array | BigInt64Array;
}

/** Values that are numbers, as those of all operators that the oracle runs. */
type NumericData = Exclude<OrtTensor['data'], BigInt64Array>;

/** Inputs of one run, by name. */
export type Feeds = Readonly<Record<string, OrtTensor>>;

/** A model that is loaded, for many runs. */
export interface OrtSession {
  /** Inputs with their types and shapes; open dimensions are their names. */
  readonly inputs: readonly { readonly name: string; readonly type: TensorType; readonly shape: readonly (number | string)[] }[];
  /** Values of the named outputs. Rejects with the runtime's own message. */
  run(feeds: Feeds, outputs: readonly string[]): Promise<Record<string, OrtTensor>>;
  close(): Promise<void>;
}

/** A file that a model keeps tensors in, under the name that the model has for it. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array;
}

type Reply =
  | { readonly id: number; readonly kind: 'done'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'failed'; readonly message: string };

interface Pending {
  readonly worker: Worker;
  readonly resolve: (result: unknown) => void;
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

const sessions = new Map();
const toTensors = (feeds) => Object.fromEntries(Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]));

const actions = {
  async open({ session, model, external }) {
    const opened = await ort.InferenceSession.create(model, { logSeverityLevel: 4, externalData: external });
    sessions.set(session, opened);
    return opened.inputMetadata.map(({ name, type, shape }) => ({ name, type, shape }));
  },
  async run({ session, feeds, outputs }) {
    const opened = sessions.get(session);
    const results = await opened.run(toTensors(feeds), outputs || [opened.outputNames[0]]);
    return Object.entries(results).map(([name, { type, dims, data }]) => ({ name, type, dims, data: data.slice() }));
  },
  async close({ session }) {
    const opened = sessions.get(session);
    sessions.delete(session);
    if (opened) await opened.release();
  },
};

let queue = Promise.resolve();
parentPort.on('message', (request) => {
  queue = queue.then(async () => {
    try {
      const result = await actions[request.action](request);
      parentPort.postMessage({ id: request.id, kind: 'done', result }, Array.isArray(result) ? result.flatMap(({ data }) => (data ? [data.buffer] : [])) : []);
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
 * Loads a model. Sessions of one process share a worker and run one after the other.
 * Rejects with ONNX Runtime's own message if the model is refused or the runtime dies.
 */
export async function openSession(model: Uint8Array, external: readonly ExternalFile[] = []): Promise<OrtSession> {
  current ??= startWorker();
  const worker = current;
  const session = nextId++;
  const inputs = (await request(worker, { action: 'open', session, model, external })) as OrtSession['inputs'];
  return {
    inputs,
    async run(feeds, outputs) {
      const results = (await request(worker, { action: 'run', session, feeds, outputs })) as (OrtTensor & { name: string })[];
      return Object.fromEntries(results.map(({ name, ...tensor }) => [name, tensor]));
    },
    close: async () => void (await request(worker, { action: 'close', session })),
  };
}

/**
 * Runs an ONNX model (serialized `ModelProto` with one output) once for each set of feeds; returns the output's data for each.
 * Rejects with ONNX Runtime's own message if the model is refused or the runtime dies.
 */
export async function runModel(model: Uint8Array, runs: readonly Feeds[]): Promise<NumericData[]> {
  current ??= startWorker();
  const worker = current;
  const session = nextId++;
  await request(worker, { action: 'open', session, model });
  try {
    const outputs: NumericData[] = [];
    for (const feeds of runs) outputs.push(((await request(worker, { action: 'run', session, feeds })) as OrtTensor[])[0].data as NumericData);
    return outputs;
  } finally {
    await request(worker, { action: 'close', session }).catch(() => undefined);
  }
}

async function request(worker: Worker, message: object): Promise<unknown> {
  worker.ref();
  const id = nextId++;
  try {
    return await new Promise((resolve, reject) => {
      // A worker that ended (closeOracle) hears nothing more.
      if (worker.threadId === -1) return reject(new Error('ONNX Runtime: the worker ended'));
      pending.set(id, { worker, resolve, reject });
      worker.postMessage({ id, ...message });
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
    if (reply.kind === 'done') waiting?.resolve(reply.result);
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
