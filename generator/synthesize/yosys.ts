/**
 * Runs Yosys: the wasm build from npm (`@yowasp/yosys`, in a worker thread), or a native one when the caller names it.
 * A native `yosys` on the PATH is never picked up by itself: counts differ between versions.
 */
import { ShiftloomError } from '../errors.js';
import { runNative } from './native.js';
import { runInWorker, type Tree } from './worker_pool.js';

export { closeYosysWorkers } from './worker_pool.js';

/** Which Yosys runs: the pinned wasm build (default), or the named native program. */
export type YosysEngine = { readonly kind: 'wasm' } | { readonly kind: 'native'; readonly path: string };

export interface YosysRun {
  /** Commands, one per entry or per line. */
  readonly script: string | readonly string[];
  /** Input files by relative path; the script refers to them by the same path. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Paths to hand back; without it, every file that the run made or changed. */
  readonly outputs?: readonly string[];
  readonly engine?: YosysEngine;
  /** Called with each step's name, given in the script as a line `#@ name`. */
  readonly onProgress?: (step: string) => void;
  /** Aborting ends the run at once; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface YosysResult {
  /** Files by path, as text: everything Yosys writes is text. */
  readonly files: Record<string, string>;
  /** What Yosys printed under `-q`: warnings and, on failure, errors. */
  readonly log: string;
}

export const SCRIPT_FILE = 'shiftloom_run.ys';
/** Quiet always: without it a large run prints hundreds of megabytes. */
export const YOSYS_ARGUMENTS = ['-Q', '-q', '-s', SCRIPT_FILE] as const;
const STEP_MARK = '@step ';

/**
 * Runs a script over in-memory files.
 * @throws ShiftloomError('tool') with Yosys' own last error lines.
 */
export async function runYosys(run: YosysRun): Promise<YosysResult> {
  const files = checkedFiles({ ...run.files, [SCRIPT_FILE]: scriptText(run.script) });
  const log = new LogReader(run.onProgress);
  const { code, files: after } = await execute(run, files, log);
  log.end();
  if (code !== 0) throw failure(run, `Yosys ended with code ${code}`, log.text);
  return { files: pickOutputs(run, files, after, log.text), log: log.text };
}

async function execute(run: YosysRun, files: Record<string, string | Uint8Array>, log: LogReader) {
  const onText = (text: string) => log.add(text);
  const engine = run.engine ?? { kind: 'wasm' };
  if (engine.kind === 'native') {
    return runNative({ path: engine.path, args: YOSYS_ARGUMENTS, files, outputs: run.outputs, onText, signal: run.signal });
  }
  try {
    const result = await runInWorker({ args: YOSYS_ARGUMENTS, files: treeOf(files), onText, signal: run.signal });
    return { code: result.code, files: flatten(result.files) };
  } catch (error) {
    if (run.signal?.aborted) throw run.signal.reason;
    log.end();
    throw failure(run, `Yosys broke off: ${(error as Error).message}`, log.text);
  }
}

/** Steps become `log` commands, which print even under `-q` when sent to standard error. */
function scriptText(script: string | readonly string[]): string {
  const lines = typeof script === 'string' ? script.split('\n') : script.flatMap((entry) => entry.split('\n'));
  return lines.map((line) => (line.startsWith('#@ ') ? `log -stderr ${STEP_MARK}${line.slice(3)}` : line)).join('\n') + '\n';
}

/** Splits what Yosys prints into steps (for progress) and log text. */
class LogReader {
  text = '';
  private partial = '';
  private readonly onStep?: (step: string) => void;

  constructor(onStep?: (step: string) => void) {
    this.onStep = onStep;
  }

  add(chunk: string): void {
    const lines = (this.partial + chunk).split('\n');
    this.partial = lines.pop() ?? '';
    for (const line of lines) this.line(line);
  }

  end(): void {
    if (this.partial !== '') this.line(this.partial);
    this.partial = '';
  }

  private line(line: string): void {
    if (line.startsWith(STEP_MARK)) this.onStep?.(line.slice(STEP_MARK.length).trim());
    else this.text += `${line}\n`;
  }
}

function checkedFiles(files: Record<string, string | Uint8Array>): Record<string, string | Uint8Array> {
  for (const path of Object.keys(files)) {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..') || /[\s"\\]/.test(path)) {
      throw new ShiftloomError('usage', 'yosys', `file path "${path}" cannot be given to Yosys`, 'Use a relative path without spaces, "." or ".."');
    }
  }
  return files;
}

function treeOf(files: Record<string, string | Uint8Array>): Tree {
  const root: Tree = {};
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    let folder = root;
    for (const part of parts.slice(0, -1)) folder = (folder[part] ??= {}) as Tree;
    folder[parts[parts.length - 1]] = content;
  }
  return root;
}

function flatten(tree: Tree, prefix = ''): Record<string, string | Uint8Array> {
  const flat: Record<string, string | Uint8Array> = {};
  for (const [name, entry] of Object.entries(tree)) {
    if (typeof entry === 'string' || entry instanceof Uint8Array) flat[prefix + name] = entry;
    else Object.assign(flat, flatten(entry, `${prefix}${name}/`));
  }
  return flat;
}

function pickOutputs(
  run: YosysRun,
  before: Record<string, string | Uint8Array>,
  after: Record<string, string | Uint8Array>,
  log: string,
): Record<string, string> {
  const paths = run.outputs ?? Object.keys(after).filter((path) => !(path in before));
  const picked: Record<string, string> = {};
  for (const path of paths) {
    const content = after[path];
    if (content === undefined) throw failure(run, `the script did not write "${path}"`, log);
    picked[path] = typeof content === 'string' ? content : new TextDecoder().decode(content);
  }
  return picked;
}

/** The error with Yosys' own last words: its ERROR lines, or else the last lines it printed. */
function failure(run: YosysRun, what: string, log: string): ShiftloomError {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const first = lines.findIndex((line) => /\bERROR\b/.test(line));
  const words = (first >= 0 ? lines.slice(first) : lines).slice(-5).join(' | ').slice(-1500);
  const place = run.engine?.kind === 'native' ? run.engine.path : 'yosys';
  return new ShiftloomError('tool', place, words ? `${what}: ${words}` : what);
}
