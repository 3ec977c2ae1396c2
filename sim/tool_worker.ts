import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { harnessDir } from './package_paths.js';

export type WorkerTool = 'yosys' | 'clang++';
export type FileContents = string | Uint8Array;

export interface ToolOutcome {
  /** Exit code; -1 if the tool itself broke. */
  code: number;
  /** Standard output and error together, as text. */
  output: string;
  /** The wanted files that exist after the run. */
  files: Record<string, Uint8Array>;
}

interface Reply extends Omit<ToolOutcome, 'files'> {
  files: Record<string, FileContents>;
}

/**
 * One worker thread running Yosys and clang (WebAssembly) one call after the other. The thread starts with the first
 * call and is kept, because a warm tool is several times faster; it does not keep the process alive while idle.
 */
export class ToolWorker {
  private worker?: Worker;
  private queue: Promise<unknown> = Promise.resolve();
  private pending?: { done: (reply: Reply) => void; fail: (error: unknown) => void };

  /** `files` and `wanted` are paths relative to the tool's working folder. Aborting ends the thread. */
  run(tool: WorkerTool, args: string[], files: Record<string, FileContents>, wanted: string[] = [], signal?: AbortSignal): Promise<ToolOutcome> {
    const turn = this.queue.then(() => this.call(tool, args, files, wanted, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the thread; a later call starts a new one. */
  async close(): Promise<void> {
    const worker = this.worker;
    this.worker = undefined;
    await worker?.terminate();
  }

  private call(tool: WorkerTool, args: string[], files: Record<string, FileContents>, wanted: string[], signal?: AbortSignal): Promise<ToolOutcome> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const worker = (this.worker ??= this.start());
    worker.ref();
    return new Promise<ToolOutcome>((resolve, reject) => {
      const abort = () => this.pending?.fail(signal?.reason);
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        this.pending = undefined;
        worker.unref();
      };
      this.pending = {
        done: (reply) => {
          settle();
          resolve({ code: reply.code, output: reply.output, files: bytesOf(reply.files) });
        },
        fail: (error) => {
          settle();
          void this.close().then(() => reject(error));
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      worker.postMessage({ tool, args, files, wanted });
    });
  }

  private start(): Worker {
    const worker = new Worker(pathToFileURL(join(harnessDir(), 'tool_worker.mjs')));
    const current = () => (this.worker === worker ? this.pending : undefined);
    worker.on('message', (reply: Reply) => current()?.done(reply));
    worker.on('error', (error) => current()?.fail(error));
    worker.on('exit', (code) => current()?.fail(new Error(`the tool worker ended with code ${code}`)));
    return worker;
  }
}

function bytesOf(files: Record<string, FileContents>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, typeof content === 'string' ? Buffer.from(content) : content]));
}

let shared: ToolWorker | undefined;

/** The process's own worker, used by the embedded engine and by lint. */
export function sharedToolWorker(): ToolWorker {
  return (shared ??= new ToolWorker());
}
