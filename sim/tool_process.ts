import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { harnessDir } from './package_paths.js';

export type ProcessTool = 'yosys' | 'clang++';
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
 * One child process running Yosys and clang (WebAssembly), one call after the other. It starts with the first call and
 * is kept, because a warm tool is quicker; it does not keep this process alive while idle and ends with it.
 */
export class ToolProcess {
  private child?: ChildProcess;
  private queue: Promise<unknown> = Promise.resolve();
  private pending?: { done: (reply: Reply) => void; fail: (error: unknown) => void };

  /** `files` and `wanted` are paths relative to the tool's working folder. Aborting kills the process. */
  run(tool: ProcessTool, args: string[], files: Record<string, FileContents>, wanted: string[] = [], signal?: AbortSignal): Promise<ToolOutcome> {
    const turn = this.queue.then(() => this.call({ tool, args, files, wanted }, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Kills the process; a later call starts a new one. */
  close(): void {
    const child = this.child;
    this.child = undefined;
    child?.kill('SIGKILL');
  }

  private call(request: object, signal?: AbortSignal): Promise<ToolOutcome> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const child = (this.child ??= this.start());
    hold(child, true);
    return new Promise<ToolOutcome>((resolve, reject) => {
      const abort = () => this.pending?.fail(signal?.reason);
      const settle = () => {
        signal?.removeEventListener('abort', abort);
        this.pending = undefined;
        hold(child, false);
      };
      this.pending = {
        done: (reply) => {
          settle();
          resolve({ code: reply.code, output: reply.output, files: bytesOf(reply.files) });
        },
        fail: (error) => {
          settle();
          this.close();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      child.send(request);
    });
  }

  private start(): ChildProcess {
    const child = fork(join(harnessDir(), 'tool_process.mjs'), { serialization: 'advanced', execArgv: [] });
    const current = () => (this.child === child ? this.pending : undefined);
    child.on('message', (reply) => current()?.done(reply as Reply));
    child.on('error', (error) => current()?.fail(error));
    child.on('exit', (code, endedBy) => {
      current()?.fail(new Error(`the process of Yosys and clang ended with ${endedBy ?? `code ${code}`}`));
      if (this.child === child) this.child = undefined;
    });
    return child;
  }
}

/** Whether the child keeps this process alive. */
function hold(child: ChildProcess, on: boolean): void {
  if (on) {
    child.ref();
    child.channel?.ref();
  } else {
    child.unref();
    child.channel?.unref();
  }
}

function bytesOf(files: Record<string, FileContents>): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [path, typeof content === 'string' ? Buffer.from(content) : content]));
}

let shared: ToolProcess | undefined;

/** The one that is shared, used by the embedded engine and by lint. */
export function sharedToolProcess(): ToolProcess {
  return (shared ??= new ToolProcess());
}
