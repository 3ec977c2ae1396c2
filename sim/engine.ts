import type { ModelCache } from './cache.js';
import type { EngineName, SimulationJob } from './contract.js';

/** What an engine is given besides the job. */
export interface EngineContext {
  cache: ModelCache;
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** A line of progress while building. */
  building: (message: string) => void;
  /** Clock cycles and output beats while running. */
  progress: (cycles: number, beats: number, totalBeats: number) => void;
}

/** One way of running emitted Verilog; `build` is cached, `run` reads job.bin from the run folder and writes result.json there. */
export interface Engine {
  readonly name: EngineName;
  /** @throws ShiftloomError (tool) if the engine cannot be used here. */
  version(context: EngineContext): Promise<string>;
  /** Folder of the compiled model. */
  build(job: SimulationJob, context: EngineContext): Promise<{ path: string; cached: boolean }>;
  run(model: string, job: SimulationJob, folder: string, context: EngineContext): Promise<void>;
}
