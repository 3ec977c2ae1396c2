/** Which tools there are, which versions, and what to do about a missing one. */
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FASHION_DATA } from '../data/fashion.js';
import { ShiftloomError } from '../errors.js';
import { runYosys, closeYosysWorkers } from '../synthesize/yosys.js';
import { runProcess } from '../../sim/process.js';
import { findCompiler, findIverilog, findVerilator, verilatorInstallHint, type FoundTool } from '../../sim/tools.js';
import type { FlowContext } from './context.js';

export type Need = 'required' | 'recommended' | 'tests';

export interface ToolReport {
  readonly name: string;
  readonly found: boolean;
  readonly version?: string;
  readonly path?: string;
  /** required: nothing runs without it; recommended: the demo is slower without it; tests: only the tests use it. */
  readonly need: Need;
  readonly use: string;
  /** What the user should know or do. */
  readonly note?: string;
}

export interface Doctor {
  readonly tools: readonly ToolReport[];
  /** Whether the demo can run, and on which engine. */
  readonly demo: boolean;
  readonly engine?: 'verilator' | 'embedded';
}

/** Where Debian's package of ONNX's own operator tests puts them. */
export const ONNX_TEST_DATA = '/usr/share/libonnx-testdata/data';

const NODE_OLDEST = [20, 19] as const;
const require = createRequire(import.meta.url);

/** Looks at every tool; only being aborted is thrown. */
export async function doctor(context: FlowContext = {}): Promise<Doctor> {
  const env = context.env ?? process.env;
  const tools = [
    nodeReport(),
    await yosysReport(context),
    packageReport('@yowasp/clang', 'WebAssembly C++ compiler', 'required', 'the embedded simulation engine'),
    packageReport('onnxruntime-web', 'ONNX Runtime', 'required', 'the oracle that the golden model is compared with; import --calibrate'),
    await found('Verilator', 'recommended', 'simulation, 6 to 12 times faster than the embedded engine', () => findVerilator(env), verilatorInstallHint()),
    await found('C++ compiler', 'recommended', 'compiling what Verilator makes', () => findCompiler(env), 'Install it with: sudo apt-get install g++'),
    await found('Icarus Verilog', 'tests', 'the second opinion of lint', () => findIverilog(env), 'Install it with: sudo apt-get install iverilog'),
    await pythonReport(env),
    testDataReport(),
    fashionReport(),
    await answering('xmllint', ['--version'], 'packaged IP against the schema of IP-XACT', 'libxml2-utils', env),
    await answering('tclsh', ['/dev/null'], 'the Vivado scripts, run against a model of Vivado', 'tcl', env),
  ];
  await closeYosysWorkers();
  context.signal?.throwIfAborted();
  const has = (name: string) => tools.some((tool) => tool.name === name && tool.found);
  const demo = tools.every((tool) => tool.found || tool.need !== 'required');
  return { tools, demo, ...(demo ? { engine: has('Verilator') && has('C++ compiler') ? 'verilator' : 'embedded' } : {}) };
}

function nodeReport(): ToolReport {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const right = major > NODE_OLDEST[0] || (major === NODE_OLDEST[0] && minor >= NODE_OLDEST[1]);
  return {
    name: 'Node.js',
    found: right,
    version: process.versions.node,
    path: process.execPath,
    need: 'required',
    use: 'everything',
    ...(right ? {} : { note: `Node ${NODE_OLDEST.join('.')} or newer is needed` }),
  };
}

/** Runs the WebAssembly Yosys once: newer Node versions have broken it before. */
async function yosysReport(context: FlowContext): Promise<ToolReport> {
  const report = packageReport('@yowasp/yosys', 'Yosys (WebAssembly)', 'required', 'synthesis, lint and the embedded simulation engine');
  if (!report.found) return report;
  try {
    await runYosys({ script: 'design -reset', files: {}, outputs: [], signal: context.signal });
    return report;
  } catch (error) {
    context.signal?.throwIfAborted();
    return { ...report, found: false, note: `is installed but does not run: ${(error as Error).message}` };
  }
}

function packageReport(name: string, title: string, need: Need, use: string): ToolReport {
  const folder = packageFolder(name);
  if (!folder) return { name: title, found: false, need, use, note: `npm package ${name} is missing. Run: npm ci` };
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { name: title, found: true, version, need, use };
}

/** Folder of an installed package; `exports` of a package may hide its package.json, so folders are searched. */
function packageFolder(name: string): string | undefined {
  for (const base of require.resolve.paths(name) ?? []) {
    if (existsSync(join(base, name, 'package.json'))) return join(base, name);
  }
  const own = dirname(require.resolve('zod/package.json'));
  const beside = join(own, '..', name);
  return existsSync(join(beside, 'package.json')) ? beside : undefined;
}

async function found(name: string, need: Need, use: string, find: () => Promise<FoundTool | undefined>, wayOut: string): Promise<ToolReport> {
  try {
    const tool = await find();
    if (!tool) return { name, found: false, need, use, note: wayOut };
    return { name, found: true, version: tool.version, path: tool.path, need, use, ...(tool.warning ? { note: tool.warning } : {}) };
  } catch (error) {
    if (!(error instanceof ShiftloomError)) throw error;
    return { name, found: false, need, use, note: error.message };
  }
}

function testDataReport(): ToolReport {
  const base = { name: 'ONNX operator tests', need: 'tests', use: 'models with inputs and outputs that the import must give' } as const;
  if (existsSync(join(ONNX_TEST_DATA, 'node'))) return { ...base, found: true, path: ONNX_TEST_DATA };
  return { ...base, found: false, note: 'Install it with: sudo apt-get install libonnx-testdata' };
}

function fashionReport(): ToolReport {
  const base = { name: 'Fashion-MNIST', need: 'tests', use: 'training and checking networks, evaluate --data fashion-mnist' } as const;
  if (existsSync(FASHION_DATA)) return { ...base, found: true, path: FASHION_DATA };
  return { ...base, found: false, note: 'Install it with: sudo apt-get install dataset-fashion-mnist' };
}

/** A program that only tests use, found by running it. */
async function answering(name: string, args: string[], use: string, debianPackage: string, env: NodeJS.ProcessEnv): Promise<ToolReport> {
  const outcome = await runProcess(name, args, { env }).catch(() => undefined);
  if (outcome?.code !== 0) return { name, found: false, need: 'tests', use, note: `Install it with: sudo apt-get install ${debianPackage}` };
  const version = /version (\d+)/.exec(outcome.stderr)?.[1];
  return { name, found: true, need: 'tests', use, version: version ?? 'found' };
}

async function pythonReport(env: NodeJS.ProcessEnv): Promise<ToolReport> {
  const base = { name: 'Python 3 with numpy', need: 'tests', use: 'writing a layer file from Python' } as const;
  const code = 'import sys, numpy; print(sys.version.split()[0], "numpy", numpy.__version__)';
  for (const path of ['/usr/bin/python3', 'python3']) {
    const outcome = await runProcess(path, ['-c', code], { env }).catch(() => undefined);
    if (outcome?.code === 0) return { ...base, found: true, version: outcome.stdout.trim(), path };
  }
  return { ...base, found: false, note: 'Install it with: sudo apt-get install python3-numpy' };
}
