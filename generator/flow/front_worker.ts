/** A worker thread that plans: the layer comes once, then parts of its front. Out: { id, part } or { id, message } of what went wrong. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Layer } from '../layer/layer.js';
import { frontOf, type FrontJob } from '../plan/front.js';

parentPort?.on('message', ({ id, job }: { id: number; job: FrontJob }) => {
  try {
    parentPort?.postMessage({ id, part: frontOf(workerData as Layer, job) });
  } catch (error) {
    parentPort?.postMessage({ id, message: (error as Error).message });
  }
});
