/** Jobs on worker threads, one thread for each core. A worker gets { id, job } and answers { id, result }, or { id, message } of what went wrong. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { inParallel } from '../../sim/process.js';
import { breathe, type FlowContext } from './context.js';

export type ThreadReply<Result> = { readonly id: number; readonly result: Result } | { readonly id: number; readonly message: string };

export interface ThreadWork<Data, Job, Result> {
  /** Compiled worker. Under a test runner there is none; then the jobs run in this thread. */
  readonly file: string;
  /** What each worker is given once. */
  readonly data: Data;
  /** One job, in this thread. */
  readonly run: (data: Data, job: Job) => Result;
}

/** Runs jobs side by side; `done` is awaited as each ends. Rejects with the signal's reason when aborted, and then no worker is left. */
export async function runOnThreads<Data, Job, Result>(
  work: ThreadWork<Data, Job, Result>, jobs: readonly Job[], done: (result: Result, index: number) => void | Promise<void>, context: FlowContext = {},
): Promise<void> {
  if (jobs.length === 0) return;
  if (!existsSync(work.file)) {
    for (const [index, job] of jobs.entries()) {
      await breathe(context);
      await done(work.run(work.data, job), index);
    }
    return;
  }
  const count = Math.min(availableParallelism(), jobs.length);
  const free = Array.from({ length: count }, () => new Worker(work.file, { workerData: work.data, execArgv: [] }));
  const all = [...free];
  try {
    await inParallel(jobs, count, async (job, index) => {
      context.signal?.throwIfAborted();
      const worker = free.pop()!;
      const result = await ask<Job, Result>(worker, index, job, context.signal);
      free.push(worker);
      await done(result, index);
    });
  } finally {
    await Promise.all(all.map((worker) => worker.terminate()));
  }
}

function ask<Job, Result>(worker: Worker, id: number, job: Job, signal: AbortSignal | undefined): Promise<Result> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      worker.off('message', onMessage).off('error', onError);
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onMessage = (reply: ThreadReply<Result>) => finish(() => ('result' in reply ? resolve(reply.result) : reject(new Error(reply.message))));
    const onError = (error: Error) => finish(() => reject(error));
    const onAbort = () => finish(() => reject(signal?.reason));
    worker.on('message', onMessage).on('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.postMessage({ id, job });
  });
}
