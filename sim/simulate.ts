import { ShiftloomError } from '../generator/errors.js';
import type { SimulationJob, SimulationOptions, SimulationResult } from './contract.js';

export type * from './contract.js';

/** Runs one job on one engine and compares every output element. */
export function simulate(job: SimulationJob, options: SimulationOptions = {}): Promise<SimulationResult> {
  return Promise.reject(new ShiftloomError('tool', job.top, `no engine '${options.engine ?? 'auto'}' is built in yet`));
}
