/** Runs a network's accelerator on frames and compares every output word with the golden network. */
import { ShiftloomError } from '../errors.js';
import type { GeneratedNetwork } from '../generate_network.js';
import { goldenNetwork, type FrameValues } from '../network/golden_network.js';
import { valuesOf, type Network } from '../network/network.js';
import { randomNetworkInput } from '../network/random.js';
import type { NetworkStream } from '../plan/network/network_plan.js';
import { simulate, type SimulationJob, type SimulationOptions, type SimulationResult, type TraceRequest } from '../../sim/simulate.js';
import { secondsSince, type FlowContext } from './context.js';
import type { EngineChoice } from './simulate.js';
import { fileText } from './weight_stream.js';

type StreamNumbers = Omit<NetworkStream, 'name'>;

/** What is needed of a generated accelerator of either form. */
export interface NetworkDesign extends Pick<GeneratedNetwork, 'top' | 'verilog' | 'loads'> {
  readonly plan: {
    readonly input: StreamNumbers;
    readonly output: StreamNumbers;
    readonly macs: number;
    readonly peakMacsPerCycle: number;
    readonly cyclesPerFrame: number;
    /** Stages that work at once; a time-shared engine has none. */
    readonly stages?: readonly { readonly cycles: number }[];
  };
  readonly files: ReadonlyMap<string, string>;
}

export interface NetworkRunOptions {
  /** Seed of pauses; default 1. */
  readonly seed?: number;
  /** Probability of a pause before an input beat and of output back-pressure in a cycle; default 0. */
  readonly stallIn?: number;
  readonly stallOut?: number;
  readonly engine?: EngineChoice;
  /** Blank memories that are loaded over AXI4-Lite, in place of those that have their first contents. */
  readonly loaded?: boolean;
  readonly resetMidFrame?: boolean;
  readonly restart?: boolean;
  readonly lastFault?: SimulationJob['lastFault'];
  readonly waves?: TraceRequest;
  /** `quick` compiles with less optimization; default `fast`. */
  readonly effort?: SimulationOptions['effort'];
  readonly cacheDir?: string;
  /** What should come out; default what the golden network gives. */
  readonly expected?: Int32Array;
}

/**
 * One run of `count` frames back to back. The compiled model depends on the Verilog alone and lies in the cache: after one run several may go on at the
 * same time, in parallel processes.
 * @param frames (count, height, width, channels), integers of the network's input format
 * @returns outputs as they came (`outputData`), compared with the golden network's; a wrong accelerator is a result, not an error
 * @throws ShiftloomError as the golden network and the simulator do; rejects with the signal's reason when aborted
 */
export async function simulateNetwork(
  network: Network, design: NetworkDesign, frames: FrameValues, count: number, options: NetworkRunOptions = {}, context: FlowContext = {},
): Promise<SimulationResult> {
  const expected = options.expected ?? goldenNetwork(network, frames, count);
  const { stallIn = 0, stallOut = 0, seed = 1, resetMidFrame, restart, lastFault, waves } = options;
  const { plan } = design;
  const job: SimulationJob = {
    top: design.top,
    parameters: { XC7_PRIMITIVES: 0 },
    input: shapeOf(plan.input),
    output: shapeOf(plan.output),
    outputSigned: network.nodes[network.output].output.signed,
    files: sources(design, options.loaded ?? false),
    ...(options.loaded ? { loads: design.loads.map(({ select, words }) => ({ select, words })) } : {}),
    frames: count,
    inputData: Int32Array.from(frames),
    expected,
    seed,
    stallIn,
    stallOut,
    ...(resetMidFrame ? { resetMidFrame } : {}),
    ...(restart ? { restart, prepares: true } : {}),
    ...(lastFault ? { lastFault } : {}),
    ...(waves ? { trace: waves } : {}),
    maxCycles: cycleLimit(design, count, Math.max(stallIn, stallOut)),
  };
  return simulate(job, {
    engine: options.engine ?? 'auto',
    effort: options.effort,
    cacheDir: options.cacheDir,
    signal: context.signal,
    env: context.env,
    onProgress: ({ message }) => context.onProgress?.({ stage: 'simulate', message }),
  });
}

function shapeOf({ elementBits, elements, beatsPerFrame }: StreamNumbers): SimulationJob['input'] {
  return { elementBits, elementsPerBeat: elements, beatsPerFrame };
}

/** Verilog in compile order, then the memories; `blank` makes every word 0, so that a run must load them. */
function sources(design: NetworkDesign, blank: boolean): SimulationJob['files'] {
  const text = (path: string): string => fileText(design.files, path);
  const memories = [...design.files.keys()].filter((path) => path.endsWith('.mem'));
  return [
    ...design.verilog.map((path) => ({ path, text: text(path) })),
    ...memories.map((path) => ({ path, text: blank ? text(path).replace(/[0-9a-fA-F]/g, '0') : text(path) })),
  ];
}

/** Many times what a right accelerator takes, pauses on all streams included: only one that hangs gets there. */
function cycleLimit({ plan }: NetworkDesign, frames: number, stall: number): number {
  const each = (plan.stages ?? []).reduce((sum, { cycles }) => sum + cycles + 200, 0);
  return Math.ceil((4 * (frames * plan.cyclesPerFrame * 2 + 2 * each)) / (1 - stall) ** 2 + 20_000);
}

export interface NetworkSimulationOptions extends Pick<NetworkRunOptions, 'engine' | 'effort' | 'cacheDir' | 'waves'> {
  /** Frames of the run with pauses; default 4. 0 leaves it out. */
  readonly frames?: number;
  readonly seed?: number;
  /** Default 0.2. */
  readonly stallIn?: number;
  readonly stallOut?: number;
  /** Frames (count, height, width, channels) that are taken from the start again as often as needed; default random ones. */
  readonly input?: FrameValues;
}

/** What a network's simulation found: one frame, frames back to back for the rate, and frames with pauses. */
export interface NetworkSimulation {
  readonly engine: string;
  readonly engineVersion: string;
  /** Output elements compared in all runs, and how many were wrong. */
  readonly outputs: number;
  readonly mismatches: number;
  readonly firstMismatch?: SimulationResult['firstMismatch'];
  readonly timedOut: boolean;
  readonly protocolErrors: readonly string[];
  readonly input: { readonly source: 'given' | 'random'; readonly frames: number; readonly seed: number };
  readonly stalls: { readonly in: number; readonly out: number };
  /** CYCLES of one frame without pauses. */
  readonly latency: number;
  /** Cycles from frame to frame in a long run without pauses, measured between runs of n and 2n frames; the planner's figure. */
  readonly cyclesPerFrame: number;
  readonly plannedCyclesPerFrame: number;
  /** Multiply-accumulates / (cyclesPerFrame * peak). */
  readonly utilization: number;
  /** Counters of the run of 2n frames, of the layer with the most cycles. */
  readonly registers: SimulationResult['registers'];
  readonly stalledCycles?: number;
  readonly seconds: { readonly build: number; readonly run: number; readonly total: number };
}

export function networkSimulationPassed(s: NetworkSimulation): boolean {
  return s.mismatches === 0 && !s.timedOut && s.protocolErrors.length === 0;
}

/** Frames of the shorter of the two runs that the rate is measured with. */
const RATE_FRAMES = 4;

/**
 * One frame for the latency, runs of 4 and 8 frames for the rate, and frames with pauses from blank memories after a reset in the middle of a frame.
 * @throws ShiftloomError as `simulateNetwork`
 */
export async function simulateNetworkDesign(network: Network, design: NetworkDesign, options: NetworkSimulationOptions = {}, context: FlowContext = {}): Promise<NetworkSimulation> {
  const started = performance.now();
  const { frames = 4, seed = 1, stallIn = 0.2, stallOut = 0.2, engine, effort, cacheDir } = options;
  const most = Math.max(2 * RATE_FRAMES, frames);
  const input = repeated(network, options.input, most, seed);
  context.onProgress?.({ stage: 'simulate', message: `golden network, ${most} frames` });
  const expected = goldenNetwork(network, input, most);
  const run = (count: number, more: NetworkRunOptions) =>
    simulateNetwork(network, design, input.subarray(0, (input.length / most) * count), count, { engine, effort, cacheDir, seed, expected: expected.slice(0, (expected.length / most) * count), ...more }, context);
  const runs = [await run(1, { waves: options.waves }), await run(RATE_FRAMES, {}), await run(2 * RATE_FRAMES, {})];
  const stalled = frames > 0 && !runs.some(({ timedOut }) => timedOut) ? await run(frames, { stallIn, stallOut, loaded: true, resetMidFrame: true }) : undefined;
  const all = stalled ? [...runs, stalled] : runs;
  const cyclesPerFrame = Math.round((runs[2].cycles - runs[1].cycles) / RATE_FRAMES);
  const total = (of: (r: SimulationResult) => number) => all.reduce((sum, r) => sum + of(r), 0);
  const firstMismatch = all.find((r) => r.firstMismatch)?.firstMismatch;
  return {
    engine: runs[0].engine,
    engineVersion: runs[0].engineVersion,
    outputs: total((r) => r.outputs),
    mismatches: total((r) => r.mismatches),
    ...(firstMismatch ? { firstMismatch } : {}),
    timedOut: all.some((r) => r.timedOut),
    protocolErrors: all.flatMap((r, i) => r.protocolErrors.map((text) => `${i < 3 ? 'run without pauses' : 'run with pauses'}: ${text}`)),
    input: { source: options.input ? 'given' : 'random', frames: 3 * RATE_FRAMES + 1 + (stalled ? frames : 0), seed },
    stalls: { in: stallIn, out: stallOut },
    latency: runs[0].cycles,
    cyclesPerFrame,
    plannedCyclesPerFrame: design.plan.cyclesPerFrame,
    utilization: design.plan.macs / (cyclesPerFrame * design.plan.peakMacsPerCycle),
    registers: runs[2].registers,
    ...(stalled ? { stalledCycles: stalled.cycles } : {}),
    seconds: { build: total((r) => r.seconds.build), run: total((r) => r.seconds.run), total: secondsSince(started) },
  };
}

function repeated(network: Network, input: FrameValues | undefined, count: number, seed: number): Int32Array {
  if (!input) return randomNetworkInput(network, count, seed);
  const length = valuesOf(network.input);
  if (input.length === 0 || input.length % length !== 0) {
    throw new ShiftloomError('input', `network ${network.description.name}`, `${input.length} input values are not a whole number of frames of ${length}`);
  }
  return Int32Array.from({ length: count * length }, (_, i) => input[i % input.length]);
}
