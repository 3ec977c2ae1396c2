/** Imported layers of a model compared with what ONNX Runtime computes at the same values of the graph. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FloatLayer } from '../../../generator/import/float_layer.js';
import { openOnnx, readOnnxLayer } from '../../../generator/import/onnx/onnx_importer.js';
import { withOutputs } from '../../../generator/import/onnx/model.js';
import { type Feeds, type OrtTensor, openSession } from '../../../sim/oracle/ort_worker.js';
import { floatOutputs, swapAxes } from './reference.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-onnx-'));
let files = 0;

/** Writes a model's bytes to a file of its own. */
export function modelFile(bytes: Uint8Array, name = `model_${files++}.onnx`): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

export interface ComparedLayer {
  readonly name: string;
  readonly layer: FloatLayer;
  /** Largest difference, as a share of the largest output; for quantized outputs in units of the output. */
  readonly worst: number;
}

/** All layers that can be imported, each against ONNX Runtime; shapes of all values are compared too. */
export async function compareModel(bytes: Buffer, feeds: Feeds): Promise<ComparedLayer[]> {
  const inputShapes = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
  const model = await openOnnx(modelFile(bytes), inputShapes);
  const usable = model.layers.filter(({ refusals }) => refusals.length === 0);
  const made = model.values.graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== '' && !model.values.isConstant(name)));
  const session = await openSession(withOutputs(bytes, made.filter((name) => !model.values.graph.outputs.has(name))));
  try {
    const values = { ...(feeds as Record<string, OrtTensor>), ...(await session.run(feeds, made)) };
    for (const name of made) {
      const shape = model.values.shape(name);
      if (shape?.join() !== values[name].dims.join()) throw new Error(`value '${name}' has shape (${values[name].dims}), worked out as (${shape})`);
    }
    const compared: ComparedLayer[] = [];
    for (const found of usable) {
      const layer = await readOnnxLayer(model, found);
      compared.push({ name: found.name, layer, worst: difference(layer, values[found.input!.value], values[found.followers!.value], found.input!.order) });
    }
    return compared;
  } finally {
    await session.close();
  }
}

/** A layer's outputs against given ones: the largest difference as a share of the largest output, or in units of a quantized output beyond half a unit. */
export function difference(layer: FloatLayer, input: Pick<OrtTensor, 'type' | 'dims' | 'data'>, output: Pick<OrtTensor, 'dims' | 'data'>, order: string): number {
  const { scale = 1, zeroPoint } = layer.inputFormat;
  const integers = !['float32', 'float64', 'float16'].includes(input.type);
  const map = layer.input.height * layer.input.width;
  const real = Float64Array.from(input.data as ArrayLike<number>, (x) => (integers ? (x - zeroPoint) * scale : x));
  const ordered = order === 'channels_first' ? swapAxes(real, layer.input.channels, map) : order === 'columns' ? swapAxes(real, layer.input.channels, real.length / layer.input.channels) : real;
  const computed = floatOutputs(layer, ordered);
  const wanted = output.data as ArrayLike<number>;
  const positions = order === 'channels_first' ? output.dims[2] * output.dims[3] : 1;
  const found = order === 'channels_first' ? swapAxes(computed, positions, layer.outChannels) : computed;
  if (found.length !== wanted.length) throw new Error(`${found.length} outputs computed, ${wanted.length} by ONNX Runtime`);
  return layer.outputFormat?.scale === undefined ? floatDifference(found, wanted) : unitDifference(found, wanted, layer);
}

function floatDifference(found: Float64Array, wanted: ArrayLike<number>): number {
  let most = 1e-30;
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    most = Math.max(most, Math.abs(wanted[i]));
    worst = Math.max(worst, Math.abs(found[i] - wanted[i]));
  }
  return worst / most;
}

/** By how much more than half a unit a real output lies from the integer that the runtime rounds to. */
function unitDifference(found: Float64Array, wanted: ArrayLike<number>, { outputFormat }: FloatLayer): number {
  const { scale, zeroPoint, bits, signed } = outputFormat as Required<NonNullable<FloatLayer['outputFormat']>>;
  const low = signed ? -(2 ** (bits - 1)) : 0;
  let worst = 0;
  for (let i = 0; i < found.length; i++) {
    const units = Math.max(low, Math.min(low + 2 ** bits - 1, found[i] / scale + zeroPoint));
    worst = Math.max(worst, Math.abs(units - wanted[i]) - 0.5);
  }
  return worst;
}
