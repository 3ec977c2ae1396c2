import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ShiftloomError } from '../generator/errors.js';
import { contentHash } from './cache.js';
import type { SimulationJob } from './contract.js';
import { splitDesign } from './cxxrtl_source.js';
import type { Engine, EngineContext, Model } from './engine.js';
import { isVerilog } from './job_file.js';
import { benchSources, harnessDir } from './package_paths.js';
import { sharedToolProcess, type FileContents } from './tool_process.js';
import { designTexts } from './verilator_engine.js';

/** What the precompiled header consists of. */
const PRELUDE_FILES = ['embedded_prelude.h', 'pins.h'];
/** NDEBUG: cxxrtl asserts on reads beyond a memory, which hardware may do where the value is not used. */
const FLAGS = ['-O2', '-DNDEBUG', '-fno-exceptions', '-Icxxrtl_runtime'];
const MODEL_STACK = 8 << 20;

interface Packages {
  version: string;
  sources: Record<string, string>;
  /** Stand for the tools and headers, and for the bench, in keys. */
  hash: string;
  benchHash: string;
}

let packages: Promise<Packages> | undefined;

/** Yosys, clang and WebAssembly from npm packages: nothing of the system is used. */
export const embeddedEngine: Engine = {
  name: 'embedded',
  async version() {
    return (await findPackages()).version;
  },
  async build(job, context) {
    const found = await findPackages();
    const design = await cxxrtlDesign(job, found, context);
    const source = await readFile(join(design.path, 'design.cc'), 'utf8');
    const key = `model-${contentHash(['embedded', found.hash, found.benchHash, source])}`;
    const model = await context.cache.entry(key, (stage) => compileModel(stage, source, job, found, context));
    return {
      cached: design.cached && model.cached,
      run: (folder) => runModel(join(model.path, 'model.wasm'), design.path, folder, job, context),
    } satisfies Model;
  },
};

function findPackages(): Promise<Packages> {
  return (packages ??= readPackages());
}

async function readPackages(): Promise<Packages> {
  const versions = ['@yowasp/yosys', '@yowasp/clang'].map((name) => `${name} ${versionOf(name)}`);
  const sources = await benchSources();
  const hash = contentHash([...versions, ...FLAGS, ...PRELUDE_FILES.map((name) => sources[name])]);
  return { version: versions.join(', '), sources, hash, benchHash: contentHash(Object.values(sources)) };
}

/** Version of an npm package; its package.json may be hidden by an exports map, but lies above its entry. */
function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (require(join(folder, name, 'package.json')) as { version: string }).version;
    } catch {
      // Not in this node_modules; the next one up.
    }
  }
  throw new ShiftloomError('tool', name, 'the npm package is not installed', 'Run: npm install');
}

/** Verilog to C++ by Yosys; entry with design.cc and init.bin, by the content of sources and memories. */
function cxxrtlDesign(job: SimulationJob, found: Packages, context: EngineContext): Promise<{ path: string; cached: boolean }> {
  const memories = job.files.filter((file) => !isVerilog(file.path)).flatMap((file) => [file.path, file.text]);
  const key = `cxxrtl-${contentHash([found.hash, ...designTexts(job), ...memories])}`;
  return context.cache.entry(key, async (stage) => {
    context.building(`Yosys translates ${job.top}`);
    const files = Object.fromEntries(job.files.map((file) => [file.path, file.text]));
    const outcome = await sharedToolProcess().run('yosys', ['-q', '-p', cxxrtlScript(job)], files, ['design.cc'], context.signal);
    const text = outcome.files['design.cc'];
    if (outcome.code !== 0 || !text) throw new ShiftloomError('tool', `${job.top} (Yosys)`, outcome.output.trim().slice(-3000) || `ended with code ${outcome.code}`);
    const { source, init } = splitDesign(Buffer.from(text).toString('utf8'));
    await writeFile(join(stage, 'design.cc'), source);
    await writeFile(join(stage, 'init.bin'), init);
  });
}

/** Hierarchy is kept: flat, clang takes minutes for what takes seconds, and the result is no faster from 256 lanes on. */
function cxxrtlScript(job: SimulationJob): string {
  const sources = job.files.map((file) => file.path).filter((path) => isVerilog(path) && !path.endsWith('h'));
  const parameters = Object.entries(job.parameters ?? {}).map(([name, value]) => `-chparam ${name} ${value}`);
  return [
    'read_verilog -lib +/xilinx/cells_sim.v', // named in branches that XC7_PRIMITIVES=0 leaves out
    `read_verilog ${sources.join(' ')}`,
    `hierarchy -check -top ${job.top} ${parameters.join(' ')}`,
    'proc',
    'opt_clean',
    'rename -top dut',
    'write_cxxrtl -noflatten -O6 -g0 design.cc',
  ].join('; ');
}

async function compileModel(stage: string, source: string, job: SimulationJob, found: Packages, context: EngineContext): Promise<void> {
  const header = await precompiledHeader(found, context);
  const bench = await benchObject(header, found, context);
  context.building(`clang compiles ${job.top}`);
  const design = `${source}\n#include "embedded_adapter.h"\n`;
  const files = { ...found.sources, 'prelude.pch': header, 'design.cc': design };
  const object = await clang([...FLAGS, '-include-pch', 'prelude.pch', '-c', 'design.cc', '-o', 'design.o'], files, 'design.o', job.top, context);
  const link = [`-Wl,-z,stack-size=${MODEL_STACK}`, 'bench.o', 'design.o', '-o', 'model.wasm'];
  const wasm = await clang(link, { 'bench.o': bench, 'design.o': object }, 'model.wasm', job.top, context);
  await writeFile(join(stage, 'model.wasm'), wasm);
}

/** cxxrtl's headers precompiled: they are most of the compile time of a small design. */
async function precompiledHeader(found: Packages, context: EngineContext): Promise<Uint8Array> {
  const entry = await context.cache.entry(`header-${contentHash(['embedded', found.hash])}`, async (stage) => {
    context.building('clang compiles the headers (once)');
    const args = [...FLAGS, '-x', 'c++-header', 'embedded_prelude.h', '-o', 'prelude.pch'];
    await writeFile(join(stage, 'prelude.pch'), await clang(args, found.sources, 'prelude.pch', 'embedded_prelude.h', context));
  });
  return readFile(join(entry.path, 'prelude.pch'));
}

async function benchObject(header: Uint8Array, found: Packages, context: EngineContext): Promise<Uint8Array> {
  const entry = await context.cache.entry(`runtime-${contentHash(['embedded', found.hash, found.benchHash])}`, async (stage) => {
    context.building('clang compiles the bench (once)');
    const args = [...FLAGS, '-include-pch', 'prelude.pch', '-c', 'embedded_main.cpp', '-o', 'bench.o'];
    const files = { ...found.sources, 'prelude.pch': header };
    await writeFile(join(stage, 'bench.o'), await clang(args, files, 'bench.o', 'embedded_main.cpp', context));
  });
  return readFile(join(entry.path, 'bench.o'));
}

async function clang(args: string[], files: Record<string, FileContents>, wanted: string, place: string, context: EngineContext): Promise<Uint8Array> {
  const outcome = await sharedToolProcess().run('clang++', args, files, [wanted], context.signal);
  const result = outcome.files[wanted];
  if (outcome.code !== 0 || !result) throw new ShiftloomError('tool', `${place} (clang)`, outcome.output.trim().slice(0, 3000) || `ended with code ${outcome.code}`);
  return result;
}

/** Runs the model in a thread of its own, so that it neither blocks the caller nor outlives an abort. */
function runModel(wasm: string, modelFolder: string, runFolder: string, job: SimulationJob, context: EngineContext): Promise<void> {
  const { signal } = context;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const script = pathToFileURL(join(harnessDir(), 'model_worker.mjs'));
  const worker = new Worker(script, { workerData: { wasm, modelFolder, runFolder } });
  return new Promise<void>((resolve, reject) => {
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return; // ending the thread is itself an exit
      settled = true;
      signal?.removeEventListener('abort', abort);
      void worker.terminate().then(finish);
    };
    const abort = () => settle(() => reject(signal?.reason));
    const fail = (message: string) => settle(() => reject(new ShiftloomError('tool', job.top, `the simulation ended with ${message}`)));
    signal?.addEventListener('abort', abort, { once: true });
    worker.on('error', (error) => fail(error.message));
    worker.on('exit', (code) => fail(`code ${code}`));
    worker.on('message', (message: { progress?: [number, number, number]; code?: number }) => {
      if (message.progress) context.progress(...message.progress);
      else if (message.code === 0) settle(resolve);
      else fail(`code ${message.code}`);
    });
  });
}
