import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { contentHash } from './cache.js';
import type { ModelSource, SimulationJob } from './contract.js';
import type { Engine, EngineContext } from './engine.js';
import { isVerilog } from './job_file.js';
import { benchSources, harnessDir } from './package_paths.js';
import { sharedModulesConfig } from './shared_modules.js';
import { inParallel, runProcess } from './process.js';
import { findCompiler, findVerilator, missingVerilator, type FoundTool } from './tools.js';

/**
 * Above this size of generated C++ the files are compiled one by one on all cores; below it one compiler run is quickest: each run reads the bench's and
 * Verilator's headers. Without optimization it is quickest for longer: 0.7 s of a core for a megabyte, and 2.5 s file by file.
 */
const UNITY_BYTES = 600_000;
const QUICK_UNITY_BYTES = 3_000_000;
/** Statements of a generated file and of a function in it: a large engine's parts compile on all cores at once. */
const SPLIT = ['--output-split', '12000', '--output-split-cfuncs', '3000'];
/** What a model is linked with. */
export const MODEL_LIBRARIES = ['-lpthread', '-latomic'];
/** What Verilator's own makefile passes, less its warnings. */
const DEFINES = ['-DVERILATOR=1', '-DVM_COVERAGE=0', '-DVM_SC=0', '-faligned-new', '-fcf-protection=none', '-w'];

type Optimization = '-O0' | '-O2';

/** The two tools and the place of Verilator's run-time sources. */
export interface Toolchain {
  verilator: FoundTool;
  compiler: FoundTool;
  include: string;
  /** Stand for the tools and for the bench in keys. */
  toolHash: string;
  benchHash: string;
}

const toolchains = new Map<string, Promise<Toolchain>>();

/** Finds Verilator and a compiler once per environment. @throws ShiftloomError (tool) if one is absent. */
export function verilatorToolchain(env: NodeJS.ProcessEnv): Promise<Toolchain> {
  const key = [env.VERILATOR_ROOT, env.PATH, env.CXX].join('|');
  let found = toolchains.get(key);
  if (!found) {
    found = findToolchain(env);
    toolchains.set(key, found);
    found.catch(() => toolchains.delete(key)); // it may be installed later
  }
  return found;
}

async function findToolchain(env: NodeJS.ProcessEnv): Promise<Toolchain> {
  const verilator = await findVerilator(env);
  if (!verilator) throw missingVerilator();
  const compiler = await findCompiler(env);
  if (!compiler) throw new ShiftloomError('tool', 'g++', 'Verilator needs a C++ compiler and none was found', 'Install it with: sudo apt-get install g++');
  const asked = await runProcess(verilator.path, ['--getenv', 'VERILATOR_ROOT'], { env });
  const include = join(asked.stdout.trim(), 'include');
  const toolHash = contentHash([verilator.path, verilator.version, compiler.path, compiler.version, ...DEFINES]);
  return { verilator, compiler, include, toolHash, benchHash: contentHash(Object.values(await benchSources())) };
}

/** Verilator: the design as C++, compiled by the system's compiler with the precompiled bench. */
export const verilatorEngine: Engine = {
  name: 'verilator',
  async version(context) {
    return (await verilatorToolchain(context.env)).verilator.version;
  },
  async build(job, context) {
    const tools = await verilatorToolchain(context.env);
    context.building(`Verilator ${tools.verilator.version} compiles ${job.top}`);
    const recording = `${job.trace ? `trace ${job.trace.depth ?? ''}` : ''}${job.activity ? 'activity' : ''}`;
    const key = `model-${contentHash(['verilator', tools.toolHash, tools.benchHash, level(context), ...SPLIT, recording, ...designTexts(job)])}`;
    const model = await context.cache.entry(key, (stage) => buildModel(stage, job, tools, context));
    return { cached: model.cached, run: (folder) => runModel(join(model.path, 'model'), folder, job, context) };
  },
};

async function runModel(model: string, folder: string, job: SimulationJob, context: EngineContext): Promise<void> {
  const waves = job.trace && resolve(job.trace.file);
  if (waves) await mkdir(dirname(waves), { recursive: true });
  const outcome = await runProcess(model, waves ? [waves] : [], {
    cwd: folder,
    env: context.env,
    signal: context.signal,
    onLine: (line) => {
      const [word, cycles, beats, total] = line.split(' ');
      if (word === 'progress') context.progress(Number(cycles), Number(beats), Number(total));
    },
  });
  if (outcome.code === 0) return;
  const why = `${outcome.endedBy ?? `code ${outcome.code}`}: ${(outcome.stderr || outcome.stdout).slice(0, 2000).trim()}`;
  throw new ShiftloomError('tool', job.top, `the simulation ended with ${why}`);
}

/** What of a job decides the compiled model: top, parameters, Verilog; memories are read when it runs. */
export function designTexts(job: ModelSource): string[] {
  const parameters = Object.entries(job.parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [job.top, JSON.stringify(parameters), ...job.files.filter((file) => isVerilog(file.path)).flatMap((file) => [file.path, file.text])];
}

async function buildModel(stage: string, job: ModelSource, tools: Toolchain, context: EngineContext): Promise<void> {
  const work = join(stage, 'work');
  const main = { source: join(harnessDir(), 'verilator_main.cpp'), hash: tools.benchHash, includes: [] };
  const objects = await modelObjects(work, job, main, tools, context);
  const libraries = [...MODEL_LIBRARIES, ...(job.trace ? ['-lz'] : [])];
  await compile(tools.compiler, [...objects, '-s', '-o', join(stage, 'model'), ...libraries], context, job.top);
  await rm(work, { recursive: true });
}

/** C++ that a model is linked with and that is compiled once for all models. */
export interface ModelMain {
  readonly source: string;
  /** Of all that it includes. */
  readonly hash: string;
  /** Folders searched beside those of the bench. */
  readonly includes: readonly string[];
}

/** Objects of a design in `work`, of Verilator's run-time and of `main`: all that a program needs. */
export async function modelObjects(work: string, job: ModelSource, main: ModelMain, tools: Toolchain, context: EngineContext): Promise<string[]> {
  await verilate(work, job, tools, context);
  const runtime = await runtimeObjects(job, work, main, tools, context);
  const objects = await inParallel(await compileUnits(work, context), availableParallelism(), async ({ text, optimization }, index) => {
    const source = join(work, `unit_${index}.cc`);
    await writeFile(source, text);
    const header = await precompiledHeader(job, tools, context, optimization);
    await compile(tools.compiler, [...flagsOf(job, tools, optimization), '-include', header, '-c', source, '-o', `${source}.o`], context, job.top);
    return `${source}.o`;
  });
  return [...objects, ...runtime];
}

interface CompileUnit {
  readonly text: string;
  readonly optimization: Optimization;
}

/**
 * What is handed to the compiler: all files at once if they are small; otherwise each by itself, the largest first, so that no core
 * waits for another at the end. Code that runs once (files that Verilator calls slow, the table of names) is not optimized.
 */
async function compileUnits(work: string, context: EngineContext): Promise<CompileUnit[]> {
  const names = (await readdir(work)).filter((name) => name.endsWith('.cpp'));
  const sizes = new Map(await Promise.all(names.map(async (name) => [name, (await stat(join(work, name))).size] as const)));
  const include = (name: string) => `#include "${name}"\n`;
  const adapter = include('Vdut.h') + include('verilator_adapter.h');
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (total <= (context.quick ? QUICK_UNITY_BYTES : UNITY_BYTES)) return [{ text: names.map(include).join('') + adapter, optimization: level(context) }];
  const largestFirst = names.sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  const runsOnce = (name: string) => /__Slow\.cpp$|__Syms\.cpp$/.test(name);
  return [
    ...largestFirst.map((name) => ({ text: include(name), optimization: runsOnce(name) ? '-O0' : level(context) }) as const),
    { text: adapter, optimization: level(context) },
  ];
}

/** Verilog to C++ in `work`. Lint is `lint()`'s business; here only errors stop. */
async function verilate(work: string, job: ModelSource, tools: Toolchain, context: EngineContext): Promise<void> {
  const sources = job.files.filter((file) => isVerilog(file.path));
  for (const file of sources) {
    const path = join(work, 'src', file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
  }
  const parameters = Object.entries(job.parameters ?? {}).map(([name, value]) => `-G${name}=${value}`);
  const order = sources.map((file) => file.path).filter((path) => !path.endsWith('h'));
  const shared = sharedModulesConfig(sources);
  if (shared !== undefined) await writeFile(join(work, 'src', 'shared.vlt'), shared);
  const flags = ['--cc', ...SPLIT, '--prefix', 'Vdut', '--Mdir', work, '--top-module', job.top, '--x-initial', 'unique', '-Wno-fatal', '-Wno-lint', '-Wno-style'];
  if (job.trace) flags.push('--trace-fst', ...(job.trace.depth ? ['--trace-depth', String(job.trace.depth)] : []));
  const args = [...flags, ...parameters, ...(shared === undefined ? [] : ['shared.vlt']), ...order];
  const outcome = await runProcess(tools.verilator.path, args, { cwd: join(work, 'src'), env: context.env, signal: context.signal });
  if (outcome.code !== 0) throw new ShiftloomError('tool', `${job.top} (Verilator ${tools.verilator.version})`, outcome.stderr.slice(0, 3000).trim());
}

/** The objects that every model is linked with, compiled once per tool version: the bench (or another main) and Verilator's run-time. */
async function runtimeObjects(job: ModelSource, work: string, main: ModelMain, tools: Toolchain, context: EngineContext): Promise<string[]> {
  const classes = await readFile(join(work, 'Vdut_classes.mk'), 'utf8');
  const names = [...classes.matchAll(/^VM_GLOBAL_\w+ \+= \\\n((?:\t.*\n)*)/gm)].flatMap((match) => match[1].match(/\w+/g) ?? []);
  return inParallel([main.source, ...names.map((name) => join(tools.include, `${name}.cpp`))], availableParallelism(), async (source) => {
    const [hash, includes] = source === main.source ? [main.hash, main.includes.map((folder) => `-I${folder}`)] : ['', []];
    const key = `runtime-${contentHash([tools.toolHash, hash, source, recorded(job)])}`;
    const entry = await context.cache.entry(key, (stage) =>
      compile(tools.compiler, [...flagsOf(job, tools, '-O2'), ...includes, '-c', source, '-o', join(stage, 'unit.o')], context, source),
    );
    return join(entry.path, 'unit.o');
  });
}

/** verilated.h precompiled: three quarters of the compile time of a small design are its standard headers. */
async function precompiledHeader(job: ModelSource, tools: Toolchain, context: EngineContext, optimization: Optimization): Promise<string> {
  const entry = await context.cache.entry(`header-${contentHash([tools.toolHash, optimization, recorded(job)])}`, async (stage) => {
    const header = join(stage, 'verilated_pch.h');
    await writeFile(header, '#include "verilated.h"\n');
    await compile(tools.compiler, [...flagsOf(job, tools, optimization), '-x', 'c++-header', header, '-o', `${header}.gch`], context, header);
  });
  return join(entry.path, 'verilated_pch.h');
}

/** What a model records, as it stands in keys of what is compiled with other flags. */
function recorded(job: ModelSource): string {
  return job.trace ? 'trace' : job.activity ? 'activity' : '';
}

/** Of the model; the bench and the run-time are always compiled for speed. */
function level(context: EngineContext): Optimization {
  return context.quick ? '-O0' : '-O2';
}

/** The same for every compiler run of a level: g++ takes a precompiled header only under the flags that it was made with. */
function flagsOf(job: ModelSource, tools: Toolchain, optimization: Optimization): string[] {
  const includes = [harnessDir(), tools.include, join(tools.include, 'vltstd')].map((folder) => `-I${folder}`);
  return [optimization, ...DEFINES, `-DVM_TRACE=${job.trace ? 1 : 0}`, `-DVM_ACTIVITY=${job.activity ? 1 : 0}`, ...includes];
}

/** Runs a compiler. @throws ShiftloomError('tool') with what it says if it fails. */
export async function compile(compiler: FoundTool, args: string[], context: EngineContext, place: string): Promise<void> {
  const outcome = await runProcess(compiler.path, args, { env: context.env, signal: context.signal });
  if (outcome.code !== 0) throw new ShiftloomError('tool', `${place} (${compiler.path})`, outcome.stderr.slice(0, 3000).trim());
}
