/**
 * LUTs per multiply-accumulate of every lane, measured with the built-in Yosys: a reduction with its pipelined adder tree and accumulator.
 *
 *     npm run bench:lanes -- --json FILE
 *
 * The JSON is an array of {encoding, inputs, lut, ff, dsp, lutPerMac} and a few more figures.
 */
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { closeYosysWorkers } from '../generator/synthesize/yosys.js';
import { LANE_BENCHES, measureLane, type LaneBench, type LaneMeasurement } from './lanes/measure.js';
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
    .option('--only <names>', `comma-separated, of ${LANE_BENCHES.map(({ name }) => name).join(', ')}`);
  return program.parse(args as string[], { from: 'user' }).opts<Arguments>();
}

function chosen(only: string | undefined): readonly LaneBench[] {
  const names = only?.split(',');
  return LANE_BENCHES.filter(({ name }) => names === undefined || names.includes(name));
}

/** One row of the JSON. */
function rowOf({ name }: LaneBench, { plan, synthesis }: LaneMeasurement): object {
  const { lut, ff, carry4, dsp } = synthesis.resources;
  return {
    encoding: name,
    inputs: plan.icLanes,
    activationBits: plan.activationBits,
    lut,
    ff,
    carry4,
    dsp,
    lutPerMac: Number((lut / plan.icLanes).toFixed(2)),
    estimatedLut: plan.estimate.lut,
    latency: plan.latency,
  };
}

async function main(): Promise<void> {
  const { json, inputs, bits, only } = readArguments(process.argv.slice(2));
  const rows: object[] = [];
  process.stdout.write(`${inputs} inputs, ${bits}-bit activations, 24-bit accumulator; synth_xilinx -family xc7\n`);
  process.stdout.write('encoding        LUT     FF  CARRY4  DSP  LUT/MAC  estimated LUT\n');
  for (const bench of chosen(only)) {
    const measured = await measureLane(bench, { inputs, activationBits: bits, accumulatorWidth: 24, timing: false });
    const { lut, ff, carry4, dsp } = measured.synthesis.resources;
    const columns = [
      bench.name.padEnd(12),
      String(lut).padStart(7),
      String(ff).padStart(7),
      String(carry4).padStart(8),
      String(dsp).padStart(5),
      (lut / inputs).toFixed(2).padStart(9),
      String(measured.plan.estimate.lut).padStart(15),
    ];
    process.stdout.write(`${columns.join('')}\n`);
    rows.push(rowOf(bench, measured));
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
