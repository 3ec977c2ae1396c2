/** Integer and float networks over many frames, on all cores. */
import { fileURLToPath } from 'node:url';
import { type FloatReference, floatNetwork } from '../network/float_network.js';
import { type FrameValues, goldenNetwork } from '../network/golden_network.js';
import { type Network, valuesOf } from '../network/network.js';
import type { FlowContext } from './context.js';
import { runOnThreads } from './thread_pool.js';

/** Frames of a part: enough that sending them costs nothing beside running them, few enough that progress is seen. */
const PART = 200;

export interface RunnableNetwork {
  readonly network: Network;
  /** For jobs of kind `float`. */
  readonly reference?: FloatReference;
}

export interface NetworkRunJob {
  readonly kind: 'golden' | 'float';
  readonly frames: FrameValues;
  readonly count: number;
}

export interface NetworkOutputs {
  /** (count, output values). */
  readonly golden: Int32Array;
  /** The same, real numbers; only with a float reference. */
  readonly float?: Float64Array;
}

const WORKER = fileURLToPath(new URL('./network_worker.js', import.meta.url));

/** One job, in this thread. */
export function runNetwork({ network, reference }: RunnableNetwork, { kind, frames, count }: NetworkRunJob): Int32Array | Float64Array {
  return kind === 'golden' ? goldenNetwork(network, frames, count) : floatNetwork(network, reference!, frames, count);
}

/**
 * Outputs of the golden network, and of the float network if it is given.
 * @param onFrames is told the share of the work that is done
 */
export async function networkOutputs(runnable: RunnableNetwork, frames: FrameValues, count: number, onFrames: (share: number) => void, context: FlowContext = {}): Promise<NetworkOutputs> {
  const perFrame = valuesOf(runnable.network.input);
  const { output, nodes } = runnable.network;
  const perOutput = valuesOf(nodes[output].output);
  const golden = new Int32Array(count * perOutput);
  const float = runnable.reference && new Float64Array(count * perOutput);
  const jobs: (NetworkRunJob & { first: number })[] = [];
  for (const kind of float ? (['golden', 'float'] as const) : (['golden'] as const)) {
    for (let first = 0; first < count; first += PART) {
      const size = Math.min(PART, count - first);
      jobs.push({ kind, first, count: size, frames: frames.slice(first * perFrame, (first + size) * perFrame) });
    }
  }
  let done = 0;
  await runOnThreads({ file: WORKER, data: runnable, run: runNetwork }, jobs, (outputs, i) => {
    const { kind, first } = jobs[i];
    (kind === 'golden' ? golden : float!).set(outputs, first * perOutput);
    onFrames(++done / jobs.length);
  }, context);
  return { golden, float };
}
