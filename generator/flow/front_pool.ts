/** Parts of a front, planned on all cores. */
import { fileURLToPath } from 'node:url';
import type { Layer } from '../layer/layer.js';
import { frontOf, type FrontJob, type FrontPart } from '../plan/front.js';
import type { FlowContext } from './context.js';
import { runOnThreads } from './thread_pool.js';

const WORKER = fileURLToPath(new URL('./front_worker.js', import.meta.url));

/** Plans jobs side by side; `done` is awaited as each ends. Rejects with the signal's reason when aborted, and then no worker is left. */
export function planFronts(
  layer: Layer, jobs: readonly FrontJob[], done: (part: FrontPart, index: number) => Promise<void>, context: FlowContext = {},
): Promise<void> {
  return runOnThreads({ file: WORKER, data: layer, run: frontOf }, jobs, done, context);
}
