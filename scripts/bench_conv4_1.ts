/**
 * The full-size engine on the whole conv4_1-shaped layer: generated, simulated at every output, synthesized, and held against its limits.
 *
 *     npm run bench:conv4_1                     writes bench/out/conv4_1.json (the keys of report.json, the commit, the checks)
 *     npm run bench:conv4_1 -- --config lut     another of the named configurations
 *     npm run bench:conv4_1 -- --pauses         also a frame whose weights are loaded by AXI, with gaps and back-pressure
 *
 * Exit code 1 if an output is wrong or a limit is missed.
 */
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { DEFAULT_SHARES } from '../generator/flow/lanes.js';
import { runLayer } from '../generator/flow/run.js';
import type { Report } from '../generator/report/report_schema.js';
import { rememberRun } from './bench/measure.js';
import { currentCommit, writeResults } from './bench/results.js';
import { conv41Layer } from './conv4_1/layer.js';
import { projectRoot, runAsProgram } from './project.js';

/** Full-size engines by name; the first is the one of bench/out/conv4_1.json. */
const CONFIGURATIONS = {
  /** 26 of 32 output channels in shift-add lanes, 6 in DSP48E1, two in each: 32 * 32 * 7 = 7,168 lanes. Fastest that keeps 95 % of the lanes busy. */
  hybrid: 'oc=32,ic=32,pixel=7,dsp=6',
  /** Shift-add lanes only, no DSP block in the array: 52 * 64 * 2 = 6,656 lanes; 512 channels are 10 tiles of 52, 98.5 % of them used. */
  lut: 'oc=52,ic=64,pixel=2',
} as const;
type Configuration = keyof typeof CONFIGURATIONS;
const [FLAGSHIP] = Object.keys(CONFIGURATIONS) as Configuration[];

const CLOCK_MHZ = 200;
const MOST_MILLISECONDS = 1;
const LEAST_UTILIZATION = 0.95;

interface Check {
  readonly what: string;
  readonly measured: string;
  readonly wanted: string;
  readonly met: boolean;
}

interface Arguments {
  readonly config: Configuration;
  readonly lanes?: string;
  readonly pauses: boolean;
  readonly out?: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('bench:conv4_1')
    .description('The full-size engine on the whole conv4_1-shaped layer.')
    .addOption(new Option('--config <name>', 'which engine').choices(Object.keys(CONFIGURATIONS)).default(FLAGSHIP))
    .option('--lanes <folding>', 'another folding than that of the configuration')
    .option('--pauses', 'also run a frame whose weights are loaded by AXI, with gaps and back-pressure', false)
    .option('--out <file>', 'write the figures there')
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

/** Time of one frame at the clock that all figures are told at. */
export function milliseconds(cycles: number): number {
  return cycles / (1000 * CLOCK_MHZ);
}

/** What the full-size engine must reach, with what it reaches. */
export function checksOf(report: Report): Check[] {
  const percent = (share: number | undefined | null) => (share === undefined || share === null ? 'not known' : `${(100 * share).toFixed(1)} %`);
  const within = (what: string, share: number | undefined, most: number): Check => ({
    what, measured: percent(share), wanted: `at most ${percent(most)}`, met: share !== undefined && share <= most,
  });
  const time = report.cycles === null ? Infinity : milliseconds(report.cycles);
  return [
    { what: 'outputs wrong', measured: `${report.mismatches} of ${report.outputs}`, wanted: '0', met: report.bitExact === true },
    { what: `time at ${CLOCK_MHZ} MHz`, measured: `${time.toFixed(3)} ms`, wanted: `at most ${MOST_MILLISECONDS} ms`, met: time <= MOST_MILLISECONDS },
    { what: 'utilization', measured: percent(report.utilization), wanted: `at least ${percent(LEAST_UTILIZATION)}`, met: (report.utilization ?? 0) >= LEAST_UTILIZATION },
    within('LUT of the part', report.share?.lut, DEFAULT_SHARES.maxLut),
    within('DSP48E1 of the part', report.share?.dsp, DEFAULT_SHARES.maxDsp),
    within('block RAM of the part', report.share?.bram36, DEFAULT_SHARES.maxBram),
  ];
}

function figuresText({ resources, clock, seconds, macs, cycles }: Report): string {
  const { lut, ff, dsp, bram36 } = resources!;
  const clocks = clock === null ? 'no estimate' : `${clock.fmaxMhz.pessimistic.toFixed(0)} / ${clock.fmaxMhz.nominal.toFixed(0)} / ${clock.fmaxMhz.optimistic.toFixed(0)} MHz`;
  return [
    `${lut} LUT, ${ff} FF, ${dsp} DSP48E1, ${bram36} block RAM; ${(macs / cycles!).toFixed(0)} MACs per cycle effective, ${((1000 * macs) / cycles! / lut).toFixed(1)} per 1,000 LUT`,
    `clock before layout, pessimistic / nominal / optimistic: ${clocks}`,
    `simulated in ${seconds.simulate?.toFixed(0)} s, synthesized in ${seconds.synthesize?.toFixed(0)} s`,
  ].join('\n');
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const root = projectRoot();
  const lanes = args.lanes ?? CONFIGURATIONS[args.config];
  const commit = currentCommit();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  say('preparing the layer: 28x28, 256 -> 512 channels, 3x3, trained kernel, real activations');
  const layer = await conv41Layer(join(root, 'bench', 'layers'), 'bpot', { activationBits: 8, compress: { encoding: { encoding: 'bpot', groupSize: 16 } } });
  let last = '';
  const run = await runLayer(
    layer,
    join(root, 'rtl-out', `conv4_1_${args.config}`),
    { folding: { lanes }, simulation: { frames: args.pauses ? 1 : 0 } },
    {
      onProgress: ({ stage, message }) => {
        if (/^\d/.test(message) || message === last) return;
        last = message;
        say(`${stage}: ${message}`);
      },
    },
  );
  rememberRun(run); // bench:compare has the same engines
  const { report } = run;
  const checks = checksOf(report);
  say(`\n${lanes}\n${figuresText(report)}`);
  for (const { what, measured, wanted, met } of checks) say(`  ${met ? 'met   ' : 'MISSED'} ${what.padEnd(24)}${measured.padEnd(22)}${wanted}`);
  const name = args.config === FLAGSHIP ? 'conv4_1' : `conv4_1_${args.config}`;
  say(writeResults(name, { ...report, configuration: args.config, timeMs: milliseconds(report.cycles ?? 0), checks, commit }, args.out));
  process.exit(checks.every(({ met }) => met) ? 0 : 1);
}

await runAsProgram(import.meta.url, main);
