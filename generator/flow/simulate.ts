/**
 * Simulates a generated engine against the golden model at every output element, and the golden model against ONNX Runtime.
 *
 * Two runs on one compiled model: one frame with a stream that never waits, from the `.mem` contents, for the cycle figure;
 * then several frames back to back with pauses on both streams, from blank memories that are loaded over AXI4-Lite.
 */
import { ShiftloomError } from '../errors.js';
import type { Generated } from '../generate.js';
import { goldenRun, type GoldenResult } from '../golden/convolution.js';
import type { Layer } from '../layer/layer.js';
import { inStreamOrder } from '../plan/output_order.js';
import { compareWithOracle } from '../../sim/oracle/compare.js';
import { simulate, type SimulationJob, type SimulationOptions, type SimulationResult, type TraceRequest } from '../../sim/simulate.js';
import { breathe, secondsSince, type FlowContext } from './context.js';
import { inputFrames, type InputFrames } from './frames.js';
import { fileText, weightStream } from './weight_stream.js';

export type EngineChoice = 'auto' | 'verilator' | 'embedded';

export interface LayerSimulationOptions {
  /** Frames of the run with pauses; default 2. 0 leaves that run out. */
  readonly frames?: number;
  /** Seed of frames (if the layer has no sample) and pauses; default 1. */
  readonly seed?: number;
  /** Probability of a pause before an input beat and of output back-pressure in a cycle; default 0.2. */
  readonly stallIn?: number;
  readonly stallOut?: number;
  readonly engine?: EngineChoice;
  /** Probability of a pause before a beat of streamed weights; default that of the input. */
  readonly stallWeight?: number;
  /** FST waves of the run without pauses. */
  readonly waves?: TraceRequest;
  /** Of the run with pauses: reset in the middle of a frame first; run it twice without a reset between. */
  readonly resetMidFrame?: boolean;
  readonly restart?: boolean;
  /** `quick` compiles with less optimization, for designs that are run once; default `fast`. */
  readonly effort?: SimulationOptions['effort'];
  /** Folder of compiled models; default the simulator's own. */
  readonly cacheDir?: string;
}

export interface OracleSummary {
  readonly compared: number;
  /** Accumulators that differ, and requantized outputs that differ by more than one unit. */
  readonly mismatches: number;
  /** Outputs compared with QLinearConv and the share that differ by one unit: halves, which it rounds to even. */
  readonly requantizedCompared: number;
  readonly requantizedDiffer: number;
  /** Why nothing, or not the outputs, could be compared. */
  readonly skipped?: string;
}

export interface LayerSimulation {
  readonly engine: string;
  readonly engineVersion: string;
  /** Why the embedded engine was taken although Verilator is preferred. */
  readonly engineNote?: string;
  readonly input: { readonly source: 'sample' | 'random'; readonly frames: number; readonly seed: number };
  readonly stalls: { readonly in: number; readonly out: number };
  /** Output elements compared with the golden model in both runs, and how many were wrong. */
  readonly outputs: number;
  readonly mismatches: number;
  readonly firstMismatch?: SimulationResult['firstMismatch'];
  readonly timedOut: boolean;
  readonly protocolErrors: readonly string[];
  readonly oracle: OracleSummary;
  /** CYCLES register for one frame without pauses. */
  readonly cycles: number;
  /** MACs / (cycles * peak MACs per cycle). */
  readonly utilization: number;
  readonly registers: SimulationResult['registers'];
  readonly timeline?: SimulationResult['timeline'];
  /** CYCLES register of the run with pauses. */
  readonly stalledCycles?: number;
  readonly seconds: { readonly golden: number; readonly oracle: number; readonly build: number; readonly run: number; readonly total: number };
}

/** As it is left in the design's folder: with the time that generating took. */
export interface StoredSimulation extends LayerSimulation {
  readonly seconds: LayerSimulation['seconds'] & { readonly generate: number };
}

/** True if everything that was compared is right. */
export function simulationPassed(s: LayerSimulation): boolean {
  return s.mismatches === 0 && s.oracle.mismatches === 0 && !s.timedOut && s.protocolErrors.length === 0;
}

/**
 * @param files the emitted files, from memory or as read back from the output folder
 * @throws ShiftloomError as the golden model and the simulator do; rejects with the signal's reason when aborted
 */
export async function simulateLayer(
  generated: Pick<Generated, 'plan' | 'top' | 'loads' | 'verilog' | 'estimate'> & { readonly files: ReadonlyMap<string, string> },
  options: LayerSimulationOptions = {},
  context: FlowContext = {},
): Promise<LayerSimulation> {
  const started = performance.now();
  const { layer } = generated.plan;
  const { frames = 2, seed = 1, stallIn = 0.2, stallOut = 0.2 } = options;
  const input = inputFrames(layer, Math.max(1, frames), seed);
  context.onProgress?.({ stage: 'simulate', message: `golden model, ${input.frames} frame(s)` });
  await breathe(context);
  const goldenStarted = performance.now();
  const golden = goldenRun(layer, input.data, input.frames);
  const expected = inStreamOrder(generated.plan, golden.outputs);
  const goldenSeconds = secondsSince(goldenStarted);
  const notes: string[] = [];
  const run = runner(options, context, notes);
  const clean = await run(cleanJob(generated, input, expected, seed, options.waves));
  const stalled = frames > 0 && !clean.timedOut ? await run(stalledJob(generated, input, expected, { seed, stallIn, stallOut, ...options })) : undefined;
  const oracleStarted = performance.now();
  context.onProgress?.({ stage: 'oracle', message: 'ONNX Runtime' });
  await breathe(context);
  const oracle = await oracleSummary(layer, input.data, golden);
  const seconds = { golden: goldenSeconds, oracle: secondsSince(oracleStarted) };
  return {
    ...compared(clean, stalled),
    ...(clean.engine === 'embedded' && notes.length > 0 ? { engineNote: notes[0] } : {}),
    input: { source: input.source, frames: 1 + (stalled ? frames : 0), seed },
    stalls: { in: stallIn, out: stallOut },
    oracle,
    utilization: clean.cycles > 0 ? generated.plan.macs / (clean.cycles * generated.plan.peakMacsPerCycle) : 0,
    seconds: { ...seconds, ...runSeconds(clean, stalled), total: secondsSince(started) },
  };
}

/** Both runs against the golden model, and the figures of the one without pauses. */
function compared(clean: SimulationResult, stalled: SimulationResult | undefined) {
  const runs = stalled ? [clean, stalled] : [clean];
  const firstMismatch = runs.find((r) => r.firstMismatch)?.firstMismatch;
  return {
    engine: clean.engine,
    engineVersion: clean.engineVersion,
    outputs: clean.outputs + (stalled?.outputs ?? 0),
    mismatches: clean.mismatches + (stalled?.mismatches ?? 0),
    ...(firstMismatch ? { firstMismatch } : {}),
    timedOut: runs.some((r) => r.timedOut),
    protocolErrors: runs.flatMap((r, i) => r.protocolErrors.map((text) => `${i === 0 ? 'run without pauses' : 'run with pauses'}: ${text}`)),
    cycles: clean.cycles,
    registers: clean.registers,
    timeline: clean.timeline,
    ...(stalled ? { stalledCycles: stalled.cycles } : {}),
  };
}

function runSeconds(clean: SimulationResult, stalled: SimulationResult | undefined): { build: number; run: number } {
  const sum = (key: 'build' | 'run') => clean.seconds[key] + (stalled?.seconds[key] ?? 0);
  return { build: sum('build'), run: sum('run') };
}

function runner(options: LayerSimulationOptions, context: FlowContext, notes: string[]): (job: SimulationJob) => Promise<SimulationResult> {
  const shared: SimulationOptions = {
    engine: options.engine ?? 'auto',
    cacheDir: options.cacheDir,
    effort: options.effort,
    signal: context.signal,
    env: context.env,
    onProgress: ({ message }) => {
      if (message.startsWith('using the embedded engine') && notes.push(message) > 1) return; // once is enough
      context.onProgress?.({ stage: 'simulate', message });
    },
  };
  return (job) => simulate(job, shared);
}

type Design = Parameters<typeof simulateLayer>[0];

function commonJob(design: Design, seed: number): Omit<SimulationJob, 'files' | 'frames' | 'inputData' | 'expected' | 'stallIn' | 'stallOut' | 'maxCycles'> {
  const { plan } = design;
  const shape = (stream: typeof plan.input) => ({
    elementBits: stream.elementBits,
    elementsPerBeat: stream.elements,
    beatsPerFrame: stream.beatsPerFrame,
  });
  return {
    top: design.top,
    parameters: { XC7_PRIMITIVES: 0 },
    input: shape(plan.input),
    output: shape(plan.output),
    outputSigned: plan.layer.description.output.signed,
    seed,
  };
}

function cleanJob(design: Design, input: InputFrames, expected: Int32Array, seed: number, trace?: TraceRequest): SimulationJob {
  return {
    ...commonJob(design, seed),
    files: sources(design, false),
    frames: 1,
    inputData: input.data.slice(0, input.data.length / input.frames),
    expected: expected.slice(0, expected.length / input.frames),
    weights: weightStream(design, 0),
    stallIn: 0,
    stallOut: 0,
    maxCycles: cycleLimit(design, 1, 0),
    trace,
  };
}

function stalledJob(
  design: Design, input: InputFrames, expected: Int32Array,
  options: LayerSimulationOptions & { seed: number; stallIn: number; stallOut: number },
): SimulationJob {
  const { plan } = design;
  const { seed, stallIn, stallOut, resetMidFrame, restart } = options;
  const stallWeight = options.stallWeight ?? stallIn;
  return {
    ...commonJob(design, seed),
    files: sources(design, true),
    loads: design.loads.map(({ select, words }) => ({ select, words })),
    frames: input.frames,
    inputData: input.data,
    expected,
    weights: weightStream(design, stallWeight),
    stallIn,
    stallOut,
    resetMidFrame,
    restart,
    prepares: plan.reconstruction !== undefined,
    maxCycles: cycleLimit(design, input.frames, Math.max(stallIn, stallOut, stallWeight)),
  };
}

/** Verilog in compile order, then the memories; `blank` makes every word 0, so that a run must load them. */
function sources(design: Design, blank: boolean): SimulationJob['files'] {
  const text = (path: string): string => fileText(design.files, path);
  const memories = [...design.files.keys()].filter((path) => path.endsWith('.mem'));
  return [
    ...design.verilog.map((path) => ({ path, text: text(path) })),
    ...memories.map((path) => ({ path, text: blank ? text(path).replace(/[0-9a-fA-F]/g, '0') : text(path) })),
  ];
}

/** Many times what a right engine takes: only an engine that hangs gets there. */
function cycleLimit({ plan }: Design, frames: number, stall: number): number {
  const steps = (plan.macs / plan.peakMacsPerCycle) * 8 + plan.sequencer.steps * plan.sequencer.tiles * plan.layer.geometry.outHeight * 8;
  const beats = plan.input.beatsPerFrame + plan.output.beatsPerFrame;
  const tiles = plan.layer.geometry.groups * plan.sequencer.tiles * plan.sequencer.rowTiles * plan.layer.geometry.outHeight;
  const tileCycles = tiles * (plan.sequencer.steps + plan.sequencer.gap + 64);
  const weights = plan.streamed ? plan.streamed.bands * (plan.streamed.beatsPerPass + (plan.reconstruction?.passCycles ?? 0)) : 0;
  return Math.ceil((frames * 4 * (steps + beats + tileCycles + weights)) / (1 - stall) + 20_000);
}

async function oracleSummary(layer: Layer, frames: Int32Array, golden: GoldenResult): Promise<OracleSummary> {
  try {
    const result = await compareWithOracle(layer, frames, golden);
    return {
      compared: result.outputs,
      mismatches: result.accumulatorMismatches + result.requantizedBeyondOne,
      requantizedCompared: result.requantizedCompared,
      requantizedDiffer: result.requantizedDiffer,
      ...(result.requantizedSkipped ? { skipped: `outputs: ${result.requantizedSkipped}` } : {}),
    };
  } catch (error) {
    if (!(error instanceof ShiftloomError) || error.code !== 'unsupported') throw error;
    return { compared: 0, mismatches: 0, requantizedCompared: 0, requantizedDiffer: 0, skipped: error.message };
  }
}
