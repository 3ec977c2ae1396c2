/**
 * Energy of a design: its netlist after synthesis is simulated on the layer's activations, toggles are counted, and each counted event
 * has a price (docs/energy.md).
 */
import { energyFigures, type EnergyFigures } from '../energy/energy.js';
import { loadEnergyTable } from '../energy/energy_table.js';
import { countEvents } from '../energy/events.js';
import { netlistVerilog, type NetlistText } from '../energy/netlist_verilog.js';
import { saifText } from '../energy/saif.js';
import { ShiftloomError } from '../errors.js';
import type { Generated } from '../generate.js';
import { goldenRun } from '../golden/convolution.js';
import { addToOutput } from '../output/write.js';
import { fileSet } from '../output/file_set.js';
import { cycleModel } from '../plan/cycles.js';
import { streamedRowStart } from '../plan/cycles_streamed.js';
import { inStreamOrder } from '../plan/output_order.js';
import { mapNetlist } from '../synthesize/map_netlist.js';
import type { Netlist } from '../synthesize/netlist.js';
import { closeYosysWorkers } from '../synthesize/yosys.js';
import { GENERATOR_VERSION } from '../version.js';
import { cellModels } from '../../sim/cell_models.js';
import { simulate, type Activity, type SimulationJob, type SimulationResult } from '../../sim/simulate.js';
import { findVerilator, verilatorInstallHint } from '../../sim/tools.js';
import { breathe, secondsSince, type FlowContext } from './context.js';
import { inputFrames } from './frames.js';
import { ACTIVITY_FILE, ENERGY_FILE } from './results.js';
import { weightStream } from './weight_stream.js';

export interface EnergyOptions {
  /** Cycles counted; default 4,096, or the whole frame if that is shorter. */
  readonly cycles?: number;
  /** First cycle counted, from the start of the frame on; default past the first rows, see `countedCycles`. */
  readonly from?: number;
  /**
   * Count one whole output row instead, so that engines of any size and loop order are measured on the same pixels: the input map is
   * rolled up by this many rows, and what is counted is the row below the top. Not together with `cycles` or `from`.
   */
  readonly row?: number;
  /** Name of the table in constraints/energy, default `xc7`. */
  readonly table?: string;
  /** Clock period in ps, for times in the SAIF file; default 5,000. */
  readonly period?: number;
  /** Seed of the frame if the layer has no sample, default 1. */
  readonly seed?: number;
  /** Folder of compiled models; default the simulator's own. */
  readonly cacheDir?: string;
}

export interface EnergyResult extends EnergyFigures {
  readonly table: string;
  readonly input: 'sample' | 'random';
  /** Cycles of a frame by the cycle model, the first one counted, how many, and their share of the frame. */
  readonly frameCycles: number;
  readonly from: number;
  readonly cycles: number;
  readonly shareOfFrame: number;
  /** Nets of the netlist, and their toggles in all counted cycles. */
  readonly nets: number;
  readonly toggles: number;
  /** pJ of a frame: that of the counted cycles for all cycles of the frame. */
  readonly perFrame: { readonly low: number; readonly nominal: number; readonly high: number };
  /** Outputs of the netlist compared with the golden model until the count ended, and how many were wrong. */
  readonly outputs: number;
  readonly mismatches: number;
  readonly seconds: { readonly synthesize: number; readonly build: number; readonly run: number; readonly total: number };
}

export interface MeasuredEnergy {
  readonly energy: EnergyResult;
  readonly saif: string;
}

type Design = Pick<Generated, 'plan' | 'top' | 'verilog'> & { readonly files: ReadonlyMap<string, string> };

/** Memories stay as they are in the source; their accesses are counted. */
const BOXES = ['nn_ram'];
const DEFAULT_CYCLES = 4096;
const BENCH_SLACK = 16;

/**
 * Simulates the netlist of a design and counts what it does. A netlist that computes wrong outputs is a result (`mismatches`).
 * @throws ShiftloomError tool: no Verilator, which the netlist needs, or Yosys refuses the design; input: the window is not in the frame
 */
export async function measureEnergy(design: Design, options: EnergyOptions = {}, context: FlowContext = {}): Promise<MeasuredEnergy> {
  const started = performance.now();
  const table = loadEnergyTable(options.table);
  const window = countedCycles(design, options);
  await needVerilator(context);
  const netlist = await mapped(design, context);
  const synthesized = performance.now();
  const text = netlistVerilog(netlist, design.top, BOXES);
  const { job, source } = await netlistJob(design, text, window, options);
  context.onProgress?.({ stage: 'energy', message: 'compiling the netlist' });
  await breathe(context);
  const result = await simulate(job, {
    engine: 'verilator',
    effort: 'quick',
    cacheDir: options.cacheDir,
    signal: context.signal,
    env: context.env,
    onProgress: ({ stage, message }) => context.onProgress?.({ stage: 'energy', message: `netlist: ${stage === 'run' ? message : 'compiling'}` }),
  });
  const activity = countedActivity(result, design);
  const seconds = { synthesize: round((synthesized - started) / 1000), build: round(result.seconds.build), run: round(result.seconds.run), total: secondsSince(started) };
  const figures = figuresOf(design, netlist, text, activity, window, table);
  const { period = 5000 } = options;
  return {
    energy: { ...figures, table: table.name, input: source, outputs: result.outputs, mismatches: result.mismatches, seconds },
    saif: saifText(netlist, text.places, activity, { top: design.top, period, program: 'shiftloom energy', version: GENERATOR_VERSION }),
  };
}

/**
 * Looks whether the cycles that are to be counted lie in a frame, before anything is made of the design.
 * @throws ShiftloomError('input') if they do not
 */
export function checkCountedCycles(design: Pick<Design, 'plan' | 'top'>, options: EnergyOptions): void {
  countedCycles(design, options);
}

/** Writes `energy.json` and `activity.saif` into a design's folder. */
export async function writeEnergy(folder: string, { energy, saif }: MeasuredEnergy): Promise<void> {
  await addToOutput(folder, fileSet([[ENERGY_FILE, `${JSON.stringify(energy, null, 2)}\n`], [ACTIVITY_FILE, saif]]));
}

interface Window {
  readonly from: number;
  readonly cycles: number;
  readonly frame: number;
}

/**
 * The window: whole tiles of the array, past the first rows of the map and the first streamed weights; or the second output row. Frames
 * shorter than that are counted as a whole.
 * @throws ShiftloomError('input') if there is nothing to count
 */
function countedCycles({ plan, top }: Pick<Design, 'plan' | 'top'>, { row, cycles = DEFAULT_CYCLES, from }: EnergyOptions): Window {
  const { groups } = plan.layer.geometry;
  const { steps, gap, tiles, rowTiles } = plan.sequencer;
  const channelTiles = groups * tiles * (steps + gap);
  // Streamed weights stay for all rows of a band, so a row is one channel tile of its pixels; else it is all of them.
  const rowCycles = rowTiles * (plan.streamed ? steps + gap : channelTiles);
  const { waitInput, waitWeight, cycles: frame } = cycleModel(plan);
  const wanted = row === undefined ? cycles : rowCycles;
  const second = Math.min(waitInput + waitWeight, Math.floor(frame / 4)) + (row === undefined ? channelTiles : rowCycles) + 200;
  const filled = row !== undefined && plan.streamed ? streamedRowStart(plan, plan.streamed, 1) : second;
  const fits = filled + wanted < frame;
  const first = from ?? (fits ? filled : 1);
  const count = row === undefined || fits ? wanted : frame;
  if (first < 1 || first > frame || count < 1) {
    throw new ShiftloomError('input', top, `cycles ${first} to ${first + count - 1} are not in its frame of ${frame} cycles`, 'Give another --from or --cycles');
  }
  return { from: first, cycles: Math.min(count, frame - first + 1), frame };
}

/** A map (height, row length) rolled up by `rows`, so that other pixels come first. */
function rolled(data: Int32Array, rowLength: number, rows: number): Int32Array {
  const start = (rows * rowLength) % data.length;
  const result = new Int32Array(data.length);
  result.set(data.subarray(start));
  result.set(data.subarray(0, start), data.length - start);
  return result;
}

async function needVerilator(context: FlowContext): Promise<void> {
  if (await findVerilator(context.env)) return;
  throw new ShiftloomError('tool', 'verilator', 'not found, and the netlist of a design is simulated with Verilator only', verilatorInstallHint());
}

async function mapped(design: Design, context: FlowContext): Promise<Netlist> {
  try {
    return await mapNetlist({
      files: design.verilog.map((path) => ({ path, text: design.files.get(path)! })),
      top: design.top,
      boxes: BOXES,
      signal: context.signal,
      onProgress: (step) => context.onProgress?.({ stage: 'energy', message: `Yosys: ${step}` }),
    });
  } finally {
    await closeYosysWorkers();
  }
}

/** One frame of the layer's own activations, from the memories' first contents, without pauses. */
async function netlistJob(
  design: Design, { verilog }: NetlistText, { from, cycles, frame }: Window, { seed = 1, row = 0 }: EnergyOptions,
): Promise<{ job: SimulationJob; source: 'sample' | 'random' }> {
  const { plan, files } = design;
  const { inWidth, inChannels } = plan.layer.geometry;
  const { data: frameData, source } = inputFrames(plan.layer, 1, seed);
  const data = rolled(frameData, inWidth * inChannels, row);
  const memory = design.verilog.find((path) => path.endsWith('/nn_ram.v'));
  const shape = (stream: typeof plan.input) => ({ elementBits: stream.elementBits, elementsPerBeat: stream.elements, beatsPerFrame: stream.beatsPerFrame });
  const job: SimulationJob = {
    top: design.top,
    files: [
      { path: 'netlist.v', text: verilog },
      ...(await cellModels()),
      ...(memory ? [{ path: memory, text: files.get(memory)! }] : []),
      ...[...files].filter(([path]) => path.endsWith('.mem')).map(([path, text]) => ({ path, text })),
    ],
    input: shape(plan.input),
    output: shape(plan.output),
    outputSigned: plan.layer.description.output.signed,
    frames: 1,
    inputData: data,
    expected: inStreamOrder(plan, goldenRun(plan.layer, data, 1).outputs),
    weights: weightStream(design, 0),
    seed,
    stallIn: 0,
    stallOut: 0,
    maxCycles: 4 * frame + 20_000,
    // The bench counts a few cycles more than the CYCLES register, and the last outputs are to be compared too.
    activity: { from, cycles: from + cycles > frame ? cycles + BENCH_SLACK : cycles },
  };
  return { job, source };
}

function countedActivity(result: SimulationResult, { top }: Design): Activity {
  if (result.activity && result.activity.cycles > 0 && !result.timedOut) return result.activity;
  throw new ShiftloomError('tool', top, `its netlist stopped before the count: ${result.protocolErrors[0] ?? 'no cycle was counted'}`);
}

function figuresOf(
  { plan }: Design, netlist: Netlist, text: NetlistText, activity: Activity, { from, frame }: Window, table: ReturnType<typeof loadEnergyTable>,
) {
  const { cycles } = activity;
  const figures = energyFigures(countEvents(netlist, text.places, activity), table, (plan.macs * cycles) / frame, plan.name);
  const frameOf = (value: number) => value * plan.macs;
  const { low, nominal, high } = figures.perMac;
  return {
    ...figures,
    frameCycles: frame,
    from,
    cycles,
    shareOfFrame: Math.min(1, cycles / frame),
    nets: text.places.reduce((sum, { nets }) => sum + nets.length, 0),
    toggles: activity.toggles.reduce((sum, count) => sum + count, 0),
    perFrame: { low: frameOf(low), nominal: frameOf(nominal), high: frameOf(high) },
  };
}

const round = (seconds: number) => Number(seconds.toFixed(3));
