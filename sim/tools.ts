import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { runProcess } from './process.js';

export interface FoundTool {
  /** Path of the program. */
  path: string;
  /** `major.minor...` as the tool says it, e.g. `5.006`. */
  version: string;
  /** What is known about this version that the user should hear. */
  warning?: string;
}

/** The oldest Verilator that has what the bench uses (VerilatedContext), and the oldest that shiftloom is tested with. */
const VERILATOR_OLDEST = 4.2;
const VERILATOR_TESTED = 5.006;
const OWN_WRAPPER = 'verilator_wrapper.js';
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/opt/verilator/bin', '/opt/homebrew/bin', '/opt/local/bin'];

type Environment = NodeJS.ProcessEnv;

/**
 * Verilator by VERILATOR_ROOT, PATH, then the usual folders; the first that runs. An empty PATH means that only
 * VERILATOR_ROOT counts: whoever empties it wants to see what happens without tools.
 * @throws ShiftloomError (tool) if the one found is too old.
 */
export async function findVerilator(env: Environment = process.env): Promise<FoundTool | undefined> {
  const root = env.VERILATOR_ROOT;
  const places = [...(root ? [join(root, 'bin')] : []), ...searchFolders(env)];
  const path = await firstExecutable('verilator', places);
  if (!path) return undefined;
  const version = await versionOf(path, ['--version'], /Verilator\s+(\d+\.\d+)/, env);
  if (!version) return undefined;
  if (Number(version) < VERILATOR_OLDEST) {
    throw new ShiftloomError('tool', path, `Verilator ${version} is too old, ${VERILATOR_OLDEST.toFixed(3)} is needed`, verilatorInstallHint());
  }
  const warning = Number(version) < VERILATOR_TESTED ? `shiftloom is tested with Verilator ${VERILATOR_TESTED.toFixed(3)} and newer` : undefined;
  return { path, version, warning };
}

/** Icarus Verilog, for the second opinion of `lint`. */
export async function findIverilog(env: Environment = process.env): Promise<FoundTool | undefined> {
  const path = await firstExecutable('iverilog', searchFolders(env));
  const version = path && (await versionOf(path, ['-V'], /Icarus Verilog version\s+(\d+\.\d+)/, env));
  return path && version ? { path, version } : undefined;
}

/** The C++ compiler that Verilator's models are compiled with: CXX, then g++, c++, clang++. */
export function findCompiler(env: Environment = process.env): Promise<FoundTool | undefined> {
  return firstCompiler([env.CXX, 'g++', 'c++', 'clang++'], env);
}

/** The C compiler that drivers are compiled with: CC, then gcc, cc, clang. */
export function findCCompiler(env: Environment = process.env): Promise<FoundTool | undefined> {
  return firstCompiler([env.CC, 'gcc', 'cc', 'clang'], env);
}

async function firstCompiler(names: readonly (string | undefined)[], env: Environment): Promise<FoundTool | undefined> {
  for (const name of names) {
    const path = name && (name.includes('/') ? name : await firstExecutable(name, searchFolders(env)));
    const version = path && (await versionOf(path, ['-dumpfullversion', '-dumpversion'], /^(\d+[\d.]*)/, env));
    if (path && version) return { path, version };
  }
  return undefined;
}

/** The one command that installs Verilator on this platform. */
export function verilatorInstallHint(platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return 'Install it with: brew install verilator';
  if (platform === 'win32') return 'Install it inside WSL with: sudo apt-get install verilator';
  return 'Install it with: sudo apt-get install verilator';
}

/** What is thrown where Verilator is asked for by name and is absent. */
export function missingVerilator(): ShiftloomError {
  return new ShiftloomError('tool', 'verilator', 'not found by VERILATOR_ROOT, on PATH or in the usual folders', verilatorInstallHint());
}

function searchFolders(env: Environment): string[] {
  const path = env.PATH ?? '';
  return path === '' ? [] : [...path.split(delimiter).filter(Boolean), ...USUAL_FOLDERS];
}

async function firstExecutable(name: string, folders: string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    if (!(await access(path, constants.X_OK).then(() => true, () => false))) continue;
    // npx puts this package's own `verilator` first on PATH; it must not find itself.
    if (basename(await realpath(path)) !== OWN_WRAPPER) return path;
  }
  return undefined;
}

async function versionOf(path: string, args: string[], pattern: RegExp, env: Environment): Promise<string | undefined> {
  const outcome = await runProcess(path, args, { env }).catch(() => undefined);
  return outcome && pattern.exec(outcome.stdout + outcome.stderr)?.[1];
}
