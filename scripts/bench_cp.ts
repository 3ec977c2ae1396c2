/**
 * The conv4_1-shaped layer stored as factors of rank 152: rebuilt on chip, with its weights stored, and its factors run directly, all whole in the simulator;
 * what the reconstruction costs beside the lanes.
 *
 *     npm run bench:cp                          writes bench/out/cp.json
 *     npm run bench:cp -- --lanes oc=32,ic=32,pixel=1     another engine
 *     npm run bench:cp -- --no-synthesis        cycles and outputs alone
 *     npm run bench:cp -- --no-calibrate        factors from the weights alone, found in less time
 *
 * Exit code 1 if an output is wrong or a limit is missed.
 */
import { join } from 'node:path';
import { Command } from 'commander';
import { directExecution, type DirectReport } from '../generator/flow/direct.js';
import { compareExecutions } from '../generator/flow/execution.js';
import { completeLanes, parseLanes } from '../generator/flow/lanes.js';
import { generateLayer, type Generated } from '../generator/generate.js';
import { readFloatLayer } from '../generator/import/float_layer_file.js';
import type { Layer } from '../generator/layer/layer.js';
import { codeBits } from '../generator/layer/representable.js';
import type { FactorEncoding } from '../generator/layer/schema.js';
import type { Lanes } from '../generator/plan/plan.js';
import { simulateWhole, synthesizeUnits, type SimulationRecord, type UnitRecord } from './bench/measure.js';
import { currentCommit, writeResults } from './bench/results.js';
import { conv41FloatPath, conv41Layer } from './conv4_1/layer.js';
import { projectRoot, runAsProgram } from './project.js';

const RANK = 152;
const LANES = 'oc=16,ic=32,pixel=2';
/** What the issue allows reconstruction to cost. */
const MOST_LUT_SHARE = 0.3;
const MOST_CYCLES = 1.03;
const RECODE_SHIFT_BITS = 5;

interface Arguments {
  readonly lanes: string;
  readonly rebuild?: string;
  readonly synthesis: boolean;
  readonly calibrate: boolean;
  readonly out?: string;
}

function readArguments(args: readonly string[]): Arguments {
  return new Command('bench:cp')
    .description('Reconstruction from factors on the whole conv4_1-shaped layer.')
    .option('--lanes <folding>', 'the engine, without the place of its weights', LANES)
    .option('--rebuild <r>x<o>x<i>', 'lanes of the reconstruction unit; found if left out')
    .option('--no-synthesis', 'leave the counts out')
    .option('--no-calibrate', "decompose by the weights' error instead of the outputs' on one frame: minutes less, worse outputs, the same engines")
    .option('--out <file>', 'write the figures there instead of bench/out/cp.json')
    .parse(args as string[], { from: 'user' })
    .opts<Arguments>();
}

/** Bits of the factors and of the recode shifts. */
export function factorBits({ factors }: Layer): number {
  const { weights, tensors } = factors!;
  const bits = (values: Int32Array | undefined, of: FactorEncoding | undefined) => (values && of ? values.length * codeBits(of) : 0);
  const { output, input, kernel, kernelRow, kernelColumn, recodeShift } = tensors;
  const own = weights.factors;
  const codes = bits(output, own.output) + bits(input, own.input) + bits(kernel, own.kernel) + bits(kernelRow, own.kernelRow) + bits(kernelColumn, own.kernelColumn);
  return codes + RECODE_SHIFT_BITS * recodeShift.length;
}

/** Cells of units by name, and of what is kept within them. */
export function cellsOf(units: readonly UnitRecord[], pattern: RegExp): { lut: number; ff: number; dsp: number } {
  const own = units.filter(({ name, within }) => pattern.test(name) || pattern.test(within));
  return own.reduce((sum, { lut, ff, dsp }) => ({ lut: sum.lut + lut, ff: sum.ff + ff, dsp: sum.dsp + dsp }), { lut: 0, ff: 0, dsp: 0 });
}

const RECONSTRUCTION = /_(factor_reconstruction|rank_sum)$/;
const LANE_UNITS = /_processing_element(_pair)?$/;

interface Run {
  readonly generated: Generated;
  readonly simulation: SimulationRecord;
}

async function simulated(layer: Layer, lanes: Lanes, name: string, say: (text: string) => void): Promise<Run> {
  const generated = generateLayer(layer, lanes);
  const simulation = await simulateWhole(generated, { onStep: (text) => say(`${name}: ${text}`) });
  say(`${name}: ${simulation.cycles} cycles (model ${generated.estimate.cycles}), ${simulation.mismatches} of ${simulation.outputs} outputs wrong`);
  return { generated, simulation };
}

/** The stages one after the other, each simulated on what the stage before it gives. */
async function directRun(report: DirectReport, stages: readonly Layer[], lanes: readonly Lanes[], say: (text: string) => void) {
  const runs: Run[] = [];
  for (const [i, stage] of stages.entries()) runs.push(await simulated(stage, lanes[i], `direct, ${report.stages[i].name}`, say));
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0);
  return { cycles: sum(({ simulation }) => simulation.cycles), mismatches: sum(({ simulation }) => simulation.mismatches), passed: runs.every(({ simulation }) => simulation.passed) };
}

async function counted(rebuilt: Run, stored: Run, say: (text: string) => void) {
  const { units, ...engine } = await synthesizeUnits(rebuilt.generated, { onStep: (text) => say(`rebuilt: ${text}`) });
  const plain = await synthesizeUnits(stored.generated, { onStep: (text) => say(`stored: ${text}`) });
  const unit = cellsOf(units, RECONSTRUCTION);
  const lanes = cellsOf(units, LANE_UNITS);
  return {
    reconstructionLut: unit.lut, laneLut: lanes.lut, dsp: unit.dsp + lanes.dsp, lutShare: unit.lut / lanes.lut, reconstructionFf: unit.ff,
    engine: { lut: engine.lut, ff: engine.ff, dsp: engine.dsp, bram36: engine.bram36, fmaxMhz: engine.fmaxMhz },
    storedEngine: { lut: plain.lut, ff: plain.ff, dsp: plain.dsp, bram36: plain.bram36, fmaxMhz: plain.fmaxMhz },
    units,
  };
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const commit = currentCommit();
  const say = (text: string) => process.stdout.write(`${text}\n`);
  const folder = join(projectRoot(), 'bench', 'layers');
  say(`preparing the layer: 28x28, 256 -> 512 channels, 3x3, trained kernel as factors of rank ${RANK}`);
  const encoding = { encoding: 'cp', rank: RANK, recode: { encoding: 'bpot', groupSize: 16 } } as const;
  const layer = await conv41Layer(folder, args.calibrate ? 'cp152' : 'cp152_plain', { activationBits: 8, compress: { encoding, calibrate: args.calibrate } });
  const float = await readFloatLayer(await conv41FloatPath(folder, 8));
  const given = parseLanes(args.lanes);
  const at = (text: string) => completeLanes(layer, parseLanes(`${args.lanes},${text}`));
  const lanes = completeLanes(layer, given);
  const stored = await simulated(layer, at('weights=streamed'), 'stored', say);
  const rebuilt = await simulated(layer, at(`weights=rebuilt${args.rebuild ? `,rebuild=${args.rebuild}` : ''}`), 'rebuilt', say);
  const { chain, lanes: stageLanes, report } = await directExecution(layer, { float, limits: { maxMacs: lanes.oc * lanes.ic * lanes.pixel } });
  const direct = await directRun(report, chain.stages, stageLanes, say);
  const comparison = compareExecutions(layer, report, { lanes });
  const counts = args.synthesis ? await counted(rebuilt, stored, say) : undefined;
  const { weight } = layer.tensors;
  const figures = {
    layer: layer.description.name,
    rank: RANK,
    calibrated: args.calibrate,
    lanes: args.lanes,
    factors: layer.factors!.weights.factors,
    storedBits: factorBits(layer),
    denseBits4: 4 * weight.length,
    outputSqnrDb: report.errors.recodedAgainstFloat ?? null,
    outputSqnrDbDirect: report.errors.directAgainstFloat ?? null,
    cyclesRebuilt: rebuilt.simulation.cycles,
    cyclesStored: stored.simulation.cycles,
    cyclesDirect: direct.cycles,
    ...(counts ?? {}),
    mismatches: rebuilt.simulation.mismatches + stored.simulation.mismatches + direct.mismatches,
    comparison,
    direct: report,
    commit,
  };
  const checks = [
    { what: 'outputs wrong', measured: String(figures.mismatches), met: figures.mismatches === 0 && rebuilt.simulation.passed && stored.simulation.passed && direct.passed },
    { what: `cycles rebuilt / stored (at most ${MOST_CYCLES})`, measured: (figures.cyclesRebuilt / figures.cyclesStored).toFixed(4), met: figures.cyclesRebuilt <= MOST_CYCLES * figures.cyclesStored },
    { what: 'bits, 4-bit weights / factors (at least 10)', measured: (figures.denseBits4 / figures.storedBits).toFixed(2), met: figures.denseBits4 >= 10 * figures.storedBits },
    ...(counts ? [
      { what: `LUT of reconstruction / lanes (at most ${MOST_LUT_SHARE})`, measured: `${counts.reconstructionLut} / ${counts.laneLut} = ${counts.lutShare.toFixed(3)}`, met: counts.lutShare <= MOST_LUT_SHARE },
      { what: 'DSP48E1 of reconstruction and lanes', measured: String(counts.dsp), met: counts.dsp === 0 },
    ] : []),
  ];
  for (const { what, measured, met } of checks) say(`  ${met ? 'met   ' : 'MISSED'} ${what.padEnd(48)}${measured}`);
  say(`  outputs ${figures.outputSqnrDb?.toFixed(2)} dB against the trained layer, ${figures.outputSqnrDbDirect?.toFixed(2)} dB run directly in ${direct.cycles} cycles; ${comparison.wins} wins: ${comparison.because}`);
  say(writeResults('cp', { ...figures, checks }, args.out));
  process.exit(checks.every(({ met }) => met) ? 0 : 1);
}

await runAsProgram(import.meta.url, main);
