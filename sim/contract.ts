/**
 * The simulator contract: what a run of emitted Verilog takes and gives, whichever engine runs it.
 * Both engines run the same C++ bench (`sim/harness/`) with the same seeded stimuli, so they return the same cycle
 * counts and the same outputs for the same job. docs/simulation.md explains every field with its reason.
 */

/** One AXI4-Stream port: the data width is `elementBits * elementsPerBeat` (8, 16, 32 or 64), element 0 in the lowest bits. */
export interface StreamShape {
  elementBits: 8 | 16;
  elementsPerBeat: number;
  beatsPerFrame: number;
}

/** A Verilog source or a memory file. `$readmemh` paths are relative to the run folder, e.g. `mem/weights_0.mem`. */
export interface SourceFile {
  path: string;
  text: string;
}

/** Words written through LOAD_SELECT / LOAD_ADDRESS / LOAD_DATA before the first start. */
export interface MemoryLoad {
  select: number;
  words: Uint32Array;
}

/** Waves of a window of cycles as FST, with a GTKWave save file (`.gtkw`) beside it. */
export interface TraceRequest {
  file: string;
  /** First cycle traced, default 0. */
  from?: number;
  /** Number of cycles traced, default: to the end. */
  cycles?: number;
  /** Levels of hierarchy traced, 1 = the top only; default all. */
  depth?: number;
}

/** Counts of toggles of a netlist that hands its nets over (generator/energy/netlist_verilog.ts). Verilator only. */
export interface ActivityRequest {
  /** First cycle counted; 1 is the first cycle after the start. */
  from: number;
  /** Cycles counted. The run ends with the last of them, or with the last frame if that is earlier. */
  cycles: number;
}

/** What was counted, by the places in which the netlist hands its nets over. */
export interface Activity {
  /** Cycles counted: fewer than asked for if the frames ended before. */
  cycles: number;
  /** Changes of the value from cycle to cycle. */
  toggles: Uint32Array;
  /** Cycles in which the value was 1. */
  high: Uint32Array;
}

/** Beats of 64 bits on `s_axis_weight`: one pass, which is sent `passes` times for each frame. */
export interface WeightStream {
  /** Two 32-bit parts for each beat, the lower first. */
  beats: Uint32Array;
  passes: number;
  /** Probability of a gap before a beat, 0 <= p < 1. */
  stall: number;
}

export interface SimulationJob {
  /** Name of the top module, e.g. `conv4_1_top`. */
  top: string;
  /** Verilog and memory files, Verilog in compile order. */
  files: SourceFile[];
  /** Parameters of the top module, e.g. `{ XC7_PRIMITIVES: 0 }`. */
  parameters?: Record<string, number>;
  input: StreamShape;
  output: StreamShape;
  /** Frames run by one start. */
  frames: number;
  /** Input elements of all frames, in stream order. */
  inputData: Int32Array;
  /** Expected output elements of all frames, in stream order. */
  expected: Int32Array;
  /** Output elements are two's complement. */
  outputSigned: boolean;
  loads?: MemoryLoad[];
  /** For designs with streamed weights. */
  weights?: WeightStream;
  /** Seeds every random choice of the bench and, in Verilator, the values of registers that have no initial value. */
  seed: number;
  /** Probability of a gap before an input beat, 0 <= p < 1. A gap is mostly one cycle, one in eight is up to 32 longer. */
  stallIn: number;
  /** Probability that `m_axis_tready` falls in a cycle in which it could be high, 0 <= p < 1; for as long as a gap. */
  stallOut: number;
  /** The run is stopped as hung after this many cycles of one start; loading does not count. */
  maxCycles: number;
  trace?: TraceRequest;
  /** Not together with `trace`. */
  activity?: ActivityRequest;
  /** Start a frame first, assert reset in the middle of it, then run the frames. Memories keep what was loaded. */
  resetMidFrame?: boolean;
  /** Run the frames twice by the start bit without a reset between: the second run must equal the first. */
  restart?: boolean;
  /** What the first run has made ready for the next one may make the second run shorter. */
  prepares?: boolean;
  /** Put a wrong `s_axis_tlast` into the first frame, to see STATUS report it. */
  lastFault?: 'early' | 'missing';
}

/** What of a job decides the compiled model. */
export type ModelSource = Pick<SimulationJob, 'top' | 'files' | 'parameters' | 'trace' | 'activity'>;

/** The first wrong output element; values are interpreted by `outputSigned`. */
export interface Mismatch {
  frame: number;
  /** Element index in the frame. */
  index: number;
  expected: number;
  got: number;
}

/** What happened per bucket of `bucketCycles` clock cycles, counted from the start write. The last bucket may be part filled. */
export interface Timeline {
  bucketCycles: number;
  inputBeats: number[];
  outputBeats: number[];
  /** Cycles of ACTIVE, WAIT_INPUT and WAIT_OUTPUT in the bucket, from the performance counters read during the run. */
  active: number[];
  waitInput: number[];
  waitOutput: number[];
}

/** The performance and status registers after done. */
export interface CounterValues {
  active: number;
  waitInput: number;
  waitOutput: number;
  waitWeight: number;
  framesDone: number;
  status: number;
}

export interface SimulationResult {
  engine: EngineName;
  engineVersion: string;
  /** Output elements received (of all runs, if `restart`). */
  outputs: number;
  /** Output elements that are wrong or never came. */
  mismatches: number;
  firstMismatch?: Mismatch;
  /** Elements of the last run as received, in stream order. */
  outputData?: Int32Array;
  /** CYCLES register after done: from start to the last output handshake. */
  cycles: number;
  /** All clock cycles simulated, with reset and loading. */
  harnessCycles: number;
  registers: CounterValues;
  timedOut: boolean;
  timeline?: Timeline;
  seconds: { build: number; run: number };
  /** The compiled model came from the cache. */
  cached: boolean;
  interruptSeen: boolean;
  /** If the job asks for it. Then `outputs` are those that came before the end of the count, and only they are compared. */
  activity?: Activity;
  /** Broken rules of AXI4-Stream, AXI4-Lite or of the register map, one sentence each. Empty for a right accelerator. */
  protocolErrors: string[];
}

export type EngineName = 'verilator' | 'embedded';

export interface SimulationProgress {
  stage: 'build' | 'run';
  /** What is being done, for a progress line. */
  message: string;
  /** Clock cycles simulated so far (stage `run`). */
  cycles?: number;
  /** Output beats received so far and wanted (stage `run`). */
  beats?: number;
  totalBeats?: number;
}

export interface SimulationOptions {
  /** `auto` (default): Verilator if found, otherwise the embedded engine. */
  engine?: 'auto' | EngineName;
  /** Folder of the run (memory files, job, waves); default: a temporary one, removed afterwards. */
  workDir?: string;
  /** Compiled models by content hash; default `sim/build/cache` of the package, or the user's cache folder if that can't be written. */
  cacheDir?: string;
  /**
   * How Verilator's model is compiled. `fast` (default): for speed. `quick`: without optimization, half the compile time,
   * for designs that are run once for up to some 100,000 cycles. The embedded engine has one way only.
   */
  effort?: 'fast' | 'quick';
  onProgress?: (progress: SimulationProgress) => void;
  signal?: AbortSignal;
  /** Environment used to find tools and passed to them; default `process.env`. */
  env?: NodeJS.ProcessEnv;
}
