/** What the stages of the flow share: progress, the signal that ends them, and the environment tools are found in. */
export type Stage = 'import' | 'compress' | 'assign' | 'explore' | 'generate' | 'simulate' | 'oracle' | 'synthesize' | 'energy' | 'report' | 'residency' | 'direct' | 'package' | 'evaluate';

export interface FlowProgress {
  readonly stage: Stage;
  /** What is being done, for a progress line. */
  readonly message: string;
}

export interface FlowContext {
  readonly onProgress?: (progress: FlowProgress) => void;
  /** Aborting ends every tool that runs; the flow rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Environment used to find tools; default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Seconds since `started` (from `performance.now()`), to the millisecond. */
export function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}

/** Lets pending signals and progress lines through, then stops here if the user asked for it. */
export async function breathe(context: FlowContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  context.signal?.throwIfAborted();
}
