/**
 * Random layers through everything: generated, linted by three tools, simulated with pauses and compared with the golden model
 * at every output, and the golden model with ONNX Runtime.
 *
 *     npm run check:random -- --count 200 --seed 1
 *
 * Ends with the line `N passed, M failed`; exit code 1 if any failed.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkRandomLayer, type RandomCheck, type RandomCheckOptions } from '../generator/flow/random_check.js';
import type { Generated } from '../generator/generate.js';
import { writeOutput } from '../generator/output/write.js';
import { lint, type LintTool } from '../sim/lint.js';
import { inParallel } from '../sim/process.js';
import { findIverilog, findVerilator } from '../sim/tools.js';
import { runAsProgram } from './project.js';

interface Arguments {
  readonly count: number;
  readonly seed: number;
  readonly engine: 'auto' | 'verilator' | 'embedded' | 'both';
  readonly lint: boolean;
  readonly rebuilt: boolean;
  readonly blocks: boolean;
  readonly jobs: number;
  readonly keep?: string;
  readonly cache?: string;
  readonly verbose: boolean;
}

function readArguments(args: readonly string[]): Arguments {
  const whole = (least: number) => (text: string) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) throw new InvalidArgumentError(`a whole number from ${least} is needed`);
    return value;
  };
  const oneOf = (...names: string[]) => (text: string) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`one of ${names.join(', ')} is needed`);
    return text;
  };
  const program = new Command('check:random')
    .description('Checks random layers end to end.')
    .option('--count <n>', 'how many layers', whole(1), 200)
    .option('--seed <s>', 'seed of the first layer; the others follow', whole(0), 1)
    .option('--engine <name>', 'auto, verilator, embedded, or both (which must agree)', oneOf('auto', 'verilator', 'embedded', 'both'), 'auto')
    .option('--no-lint', 'leave the three lint tools out')
    .option('--rebuilt', 'only layers whose weights are rebuilt from factors', false)
    .option('--blocks', 'only block-permuted layers', false)
    .option('--jobs <n>', 'layers at a time', whole(1), Math.min(2, availableParallelism()))
    .option('--keep <folder>', 'write the design of every failing layer there')
    .option('--cache <folder>', 'folder of compiled models')
    .option('--verbose', 'a line for each layer', false);
  return program.parse(args as string[], { from: 'user' }).opts<Arguments>();
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const seeds = Array.from({ length: args.count }, (_, i) => args.seed + i);
  process.stdout.write(`random layers ${seeds[0]} to ${seeds[seeds.length - 1]}, engine ${args.engine}${args.lint ? '' : ', without lint'}\n`);
  const options = await checkOptions(args);
  let done = 0;
  let failed = 0;
  let outputs = 0;
  const started = performance.now();
  await inParallel(seeds, args.jobs, async (seed) => {
    const check = await checkRandomLayer(seed, options);
    done++;
    outputs += check.simulation?.outputs ?? 0;
    if (check.failures.length > 0) {
      failed++;
      await tellFailure(check, args);
    } else if (args.verbose) {
      process.stdout.write(`${seed}: right, ${check.what}\n`);
    }
    if (done % 20 === 0 && done < args.count) {
      process.stdout.write(`${done} of ${args.count}, ${failed} failed, ${Math.round((performance.now() - started) / 1000)} s\n`);
    }
  });
  process.stdout.write(`${outputs} output values compared in ${Math.round((performance.now() - started) / 1000)} s\n`);
  process.stdout.write(`${args.count - failed} passed, ${failed} failed\n`);
  // Tools in worker threads are kept warm and would hold the process for a while.
  process.exit(failed > 0 ? 1 : 0);
}

async function checkOptions({ engine, cache, rebuilt, blocks, lint: wanted }: Arguments): Promise<RandomCheckOptions> {
  const shared = { engine: engine === 'both' ? undefined : engine, bothEngines: engine === 'both', cacheDir: cache, rebuilt, blocks };
  if (!wanted) return shared;
  const tools: LintTool[] = ['yosys'];
  if (await findVerilator()) tools.push('verilator');
  if (await findIverilog()) tools.push('iverilog');
  process.stdout.write(`lint by ${tools.join(', ')}${tools.length < 3 ? ' (the others were not found: npx shiftloom doctor)' : ''}\n`);
  return { ...shared, lint: (generated) => lintMessages(generated, tools) };
}

async function lintMessages({ verilog, files, top }: Generated, tools: LintTool[]): Promise<string[]> {
  const sources = [...verilog, ...[...files.keys()].filter((path) => path.endsWith('.mem'))];
  const results = await lint(sources.map((path) => ({ path, text: files.get(path)! })), top, { tools });
  return results.flatMap(({ tool, messages }) => messages.map((message) => `${tool}: ${message}`));
}

async function tellFailure({ seed, what, failures, generated }: RandomCheck, { keep, engine, rebuilt, blocks }: Arguments): Promise<void> {
  const lines = failures.map((failure) => `  ${failure.length > 600 ? `${failure.slice(0, 600)}...` : failure}`);
  if (keep !== undefined && generated) {
    const folder = join(keep, `seed_${seed}`);
    await writeOutput(folder, generated.files);
    lines.push(`  kept in ${folder}`);
  }
  lines.push(`  again: npm run check:random -- --count 1 --seed ${seed}${rebuilt ? ' --rebuilt' : ''}${blocks ? ' --blocks' : ''}${engine === 'auto' ? '' : ` --engine ${engine}`} --keep rtl-out/failed`);
  process.stdout.write(`FAILED seed ${seed}: ${what}\n${lines.join('\n')}\n`);
}

await runAsProgram(import.meta.url, main);
