/**
 * AlexNet's fully connected layers in eight permuted blocks: plan, memory, cycles by the cycle model and what binds, with weights on chip and streamed;
 * fc8 is simulated whole.
 *
 *     npm run bench:alexnet                          some minutes; writes bench/out/alexnet.json
 *     npm run bench:alexnet -- --simulate none       the plans alone, seconds
 *
 * Exit code 1 if a simulation disagrees.
 */
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
import { DEFAULT_CLOCK_MHZ } from '../generator/flow/lanes.js';
import { simulateLayer, simulationPassed } from '../generator/flow/simulate.js';
import { generateLayer } from '../generator/generate.js';
import type { Layer } from '../generator/layer/layer.js';
import { cycleModel, cyclesBetweenFrames } from '../generator/plan/cycles.js';
import { estimateLayer } from '../generator/plan/estimate.js';
import { lanesText } from '../generator/plan/lanes_text.js';
import type { Lanes } from '../generator/plan/plan.js';
import { planLayer } from '../generator/plan/plan_layer.js';
import { DEFAULT_PART, loadPart } from '../generator/synthesize/parts.js';
import { ALEXNET_SHAPES, BLOCKS, alexNetLayer, type AlexNetShape } from './alexnet/layer.js';
import { currentCommit, writeResults } from './bench/results.js';
import { runAsProgram } from './project.js';

/** Foldings whose weight words are about a power of two many, so that block RAMs are full; the array takes no less than the input stream. */
const LANES: Readonly<Record<string, Pick<Lanes, 'oc' | 'ic'>>> = { fc6: { oc: 16, ic: 144 }, fc7: { oc: 64, ic: 32 }, fc8: { oc: 40, ic: 16 } };

interface Row {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly blocks: number;
  readonly weights: 'resident' | 'streamed';
  readonly lanes: string;
  readonly macsPerCycle: number;
  /** Stored weights, those of the dense matrix, and bits of the weight memory or of a pass of the stream. */
  readonly parameters: number;
  readonly parametersDense: number;
  readonly weightBits: number;
  /** By the cycle model: one frame alone, and from frame to frame; the dense layer on the same lanes from frame to frame. */
  readonly cycles: number;
  readonly cyclesBetweenFrames: number;
  readonly denseCyclesBetweenFrames?: number;
  readonly utilization: number;
  readonly framesPerSecond: number;
  readonly clockMHz: number;
  readonly bound: string;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Of these for the weights, and for the permuters. */
  readonly weightBram36: number;
  readonly permuterBram36: number;
  readonly permuterLut: number;
  /** Share of the part's block RAMs; above 1 it does not fit. */
  readonly bramShare: number;
  readonly simulated: boolean;
  readonly simulatedCycles?: number;
  readonly simulatedOutputs?: number;
  readonly mismatches?: number;
  readonly simulationSeconds?: number;
  readonly commit: string;
}

function readArguments(args: readonly string[]): { readonly simulate: string; readonly out?: string } {
  return new Command('bench:alexnet')
    .description("AlexNet's fully connected layers in permuted blocks.")
    .option('--simulate <layers>', 'layers to simulate whole, with commas between; none', 'fc8')
    .option('--out <file>', 'write the figures there instead of bench/out/alexnet.json')
    .parse(args as string[], { from: 'user' })
    .opts();
}

function rowOf(shape: AlexNetShape, layer: Layer, weights: 'resident' | 'streamed', commit: string): Row {
  const lanes: Lanes = { ...LANES[shape.name], pixel: 1, kind: 'lut', blocks: BLOCKS, ...(weights === 'streamed' ? { weights } : {}) };
  const plan = planLayer(layer, lanes, Infinity);
  const estimate = estimateLayer(plan);
  const between = cyclesBetweenFrames(plan);
  const part = loadPart(DEFAULT_PART);
  const permuters = [plan.inputPermuter, plan.outputPermuter].filter((permuter) => permuter !== undefined);
  return {
    layer: shape.name,
    inputs: shape.inputs,
    outputs: shape.outputs,
    blocks: BLOCKS,
    weights,
    lanes: lanesText(lanes).replace('pixel=1,kind=lut,', ''),
    macsPerCycle: plan.peakMacsPerCycle,
    parameters: plan.macs,
    parametersDense: shape.inputs * shape.outputs,
    weightBits: plan.weightWords * plan.weightMemory.width,
    cycles: cycleModel(plan).cycles,
    cyclesBetweenFrames: between,
    ...(weights === 'resident' ? { denseCyclesBetweenFrames: denseCycles(layer, lanes) } : {}),
    utilization: plan.macs / (between * plan.peakMacsPerCycle),
    framesPerSecond: (DEFAULT_CLOCK_MHZ * 1e6) / between,
    clockMHz: DEFAULT_CLOCK_MHZ,
    bound: estimate.bound,
    lut: estimate.lut,
    ff: estimate.ff,
    dsp: estimate.dsp,
    bram36: estimate.bram36,
    weightBram36: plan.weightMemory.bram36,
    permuterBram36: permuters.reduce((rams, { bram36 }) => rams + bram36, 0),
    permuterLut: Math.round(permuters.reduce((luts, { estimate: { lut } }) => luts + lut, 0)),
    bramShare: estimate.bram36 / part.bram36,
    simulated: false,
    commit,
  };
}

/** The dense layer of the same shape on the same lanes; its weights are not looked at, but for their sums. */
function denseCycles(layer: Layer, { blocks: _blocks, ...lanes }: Lanes): number {
  const { blocks: _stored, ...dense } = layer;
  return cyclesBetweenFrames(planLayer(dense, lanes, Infinity));
}

/** Runs the whole layer with pauses, over AXI4-Lite loads; its cycles without pauses must be the model's. */
async function simulated(row: Row, layer: Layer): Promise<Row & { readonly right: boolean }> {
  const lanes: Lanes = { ...LANES[row.layer], pixel: 1, kind: 'lut', blocks: BLOCKS };
  const result = await simulateLayer(generateLayer(layer, lanes), { frames: 2 });
  const { cycles, outputs, mismatches, seconds } = result;
  return { ...row, simulated: true, simulatedCycles: cycles, simulatedOutputs: outputs, mismatches, simulationSeconds: seconds.total, right: simulationPassed(result) && cycles === row.cycles };
}

function line({ layer, weights, lanes, macsPerCycle, parameters, cycles, cyclesBetweenFrames: between, utilization, bound, lut, bram36, bramShare }: Row): string {
  const cells = [layer, weights.padEnd(8), lanes.padEnd(40), String(macsPerCycle).padStart(5), String(parameters).padStart(8), String(cycles).padStart(7), String(between).padStart(7)];
  return [...cells, `${(100 * utilization).toFixed(1)} %`.padStart(7), bound.padEnd(13), String(lut).padStart(6), String(bram36).padStart(6), `${(100 * bramShare).toFixed(1)} %`.padStart(7)].join('  ');
}

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  const names = args.simulate === 'none' ? [] : args.simulate.split(',');
  for (const name of names) {
    if (!(name in LANES)) throw new ShiftloomError('usage', '--simulate', `there is no layer '${name}'`, `Layers: ${Object.keys(LANES).join(', ')}`);
  }
  const commit = currentCommit();
  const rows: Row[] = [];
  let wrong = 0;
  process.stdout.write('      weights   lanes                                      MAC/c  weights    alone  steady     util  bound by          LUT    BRAM\n');
  for (const shape of ALEXNET_SHAPES) {
    const layer = alexNetLayer(shape);
    for (const weights of ['resident', 'streamed'] as const) {
      const planned = rowOf(shape, layer, weights, commit);
      process.stdout.write(`${line(planned)}\n`);
      rows.push(planned);
      if (weights === 'streamed' || !names.includes(shape.name)) continue;
      const { right, ...row } = await simulated(planned, layer);
      rows[rows.length - 1] = row;
      if (!right) wrong++;
      process.stdout.write(`${shape.name} simulated: ${row.simulatedCycles} cycles (model ${row.cycles}), ${row.mismatches} of ${row.simulatedOutputs} outputs wrong, ${row.simulationSeconds?.toFixed(0)} s${right ? '' : ' WRONG'}\n`);
    }
  }
  process.stdout.write(`${writeResults('alexnet', rows, args.out)}\n`);
  process.exit(wrong > 0 ? 1 : 0);
}

await runAsProgram(import.meta.url, main);
