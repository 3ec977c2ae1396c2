/**
 * Jobs on worker threads without giving up the calling thread: jobs and results are in shared memory, the caller works beside the workers and waits for the last of
 * them. So compression stays an ordinary function call. Results do not depend on who does which job.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { perform, type Task } from './tasks.js';

/** Under a test runner there is no compiled worker beside this file; then this thread does all. */
const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));
/** After so long without any result from the workers, this thread does their jobs itself. */
const PATIENCE_MS = 20_000;
/** Multiply-accumulates below which workers would take longer to start than they save. */
const WORTHWHILE = 2e8;

/** `next` is the first job that nobody has taken; `done` counts and `states` marks those that are finished. */
export interface SharedProgress {
  readonly next: Int32Array;
  readonly done: Int32Array;
  readonly states: Uint8Array;
}

export interface ParallelOptions {
  /** Threads beside the calling one; default: one less than there are cores. */
  readonly workers?: number;
  /** Multiply-accumulates of all jobs together. */
  readonly work: number;
  readonly onProgress: (fraction: number) => void;
}

/** Does all jobs 0..count-1 of a task whose arrays lie in shared memory. */
export function runJobs(task: Task, count: number, { workers = availableParallelism() - 1, work, onProgress }: ParallelOptions): void {
  const shared: SharedProgress = { next: sharedInt32(1), done: sharedInt32(1), states: sharedUint8(count) };
  const helpers = work < WORTHWHILE || !existsSync(WORKER) ? 0 : Math.min(workers, count - 1);
  const threads = Array.from({ length: helpers }, () => {
    const thread = new Worker(WORKER, { workerData: { task, shared }, execArgv: [] });
    // What a thread leaves undone is done here; its end needs no other answer.
    thread.on('error', () => undefined);
    thread.unref();
    return thread;
  });
  takeJobs(task, shared, (done) => onProgress(done / count));
  awaitOthers(shared.done, count, onProgress);
  shared.states.forEach((state, job) => {
    if (state === 0) perform(task, job);
  });
  for (const thread of threads) void thread.terminate();
}

/** Takes jobs until none is left. */
export function takeJobs(task: Task, { next, done, states }: SharedProgress, onDone: (done: number) => void): void {
  for (;;) {
    const job = Atomics.add(next, 0, 1);
    if (job >= states.length) return;
    perform(task, job);
    Atomics.store(states, job, 1);
    const before = Atomics.add(done, 0, 1);
    Atomics.notify(done, 0);
    onDone(before + 1);
  }
}

function awaitOthers(done: Int32Array, count: number, onProgress: (fraction: number) => void): void {
  for (let seen = Atomics.load(done, 0); seen < count; seen = Atomics.load(done, 0)) {
    if (Atomics.wait(done, 0, seen, PATIENCE_MS) === 'timed-out') return;
    onProgress(Atomics.load(done, 0) / count);
  }
}

export const sharedFloat32 = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
export const sharedFloat64 = (length: number) => new Float64Array(new SharedArrayBuffer(8 * length));
export const sharedInt32 = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));
export const sharedUint8 = (length: number) => new Uint8Array(new SharedArrayBuffer(length));
