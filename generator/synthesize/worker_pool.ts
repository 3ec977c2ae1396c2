/**
 * A small pool of worker threads with Yosys loaded. Yosys blocks its thread for the whole run, and loading it takes
 * a moment, so workers are kept for a while after a run. They never keep the process alive.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { YOSYS_WORKER_SOURCE } from './yosys_worker.js';

/** Nested file tree of the YoWASP runtime. */
export type Tree = { [name: string]: Tree | string | Uint8Array };

export interface WorkerRun {
  readonly args: readonly string[];
  readonly files: Tree;
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface WorkerResult {
  readonly code: number;
  readonly files: Tree;
}

type Reply =
  | { id: number; kind: 'text'; text: string }
  | { id: number; kind: 'done'; code: number; files: Tree }
  | { id: number; kind: 'crash'; message: string };

/** A run takes 0.3 to 1.2 GB and one core: two at a time is what a small machine bears. */
const MAX_WORKERS = 2;
const IDLE_MILLISECONDS = 20_000;

const idle: { worker: Worker; timer: NodeJS.Timeout }[] = [];
const waiting: (() => void)[] = [];
let busy = 0;
let nextId = 1;

function startWorker(): Worker {
  const location = pathToFileURL(createRequire(import.meta.url).resolve('@yowasp/yosys')).href;
  return new Worker(YOSYS_WORKER_SOURCE, { eval: true, workerData: location, execArgv: [] });
}

async function acquire(): Promise<Worker> {
  if (busy >= MAX_WORKERS) await new Promise<void>((resolve) => waiting.push(resolve));
  else busy++;
  const kept = idle.pop();
  if (kept === undefined) return startWorker();
  clearTimeout(kept.timer);
  kept.worker.ref();
  return kept.worker;
}

/** Hands the place to the next in line; a dead worker is not kept. */
function release(worker: Worker, alive: boolean): void {
  if (alive) {
    worker.unref();
    const entry = { worker, timer: setTimeout(() => retire(entry), IDLE_MILLISECONDS) };
    entry.timer.unref();
    idle.push(entry);
  }
  const next = waiting.shift();
  if (next) next();
  else busy--;
}

function retire(entry: { worker: Worker; timer: NodeJS.Timeout }): void {
  const index = idle.indexOf(entry);
  if (index < 0) return;
  idle.splice(index, 1);
  void entry.worker.terminate();
}

/** Ends all idle workers at once, so that a long-lived program gets their memory back. */
export async function closeYosysWorkers(): Promise<void> {
  const entries = idle.splice(0);
  for (const entry of entries) clearTimeout(entry.timer);
  await Promise.all(entries.map((entry) => entry.worker.terminate()));
}

/** Runs Yosys once. Rejects with the signal's reason on abort and with a plain Error when the wasm itself failed. */
export async function runInWorker(run: WorkerRun): Promise<WorkerResult> {
  run.signal?.throwIfAborted();
  const worker = await acquire();
  let alive = false;
  try {
    run.signal?.throwIfAborted();
    const result = await converse(worker, run);
    alive = true;
    return result;
  } finally {
    if (!alive) await worker.terminate();
    release(worker, alive);
  }
}

function converse(worker: Worker, run: WorkerRun): Promise<WorkerResult> {
  const id = nextId++;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      run.signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onMessage = (reply: Reply) => {
      if (reply.id !== id) return;
      if (reply.kind === 'text') run.onText?.(reply.text);
      else if (reply.kind === 'done') finish(() => resolve({ code: reply.code, files: reply.files }));
      else finish(() => reject(new Error(reply.message)));
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onExit = (code: number) => finish(() => reject(new Error(`the worker thread ended with code ${code}`)));
    const onAbort = () => finish(() => reject(run.signal?.reason));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    run.signal?.addEventListener('abort', onAbort, { once: true });
    worker.postMessage({ id, args: [...run.args], files: run.files });
  });
}
