/** Running the time-shared form of a network in the simulator, for tests. */
import { generateShared, type GeneratedShared } from '../../generator/generate_shared.js';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import type { Network } from '../../generator/network/network.js';
import type { SharedLanes } from '../../generator/plan/shared/shared_plan.js';
import { simulate, type SimulationJob, type SimulationOptions, type SimulationResult } from '../../sim/simulate.js';

/** Simulation job of a time-shared engine on integer input frames; expected outputs from the golden model. */
export function sharedJob({ plan, files, top, verilog }: Pick<GeneratedShared, 'plan' | 'files' | 'top' | 'verilog'>, frames: number, input: Int32Array, more: Partial<SimulationJob> = {}): SimulationJob {
  const { network } = plan;
  const memory = [...files].filter(([path]) => path.startsWith('mem/')).map(([path, text]) => ({ path, text }));
  const shape = (stream: typeof plan.input) => ({ elementBits: stream.elementBits, elementsPerBeat: stream.elements, beatsPerFrame: stream.beatsPerFrame });
  return {
    top,
    files: [...verilog.map((path) => ({ path, text: files.get(path)! })), ...memory],
    parameters: { XC7_PRIMITIVES: 0 },
    input: shape(plan.input),
    output: shape(plan.output),
    frames,
    inputData: input,
    expected: goldenNetwork(network, input, frames),
    outputSigned: network.nodes[network.output].output.signed,
    seed: 1,
    stallIn: 0,
    stallOut: 0,
    maxCycles: 5_000_000,
    ...more,
  };
}

/** Generates and simulates in one go. */
export async function runShared(
  network: Network, lanes: SharedLanes, frames: number, input: Int32Array, more: Partial<SimulationJob> = {}, options: SimulationOptions = {},
): Promise<{ generated: GeneratedShared; result: SimulationResult }> {
  const generated = generateShared(network, lanes);
  return { generated, result: await simulate(sharedJob(generated, frames, input, more), options) };
}

/** The same job with memories that hold zeros until they are loaded. */
export function blankMemories(job: SimulationJob): SimulationJob {
  return { ...job, files: job.files.map((file) => (file.path.endsWith('.mem') ? { ...file, text: file.text.replace(/[0-9a-fA-F]/g, '0') } : file)) };
}
