import type { ModelCache } from './cache.js';
import type { EngineName, SimulationJob } from './contract.js';

/** What an engine is given besides the job. */
export interface EngineContext {
  cache: ModelCache;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Compile quickly rather than for speed. */
  quick: boolean;
  /** A line of progress while building. */
  building: (message: string) => void;
  /** Clock cycles and output beats while running. */
  progress: (cycles: number, beats: number, totalBeats: number) => void;
}

/** A compiled design. */
export interface Model {
  /** Nothing had to be compiled. */
  cached: boolean;
  /** Reads job.bin and the memory files in the run folder, writes result.json and output.bin there. */
  run(folder: string): Promise<void>;
}

/** One way of running emitted Verilog. */
export interface Engine {
  readonly name: EngineName;
  /** @throws ShiftloomError (tool) if the engine cannot be used here. */
  version(context: EngineContext): Promise<string>;
  build(job: SimulationJob, context: EngineContext): Promise<Model>;
}
