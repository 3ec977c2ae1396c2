/** A native Yosys, run in a temporary folder that is removed afterwards. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ShiftloomError } from '../errors.js';

export interface NativeRun {
  readonly path: string;
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly outputs?: readonly string[];
  readonly onText: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Runs the program and hands back all files of its folder, or those asked for. */
export async function runNative(run: NativeRun): Promise<{ code: number; files: Record<string, Uint8Array> }> {
  run.signal?.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'shiftloom-yosys-'));
  try {
    for (const [path, content] of Object.entries(run.files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    const code = await spawned(run, folder);
    return { code, files: await readBack(folder, run.outputs) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function spawned(run: NativeRun, folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.path, [...run.args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const onAbort = () => child.kill('SIGKILL');
    run.signal?.addEventListener('abort', onAbort, { once: true });
    child.stdout.setEncoding('utf8').on('data', run.onText);
    child.stderr.setEncoding('utf8').on('data', run.onText);
    child.on('error', (error) => {
      reject(new ShiftloomError('tool', run.path, `cannot be started: ${error.message}`, 'Leave the choice of a native Yosys away to use the built-in one'));
    });
    child.on('close', (code) => {
      run.signal?.removeEventListener('abort', onAbort);
      if (run.signal?.aborted) reject(run.signal.reason);
      else resolve(code ?? 1);
    });
  });
}

async function readBack(folder: string, outputs?: readonly string[]): Promise<Record<string, Uint8Array>> {
  const files: Record<string, Uint8Array> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const full = join(entry.parentPath, entry.name);
    const path = full.slice(folder.length + 1).split('\\').join('/');
    if (outputs === undefined || outputs.includes(path)) files[path] = await readFile(full);
  }
  return files;
}
