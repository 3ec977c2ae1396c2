import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import type { SourceFile } from './contract.js';
import { isVerilog } from './job_file.js';
import { runProcess, type ProcessOutcome } from './process.js';
import { sharedToolProcess } from './tool_process.js';
import { findIverilog, findVerilator, missingVerilator, type FoundTool } from './tools.js';

export type LintTool = 'verilator' | 'iverilog' | 'yosys';

export interface LintResult {
  tool: LintTool;
  /** No message at all. */
  clean: boolean;
  messages: string[];
}

export interface LintOptions {
  /** Default: Yosys, and the others where they are found. A tool named here must be there. */
  tools?: LintTool[];
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** What every check is given. */
interface LintInput {
  files: SourceFile[];
  top: string;
  /** Verilog files in compile order, without headers. */
  sources: string[];
  /** The top has the parameter XC7_PRIMITIVES: it is checked with its behavioural twin, by Yosys with both. */
  twin: boolean;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
}

/** Yosys tells about memories that it takes as registers, which is what small arrays are meant to become. */
const YOSYS_REMARK = /^Warning: Replacing memory .* with list of registers/;
const TWIN_PARAMETER = /\bparameter\b[^;=]*\bXC7_PRIMITIVES\b/;

/**
 * Checks Verilog with the tools that must accept it: `verilator --lint-only -Wall`, `iverilog -g2005 -Wall`, Yosys
 * (Verilog-2005; with the primitives of `cells_sim.v`). About 0.5 s for a small design, most of it Yosys.
 * @throws ShiftloomError (tool) if a tool named in `options.tools` is absent.
 */
export async function lint(files: SourceFile[], top: string, options: LintOptions = {}): Promise<LintResult[]> {
  const env = options.env ?? process.env;
  const sources = files.map((file) => file.path).filter((path) => isVerilog(path) && !path.endsWith('h'));
  const twin = files.some((file) => isVerilog(file.path) && moduleText(file.text, top).some((text) => TWIN_PARAMETER.test(text)));
  const input: LintInput = { files, top, sources, twin, env, signal: options.signal };
  const checks = [];
  if (wanted('verilator', options)) checks.push(withTool('verilator', findVerilator(env), options, (tool) => lintVerilator(tool, input)));
  if (wanted('iverilog', options)) checks.push(withTool('iverilog', findIverilog(env), options, (tool) => lintIverilog(tool, input)));
  if (wanted('yosys', options)) checks.push(lintYosys(input));
  return (await Promise.all(checks)).filter((result) => result !== undefined);
}

function wanted(tool: LintTool, options: LintOptions): boolean {
  return options.tools?.includes(tool) ?? true;
}

async function withTool(
  name: 'verilator' | 'iverilog',
  search: Promise<FoundTool | undefined>,
  options: LintOptions,
  check: (tool: FoundTool) => Promise<LintResult>,
): Promise<LintResult | undefined> {
  const tool = await search;
  if (tool) return check(tool);
  if (!options.tools) return undefined;
  if (name === 'verilator') throw missingVerilator();
  throw new ShiftloomError('tool', name, 'not found on PATH or in the usual folders', 'Install it with: sudo apt-get install iverilog');
}

/** The header of module `top` in a file, up to the first semicolon after its name. */
function moduleText(text: string, top: string): string[] {
  return [...text.matchAll(/\bmodule\s+(\w+)[^;]*/g)].filter((match) => match[1] === top).map((match) => match[0]);
}

function lintVerilator(tool: FoundTool, input: LintInput): Promise<LintResult> {
  const twin = input.twin ? ['-GXC7_PRIMITIVES=0'] : [];
  const args = ['--lint-only', '-Wall', '--top-module', input.top, ...twin, ...input.sources];
  return inFolder(input, async (cwd) => resultOf('verilator', await runProcess(tool.path, args, { cwd, env: input.env, signal: input.signal })));
}

function lintIverilog(tool: FoundTool, input: LintInput): Promise<LintResult> {
  const twin = input.twin ? [`-P${input.top}.XC7_PRIMITIVES=0`] : [];
  const args = ['-g2005', '-Wall', '-t', 'null', '-s', input.top, ...twin, ...input.sources];
  return inFolder(input, async (cwd) => resultOf('iverilog', await runProcess(tool.path, args, { cwd, env: input.env, signal: input.signal })));
}

async function lintYosys(input: LintInput): Promise<LintResult> {
  const elaborate = (value?: number) => [
    `hierarchy -check -top ${input.top}${value === undefined ? '' : ` -chparam XC7_PRIMITIVES ${value}`}`,
    'proc',
    'check -assert',
  ];
  const steps = ['read_verilog -lib +/xilinx/cells_sim.v', `read_verilog ${input.sources.join(' ')}`];
  if (input.twin) steps.push('design -save read', ...elaborate(0), 'design -load read', ...elaborate(1));
  else steps.push(...elaborate());
  const files = Object.fromEntries(input.files.map((file) => [file.path, file.text]));
  const outcome = await sharedToolProcess().run('yosys', ['-q', '-p', steps.join('; ')], files, [], input.signal);
  return resultOf('yosys', { code: outcome.code, stdout: outcome.output, stderr: '' });
}

/** Writes the files into a folder of their own for the time of a check. */
async function inFolder(input: LintInput, check: (folder: string) => Promise<LintResult>): Promise<LintResult> {
  const folder = await mkdtemp(join(tmpdir(), 'shiftloom-lint-'));
  try {
    for (const file of input.files) {
      const path = join(folder, file.path);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.text);
    }
    return await check(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function resultOf(tool: LintTool, outcome: Pick<ProcessOutcome, 'code' | 'stdout' | 'stderr'>): LintResult {
  const lines = `${outcome.stdout}\n${outcome.stderr}`.split('\n').map((line) => line.trimEnd());
  const messages = lines.filter((line) => line !== '' && !(tool === 'yosys' && YOSYS_REMARK.test(line)));
  if (outcome.code !== 0 && messages.length === 0) messages.push(`ended with code ${outcome.code}`);
  return { tool, clean: messages.length === 0, messages };
}
