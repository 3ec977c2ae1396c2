import { availableParallelism } from 'node:os';
import type { SimulationJob, SimulationOptions, SimulationResult } from './contract.js';
import { inParallel } from './process.js';
import { simulate } from './simulate.js';

export interface PoolOptions extends Omit<SimulationOptions, 'workDir' | 'onProgress'> {
  /** Jobs at a time; default: the number of cores. Compilers and models are processes of their own. */
  workers?: number;
  /** Called as each job ends, in the order of ending. */
  onResult?: (outcome: PoolOutcome, index: number) => void;
}

/** How one job ended: with a result, or with what stopped it (malformed job, Verilog that does not compile). */
export type PoolOutcome = { result: SimulationResult } | { error: Error };

/**
 * Runs jobs side by side and returns their outcomes in the order of the jobs. A job that fails stops no other;
 * aborting stops all and rejects. `makeJob` is called when its turn comes, so that jobs need not all be held at once.
 */
export function runPool(count: number, makeJob: (index: number) => SimulationJob | Promise<SimulationJob>, options: PoolOptions = {}): Promise<PoolOutcome[]> {
  const { workers = availableParallelism(), onResult, ...simulation } = options;
  const indices = Array.from({ length: count }, (_, index) => index);
  return inParallel(indices, workers, async (index) => {
    const outcome = await outcomeOf(makeJob, index, simulation);
    onResult?.(outcome, index);
    return outcome;
  });
}

async function outcomeOf(makeJob: (index: number) => SimulationJob | Promise<SimulationJob>, index: number, options: SimulationOptions): Promise<PoolOutcome> {
  try {
    return { result: await simulate(await makeJob(index), options) };
  } catch (error) {
    if (options.signal?.aborted || !(error instanceof Error)) throw error;
    return { error };
  }
}
