/**
 * The 13 convolution layers of VGG16 on one part: the planner's folding for each, cycles and utilization by the cycle model, what binds; some of
 * them are simulated whole, and then every output and the cycle count must agree. Beside it, one folding for all layers.
 *
 *     npm run bench:vgg16                          a few minutes; writes bench/out/vgg16.json
 *     npm run bench:vgg16 -- --simulate none       the cycle model alone, seconds
 *
 * Exit code 1 if a simulation disagrees or a layer's utilization is below 85 %.
 */
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { completeLanes, DEFAULT_CLOCK_MHZ, parseLanes } from '../generator/flow/lanes.js';
import { simulateLayer, simulationPassed } from '../generator/flow/simulate.js';
import { generateLayer } from '../generator/generate.js';
import { lanesText } from '../generator/plan/lanes_text.js';
import type { Lanes } from '../generator/plan/plan.js';
import { currentCommit, writeResults } from './bench/results.js';
import { runAsProgram } from './project.js';
import { MIN_UTILIZATION, deviceLimits, fixedFolding, onLayer, planShape, type OnLayer, type PlannedShape } from './vgg16/plan_shapes.js';
import { VGG16_SHAPES, macsOfShape } from './vgg16/shapes.js';

/** One of each kind of layer: bound by its output stream, by LUTs with large and small maps. */
const SIMULATED = ['conv1_1', 'conv5_1', 'conv4_1', 'conv2_1', 'conv3_1'];

interface Row {
  readonly layer: string;
  readonly cycles: number;
  readonly utilization: number;
  readonly simulated: boolean;
  readonly lanes: string;
  readonly macs: number;
  readonly macsPerCycle: number;
  /** What binds: LUT, DSP, BRAM, a stream, requantizers or compute. */
  readonly bound: string;
  readonly timeMs: number;
  readonly clockMHz: number;
  readonly target: string;
  /** By the estimator. */
  readonly lut: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Counted by the simulated hardware, and its outputs against the golden model. */
  readonly simulatedCycles?: number;
  readonly outputs?: number;
  readonly mismatches?: number;
  readonly simulationSeconds?: number;
  /** The one folding for all 13 layers, by the cycle model. */
  readonly fixed: OnLayer & { readonly lanes: string };
  readonly commit: string;
}

interface Arguments {
  readonly simulate: string;
  readonly target: string;
  readonly fixed?: string;
  readonly out?: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('bench:vgg16')
    .description("Cycles and utilization of VGG16's convolution layers.")
    .option('--simulate <layers>', 'layers to simulate whole, with commas between; all or none', SIMULATED.join(','))
    .option('--target <part>', 'part whose limits hold: 70 % of its LUTs, 90 % of its DSP blocks and block RAMs', 'XC7Z035')
    .option('--fixed <folding>', 'the one folding for all layers; found if left out')
    .option('--out <file>', 'write the figures there instead of bench/out/vgg16.json')
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

function namesToSimulate(text: string): readonly string[] {
  const known = VGG16_SHAPES.map(({ name }) => name);
  if (text === 'none') return [];
  if (text === 'all') return known;
  return text.split(',').map((name) => {
    if (known.includes(name)) return name;
    throw new ShiftloomError('usage', '--simulate', `there is no layer '${name}'`, `Layers: ${known.join(', ')}`);
  });
}

/** All weights are `bpot`: the kind of lane need not be told. */
const lanesOf = (lanes: Lanes): string => lanesText(lanes).replace(',kind=lut', '');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function rowOf(planned: PlannedShape, name: string, target: string, fixed: Lanes, commit: string): Row {
  const { lanes, estimate, utilization, binding, layer } = planned;
  return {
    layer: name,
    cycles: estimate.cycles,
    utilization,
    simulated: false,
    lanes: lanesOf(lanes),
    macs: macsOfShape(VGG16_SHAPES.find((shape) => shape.name === name)!),
    macsPerCycle: lanes.oc * lanes.ic * lanes.pixel,
    bound: binding.binds,
    timeMs: estimate.cycles / (1000 * DEFAULT_CLOCK_MHZ),
    clockMHz: DEFAULT_CLOCK_MHZ,
    target,
    lut: estimate.lut,
    dsp: estimate.dsp,
    bram36: estimate.bram36,
    fixed: { lanes: lanesOf(fixed), ...onLayer(layer, fixed) },
    commit,
  };
}

/** Runs the whole layer; the figures of the hardware take the place of the model's. */
async function simulated(row: Row, { layer, lanes }: PlannedShape): Promise<Row & { readonly right: boolean }> {
  const result = await simulateLayer(generateLayer(layer, lanes), { frames: 0 });
  const { cycles, outputs, mismatches, seconds } = result;
  return {
    ...row, simulated: true, simulatedCycles: cycles, outputs, mismatches, simulationSeconds: seconds.total, right: simulationPassed(result) && cycles === row.cycles,
  };
}

function line({ layer, lanes, macsPerCycle, cycles, timeMs, utilization, bound, lut, dsp, bram36, fixed }: Row): string {
  const cells = [layer.padEnd(8), lanes.padEnd(26), String(macsPerCycle).padStart(6), String(cycles).padStart(8), timeMs.toFixed(3).padStart(7)];
  const rest = [percent(utilization).padStart(7), bound.padEnd(13), String(lut).padStart(7), String(dsp).padStart(4), String(bram36).padStart(6), String(fixed.cycles).padStart(9), percent(fixed.utilization).padStart(7)];
  return [...cells, ...rest].join('  ');
}

const HEAD = 'layer     lanes                        MAC/c    cycles       ms     util  bound by           LUT   DSP    BRAM     fixed     util';

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const names = namesToSimulate(args.simulate);
  const limits = deviceLimits(args.target);
  const planned = VGG16_SHAPES.map((shape) => planShape(shape, limits));
  const layers = planned.map(({ layer }) => layer);
  const fixed = args.fixed === undefined ? fixedFolding(layers, limits) : completeLanes(layers[0], parseLanes(args.fixed));
  const commit = currentCommit();
  let rows = VGG16_SHAPES.map(({ name }, i) => rowOf(planned[i], name, args.target, fixed, commit));
  process.stdout.write(`${args.target}, ${DEFAULT_CLOCK_MHZ} MHz; fixed: ${lanesOf(fixed)} for all layers\n${HEAD}\n${rows.map(line).join('\n')}\n`);
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  process.stdout.write(`in sum: ${sum((row) => row.cycles)} cycles, ${sum((row) => row.timeMs).toFixed(2)} ms; fixed: ${sum((row) => row.fixed.cycles)} cycles\n`);
  let wrong = rows.filter(({ utilization }) => utilization < MIN_UTILIZATION).length;
  for (const name of names) {
    const index = VGG16_SHAPES.findIndex((shape) => shape.name === name);
    const { right, ...row } = await simulated(rows[index], planned[index]);
    rows = rows.map((old, i) => (i === index ? row : old));
    if (!right) wrong++;
    writeResults('vgg16', rows, args.out); // what was simulated is not lost if the rest is broken off
    process.stdout.write(
      `${name} simulated: ${row.simulatedCycles} cycles (model ${row.cycles}), ${row.mismatches} of ${row.outputs} outputs wrong, ${row.simulationSeconds?.toFixed(0)} s${right ? '' : ' WRONG'}\n`,
    );
  }
  process.stdout.write(`${writeResults('vgg16', rows, args.out)}\n`);
  process.exit(wrong > 0 ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
