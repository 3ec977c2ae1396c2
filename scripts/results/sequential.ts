/**
 * A network computed step by step on all calibration inputs at once. What a layer reads can so be looked at, and the layer be compressed, before the
 * next one reads what it gives: each layer is calibrated on what its compressed predecessors hand it (as in GPTQ, Frantar et al. 2023, section 4).
 */
import type { FloatTensor, LayerStep, NetworkGraph, Step } from '../networks/graph.js';
import { type ActivationRange, type LayerValues, stepsModel } from '../networks/onnx_model.js';
import { loadModel } from '../networks/runtime.js';

/** Called in the order of computation with what the layer reads; what it returns takes the place of the layer's weights. */
export type VisitLayer = (step: LayerStep, inputs: readonly FloatTensor[]) => LayerValues | undefined;

/** Runs up to the last of the named layers and visits those. */
export async function walk(graph: NetworkGraph, layers: ReadonlySet<string>, inputs: readonly FloatTensor[], visit: VisitLayer): Promise<void> {
  const steps = graph.steps.slice(0, graph.steps.findLastIndex((step) => step.kind === 'layer' && layers.has(step.name)) + 1);
  const lastUse = new Map(steps.flatMap((step, at) => inputsOf(step).map((name) => [name, at] as const)));
  const values = new Map<string, readonly FloatTensor[]>([[graph.input.name, inputs]]);
  for (const [at, step] of steps.entries()) {
    const read = inputsOf(step).map((name) => values.get(name)!);
    const replaced = step.kind === 'layer' && layers.has(step.name) ? visit(step, read[0]) : undefined;
    // Nothing reads what the last layer gives, nor a branch that ends outside of the layers asked for.
    if (lastUse.has(outputOf(step))) values.set(outputOf(step), await runStep(step, read, replaced));
    for (const name of inputsOf(step)) if (lastUse.get(name) === at) values.delete(name);
  }
}

async function runStep(step: Step, read: readonly (readonly FloatTensor[])[], replaced: LayerValues | undefined): Promise<FloatTensor[]> {
  const [names, output] = [inputsOf(step), outputOf(step)];
  const values = replaced ? new Map([[(step as LayerStep).name, replaced]]) : undefined;
  const model = await loadModel(stepsModel([step], names, [output], { values }));
  const out: FloatTensor[] = [];
  for (let i = 0; i < read[0].length; i++) out.push((await model.run(Object.fromEntries(names.map((name, k) => [name, read[k][i]]))))[output]);
  await model.release();
  return out;
}

/** Names of the values that a step reads, constants left out. */
function inputsOf(step: Step): string[] {
  return step.kind === 'layer' ? [step.input.name] : step.inputs.filter((name) => !(name in step.constants));
}

const outputOf = (step: Step): string => (step.kind === 'layer' ? step.output.name : step.output);

/** Eight-bit formats that hold what each layer of the uncompressed network reads, by name of the value. */
export async function activationRanges(graph: NetworkGraph, layers: ReadonlySet<string>, inputs: readonly FloatTensor[]): Promise<Map<string, ActivationRange>> {
  const ranges = new Map<string, ActivationRange>();
  await walk(graph, layers, inputs, (step, frames) => {
    if (!ranges.has(step.input.name)) ranges.set(step.input.name, rangeOf(frames));
    return undefined;
  });
  return ranges;
}

function rangeOf(frames: readonly FloatTensor[]): ActivationRange {
  let [low, high] = [0, 0];
  for (const { data } of frames) {
    for (let i = 0; i < data.length; i++) {
      if (data[i] < low) low = data[i];
      else if (data[i] > high) high = data[i];
    }
  }
  const signed = low < 0;
  return { scale: (signed ? Math.max(-low, high) / 127 : high / 255) || 1, signed };
}

/**
 * Frames (N, channels, height, width) as the compressor takes them, (N, height, width, channels); if these are more values than `limit`, evenly
 * chosen frames of them, at least one.
 */
export function calibrationFrames(tensors: readonly FloatTensor[], limit = 2 ** 24): { frames: number; values: Float32Array } {
  const [, channels, height, width] = tensors[0].shape;
  const frameSize = channels * height * width;
  const all = tensors.flatMap(({ data }) => Array.from({ length: data.length / frameSize }, (_, i) => data.subarray(i * frameSize, (i + 1) * frameSize)));
  const frames = Math.min(all.length, Math.max(1, Math.floor(limit / frameSize)));
  const values = new Float32Array(frames * frameSize);
  for (let f = 0; f < frames; f++) {
    const frame = all[Math.floor((f * all.length) / frames)];
    for (let c = 0; c < channels; c++) {
      for (let p = 0; p < height * width; p++) values[f * frameSize + p * channels + c] = frame[c * height * width + p];
    }
  }
  return { frames, values };
}
