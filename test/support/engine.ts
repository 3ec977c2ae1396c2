/** Running a layer's generated engine in the simulator, for tests. */
import { weightStream } from '../../generator/flow/weight_stream.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import type { Layer } from '../../generator/layer/layer.js';
import { inStreamOrder } from '../../generator/plan/output_order.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { simulate, type SimulationJob, type SimulationOptions, type SimulationResult } from '../../sim/simulate.js';

/** Simulation job of a generated layer on integer input frames; expected outputs from the golden model. */
export function engineJob(generated: Generated, layer: Layer, frames: number, input: Int32Array, more: Partial<SimulationJob> = {}): SimulationJob {
  const { plan } = generated;
  const memory = [...generated.files].filter(([path]) => path.startsWith('mem/')).map(([path, text]) => ({ path, text }));
  return {
    top: generated.top,
    files: [...generated.verilog.map((path) => ({ path, text: generated.files.get(path)! })), ...memory],
    parameters: { XC7_PRIMITIVES: 0 },
    input: { elementBits: plan.input.elementBits, elementsPerBeat: plan.input.elements, beatsPerFrame: plan.input.beatsPerFrame },
    output: { elementBits: plan.output.elementBits, elementsPerBeat: plan.output.elements, beatsPerFrame: plan.output.beatsPerFrame },
    frames,
    inputData: input,
    expected: inStreamOrder(plan, goldenRun(layer, input, frames).outputs),
    weights: weightStream(generated, 0),
    outputSigned: layer.description.output.signed,
    seed: 1,
    stallIn: 0,
    stallOut: 0,
    maxCycles: 5_000_000,
    ...more,
  };
}

/** Generates and simulates in one go. */
export async function runEngine(
  layer: Layer, lanes: Lanes, frames: number, input: Int32Array, more: Partial<SimulationJob> = {}, options: SimulationOptions = {},
): Promise<{ generated: Generated; result: SimulationResult }> {
  const generated = generateLayer(layer, lanes);
  return { generated, result: await simulate(engineJob(generated, layer, frames, input, more), options) };
}
