import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Called with every complete line of standard output as it comes. */
  onLine?: (line: string) => void;
}

export interface ProcessOutcome {
  /** Exit code; 128 + signal number is not invented: a process ended by a signal gives -1 and `endedBy`. */
  code: number;
  endedBy?: NodeJS.Signals;
  stdout: string;
  stderr: string;
}

/** Text kept of each output stream; tools that fail say why at the beginning. */
const KEPT_OUTPUT = 1 << 20;

/**
 * Runs a program to its end. Aborting kills it with its own children (g++ starts compilers that outlive it) and
 * rejects with the abort reason. Rejects with the system's error if the program cannot be started.
 */
export function runProcess(command: string, args: string[], options: ProcessOptions = {}): Promise<ProcessOutcome> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(options.signal.reason);
    const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => {
      if (child.pid !== undefined) killTree(child.pid);
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    const finish = (settle: () => void) => {
      options.signal?.removeEventListener('abort', stop);
      if (options.signal?.aborted) reject(options.signal.reason);
      else settle();
    };
    const stdout = collect(child.stdout, options.onLine);
    const stderr = collect(child.stderr);
    child.on('error', (error) => finish(() => reject(error)));
    child.on('close', (code, endedBy) =>
      finish(() => resolve({ code: code ?? -1, endedBy: endedBy ?? undefined, stdout: stdout(), stderr: stderr() })),
    );
  });
}

/** Gathers a stream as text up to KEPT_OUTPUT; lines go to `onLine` even beyond that. */
function collect(stream: NodeJS.ReadableStream, onLine?: (line: string) => void): () => string {
  let text = '';
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    if (text.length < KEPT_OUTPUT) text += chunk;
    if (!onLine) return;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => text;
}

/** Kills a process and all its descendants, where the system lists them (/proc); elsewhere the process itself. */
function killTree(pid: number): void {
  for (const child of childrenOf(pid)) killTree(child);
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Runs `task` on every item, at most `limit` at a time; the first failure stops the rest from starting. */
export async function inParallel<T, R>(items: readonly T[], limit: number, task: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await task(items[index], index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(limit, items.length)) }, lane));
  return results;
}
