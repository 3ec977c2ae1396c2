/**
 * A pool of worker threads that plan parts of a front, one for each core. Under a test runner there is no compiled worker beside this file; then the
 * parts are planned in this thread.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { inParallel } from '../../sim/process.js';
import type { Layer } from '../layer/layer.js';
import { frontOf, type FrontJob, type FrontPart } from '../plan/front.js';
import { breathe, type FlowContext } from './context.js';

type Reply = { readonly id: number; readonly part: FrontPart } | { readonly id: number; readonly message: string };

const WORKER = fileURLToPath(new URL('./front_worker.js', import.meta.url));

/** Plans jobs side by side; `done` is awaited as each ends. Rejects with the signal's reason when aborted, and then no worker is left. */
export async function planFronts(
  layer: Layer, jobs: readonly FrontJob[], done: (part: FrontPart, index: number) => Promise<void>, context: FlowContext = {},
): Promise<void> {
  if (jobs.length === 0) return;
  if (!existsSync(WORKER)) {
    for (const [index, job] of jobs.entries()) {
      await breathe(context);
      await done(frontOf(layer, job), index);
    }
    return;
  }
  const count = Math.min(availableParallelism(), jobs.length);
  const free = Array.from({ length: count }, () => new Worker(WORKER, { workerData: layer, execArgv: [] }));
  const all = [...free];
  try {
    await inParallel(jobs, count, async (job, index) => {
      context.signal?.throwIfAborted();
      const worker = free.pop()!;
      const part = await ask(worker, index, job, context.signal);
      free.push(worker);
      await done(part, index);
    });
  } finally {
    await Promise.all(all.map((worker) => worker.terminate()));
  }
}

function ask(worker: Worker, id: number, job: FrontJob, signal: AbortSignal | undefined): Promise<FrontPart> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      worker.off('message', onMessage).off('error', onError);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onMessage = (reply: Reply) => finish(() => ('part' in reply ? resolve(reply.part) : reject(new Error(reply.message))));
    const onError = (error: Error) => finish(() => reject(error));
    const onAbort = () => finish(() => reject(signal?.reason));
    worker.on('message', onMessage).on('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.postMessage({ id, job });
  });
}
