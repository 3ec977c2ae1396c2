/**
 * LUTs per multiply-accumulate of every lane, measured with the built-in Yosys: a reduction with its pipelined adder tree and accumulator. A pair
 * has two reductions of the same activations, and twice the multiply-accumulates.
 *
 *     npm run bench:lanes -- --json FILE
 *
 * The JSON is an array of {encoding, inputs, lut, ff, dsp, lutPerMac} and a few more figures.
 */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { closeYosysWorkers } from '../generator/synthesize/yosys.js';
import { LANE_BENCHES, PAIR_BENCHES, benchPlan, measureProcessingElements, pairBenchPlan, type LaneBench, type PairBench } from './lanes/measure.js';
import { runAsProgram } from './project.js';

interface Arguments {
  readonly json?: string;
  readonly inputs: number;
  readonly bits: number;
  readonly only?: string;
}

function readArguments(args: readonly string[]): Arguments {
  const whole = (least: number, most: number) => (text: string) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      throw new InvalidArgumentError(`a whole number ${least}..${most} is needed`);
    }
    return value;
  };
  const program = new Command('bench:lanes')
    .description('Measures what each lane costs, adder tree and accumulator included.')
    .option('--json <file>', 'write the figures there')
    .option('--inputs <n>', 'weights per cycle', whole(1, 256), 64)
    .option('--bits <n>', 'bits of an unsigned activation', whole(1, 16), 8)
    .option('--only <names>', `comma-separated, of ${BENCHES.map(({ name }) => name).join(', ')}`);
  return program.parse(args as string[], { from: 'user' }).opts<Arguments>();
}

type Bench = LaneBench | PairBench;
const BENCHES: readonly Bench[] = [...LANE_BENCHES, ...PAIR_BENCHES];

function chosen(only: string | undefined): readonly Bench[] {
  if (only === undefined) return BENCHES;
  return only.split(',').map((name) => {
    const bench = BENCHES.find((b) => b.name === name);
    if (bench) return bench;
    throw new ShiftloomError('usage', '--only', `there is no lane "${name}"`, `Lanes: ${BENCHES.map((b) => b.name).join(', ')}`);
  });
}

/** A row of the JSON. */
interface Row {
  readonly encoding: string;
  readonly inputs: number;
  readonly activationBits: number;
  readonly lut: number;
  readonly ff: number;
  readonly carry4: number;
  readonly dsp: number;
  readonly lutPerMac: number;
  readonly estimatedLut: number;
  /** Cycles from the operands to the accumulator. */
  readonly latency: number;
}

async function measure(bench: Bench, inputs: number, activationBits: number): Promise<Row> {
  const isPair = !('lane' in bench);
  const plan = isPair ? pairBenchPlan(bench, { inputs, activationBits }) : benchPlan(bench, { inputs, activationBits });
  const [{ lut, ff, carry4, dsp }] = await measureProcessingElements([plan]);
  const lutPerMac = Number((lut / (isPair ? 2 * inputs : inputs)).toFixed(2));
  return {
    encoding: bench.name, inputs, activationBits, lut, ff, carry4, dsp, lutPerMac, estimatedLut: plan.estimate.lut, latency: plan.latency,
  };
}

const COLUMNS: readonly (readonly [keyof Row, number])[] = [
  ['encoding', -18], ['lut', 6], ['ff', 7], ['carry4', 8], ['dsp', 5], ['lutPerMac', 11], ['estimatedLut', 14], ['latency', 9],
];

const line = (cell: (key: keyof Row) => string): string =>
  COLUMNS.map(([key, width]) => (width < 0 ? cell(key).padEnd(-width) : cell(key).padStart(width))).join('');

async function main(): Promise<void> {
  const { json, inputs, bits, only } = readArguments(process.argv.slice(2));
  process.stdout.write(`${inputs} inputs, unsigned ${bits}-bit activations, 24-bit accumulator; Yosys, 7-series\n${line((key) => key)}\n`);
  const rows: Row[] = [];
  for (const bench of chosen(only)) {
    const row = await measure(bench, inputs, bits);
    process.stdout.write(`${line((key) => (key === 'lutPerMac' ? row.lutPerMac.toFixed(2) : String(row[key])))}\n`);
    rows.push(row);
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
}

await runAsProgram(import.meta.url, async () => {
  try {
    await main();
  } finally {
    await closeYosysWorkers();
  }
});
