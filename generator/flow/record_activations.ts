/** Runs an ONNX model in ONNX Runtime and keeps what flows at chosen values of the graph. */
import { readFile } from 'node:fs/promises';
import { ShiftloomError, nearestName } from '../errors.js';
import { externalFiles, insideFolder } from '../import/onnx/external_data.js';
import { OnnxGraph } from '../import/onnx/graph.js';
import { readModel, withOutputs } from '../import/onnx/model.js';
import type { Recording } from '../import/onnx/recorded.js';
import { type NumericArray, type Tensor, elementCount, halfToNumber, numberToHalf, shapeText } from '../layer/tensor.js';
import { type Feeds, type OrtSession, type OrtTensor, type TensorType, openSession } from '../../sim/oracle/ort_worker.js';
import { type FlowContext, breathe } from './context.js';
import { chooseSome } from './choose.js';

export interface RecordOptions {
  /** Runs to make at most; a seeded choice if there are more inputs. Default: all. */
  readonly runs?: number;
  readonly seed?: number;
  /** Numbers kept at most, over all values and runs; fewer runs are made if they would be more. Default 2^27 (512 MiB of floats). */
  readonly maxValues?: number;
}

export interface RecordedActivations {
  readonly values: ReadonlyMap<string, Recording>;
  /** Which of the runs were made, ascending; run i takes the inputs' frames from i * (the model's batch) on. */
  readonly runs: readonly number[];
  /** How many the inputs would have given. */
  readonly of: number;
}

/**
 * Records values of a model.
 * @param path model file; its external data are read from beside it
 * @param names values of the graph: outputs of any node, or inputs
 * @param inputs for each input of the model frames of shape (N, ...) as the model takes them; one run for each frame, or for as many as
 *   the model's batch is
 * @throws ShiftloomError naming the input or value that does not fit, or with ONNX Runtime's own message.
 */
export async function recordActivations(
  path: string, names: readonly string[], inputs: ReadonlyMap<string, Tensor>, options: RecordOptions = {}, context: FlowContext = {},
): Promise<RecordedActivations> {
  const model = await readModel(path);
  const graph = new OnnxGraph(model);
  const unknown = names.find((name) => !graph.isValue(name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, graph.nodes.flatMap((node) => node.outputs));
    throw new ShiftloomError('input', path, `has no value '${unknown}'`, near ? `Did you mean '${near}'?` : '');
  }
  const made = names.filter((name) => graph.producer(name) !== undefined);
  const external: { path: string; data: Uint8Array }[] = [];
  for (const file of externalFiles(model.graph)) external.push({ path: file, data: await readFile(await insideFolder(file, path, path)) });
  const session = await openSession(withOutputs(model.bytes, made.filter((name) => !graph.outputs.has(name))), external).catch(refused(path));
  try {
    return await recordRuns({ path, session, names, made, inputs, options, context });
  } finally {
    await session.close();
  }
}

interface Job {
  readonly path: string;
  readonly session: OrtSession;
  readonly names: readonly string[];
  readonly made: readonly string[];
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly options: RecordOptions;
  readonly context: FlowContext;
}

async function recordRuns(job: Job): Promise<RecordedActivations> {
  const { path, session, names, made, options, context } = job;
  const { batch, of } = runsOf(job);
  const { seed = 1, maxValues = 2 ** 27 } = options;
  const run = async (index: number) => {
    const feeds: Feeds = Object.fromEntries(session.inputs.map(({ name, type }) => [name, frameTensor(job.inputs.get(name)!, type, index * batch, batch)]));
    return { ...feeds, ...(made.length > 0 ? await session.run(feeds, made).catch(refused(path)) : {}) };
  };
  // One run tells how large the values are, before room for all of them is taken.
  const first = await run(0);
  const perRun = names.reduce((sum, name) => sum + elementCount(first[name].dims), 0);
  const runs = chooseSome(of, Math.min(options.runs ?? of, Math.max(1, Math.floor(maxValues / perRun))), seed);
  const values = new Map(names.map((name) => [name, emptyRecording(first[name], runs.length)]));
  for (const [at, index] of runs.entries()) {
    context.onProgress?.({ stage: 'import', message: `recording, run ${at + 1} of ${runs.length}` });
    await breathe(context);
    const results = index === 0 ? first : await run(index);
    for (const name of names) {
      const { shape, values: kept } = values.get(name)!;
      if (results[name].dims.join() !== shape.join()) {
        throw new ShiftloomError('unsupported', path, `makes '${name}' of shape ${shapeText(shape)} in one run and ${shapeText(results[name].dims)} in another`, 'Record values of one shape');
      }
      kept.set(numbersOf(results[name]), at * elementCount(shape));
    }
  }
  return { values, runs, of };
}

/** Checks the inputs against the model; tells how many frames a run takes and how many runs there are. */
function runsOf({ path, session, inputs }: Job): { batch: number; of: number } {
  const counts = new Set<number>();
  let batch = 1;
  for (const { name, shape } of session.inputs) {
    const tensor = inputs.get(name);
    if (!tensor) throw new ShiftloomError('usage', path, `needs frames for its input '${name}'`, `Its inputs: ${session.inputs.map((i) => i.name).join(', ')}`);
    // No dimensions at all: the model declares no shape, and takes what it is given.
    const fits = shape.length === 0 || (tensor.shape.length === shape.length && shape.every((n, i) => i === 0 || typeof n !== 'number' || n < 1 || n === tensor.shape[i]));
    if (!fits) throw new ShiftloomError('input', path, `takes '${name}' of shape (${shape.join(', ')}); ${shapeText(tensor.shape)} was given, the first axis for frames`);
    if (typeof shape[0] === 'number' && shape[0] > 1) batch = shape[0];
    counts.add(tensor.shape[0]);
  }
  const [frames] = counts;
  if (counts.size !== 1) throw new ShiftloomError('input', path, `was given inputs of ${[...counts].join(' and ')} frames`, 'Give as many frames of each');
  if (frames < 1 || frames % batch !== 0) throw new ShiftloomError('input', path, `takes ${batch} frame(s) at a time; ${frames} were given`, 'Give a multiple');
  return { batch, of: frames / batch };
}

/** Frames as a tensor of the runtime's element type. */
function frameTensor({ shape, data }: Tensor, type: TensorType, first: number, count: number): OrtTensor {
  const size = elementCount(shape.slice(1));
  const part = data.subarray(first * size, (first + count) * size);
  return { type, dims: [count, ...shape.slice(1)], data: typedArray(part, type) };
}

function typedArray(values: NumericArray, type: TensorType): OrtTensor['data'] {
  switch (type) {
    case 'float16':
      return Uint16Array.from(values, numberToHalf);
    case 'float64':
      return Float64Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, (x) => BigInt(Math.round(x))));
    case 'int32':
      return Int32Array.from(values);
    case 'uint32':
      return Uint32Array.from(values);
    case 'int16':
      return Int16Array.from(values);
    case 'uint16':
      return Uint16Array.from(values);
    case 'int8':
      return Int8Array.from(values);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(values);
    default:
      return Float32Array.from(values);
  }
}

function emptyRecording({ type, dims }: OrtTensor, runs: number): Recording {
  const length = elementCount(dims) * runs;
  const integer = !type.startsWith('float');
  const values = type === 'float64' || type === 'int64' ? new Float64Array(length) : integer ? new Int32Array(length) : new Float32Array(length);
  return { shape: dims, runs, values, integer };
}

function numbersOf({ type, data }: OrtTensor): ArrayLike<number> {
  if (type === 'float16') return Float32Array.from(data as Uint16Array, halfToNumber);
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}

function refused(path: string): (error: Error) => never {
  return (error) => {
    throw new ShiftloomError('input', path, `does not run: ${error.message.split('\n')[0]}`, 'Check the model with the program that made it');
  };
}
