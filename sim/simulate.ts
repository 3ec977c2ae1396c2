import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { modelCache } from './cache.js';
import type { SimulationJob, SimulationOptions, SimulationResult } from './contract.js';
import { embeddedEngine } from './embedded_engine.js';
import type { Engine, EngineContext } from './engine.js';
import { checkJob, readActivity, readResults, writeRunFolder } from './job_file.js';
import { verilatorEngine } from './verilator_engine.js';
import { writeSaveFile } from './waves.js';

export type * from './contract.js';

/**
 * Runs one job on one engine and compares every output element; both engines give the same cycles for the same job.
 * A wrong accelerator is a result (`mismatches`, `protocolErrors`, `timedOut`), not an error.
 * @throws ShiftloomError input: the job is malformed; tool: no engine, the Verilog does not compile, the model crashed;
 *   unsupported: waves or toggles from the embedded engine. Rejects with the signal's reason when aborted.
 */
export async function simulate(job: SimulationJob, options: SimulationOptions = {}): Promise<SimulationResult> {
  checkJob(job);
  options.signal?.throwIfAborted();
  const context = contextOf(options);
  const engine = await chooseEngine(options.engine ?? 'auto', context);
  if ((job.trace || job.activity) && engine.name === 'embedded') throw notRecorded(job);
  const engineVersion = await engine.version(context);
  const folder = options.workDir ?? (await mkdtemp(join(tmpdir(), 'shiftloom-run-')));
  try {
    const started = performance.now();
    const model = await engine.build(job, context);
    const built = performance.now();
    await rm(join(folder, 'result.json'), { force: true }); // of an earlier run in the same folder
    await writeRunFolder(folder, job);
    await model.run(folder);
    const seconds = { build: (built - started) / 1000, run: (performance.now() - built) / 1000 };
    const read = await readResults(folder);
    if (!read) throw new ShiftloomError('tool', job.top, `the ${engine.name} engine ended without a result`);
    if (job.trace) await writeSaveFile(job);
    const activity = job.activity && (await readActivity(folder));
    return { engine: engine.name, engineVersion, ...read.result, outputData: read.outputData, ...(activity && { activity }), seconds, cached: model.cached };
  } finally {
    if (!options.workDir) await rm(folder, { recursive: true, force: true });
  }
}

function contextOf(options: SimulationOptions): EngineContext {
  return {
    cache: modelCache(options.cacheDir),
    env: options.env ?? process.env,
    signal: options.signal,
    quick: options.effort === 'quick',
    building: (message) => options.onProgress?.({ stage: 'build', message }),
    progress: (cycles, beats, totalBeats) =>
      options.onProgress?.({ stage: 'run', message: `${cycles} cycles, ${beats} of ${totalBeats} output beats`, cycles, beats, totalBeats }),
  };
}

/** `auto` takes Verilator if it can be used and says so if not. */
async function chooseEngine(name: NonNullable<SimulationOptions['engine']>, context: EngineContext): Promise<Engine> {
  if (name === 'embedded') return embeddedEngine;
  if (name === 'verilator') return verilatorEngine;
  try {
    await verilatorEngine.version(context);
    return verilatorEngine;
  } catch (error) {
    if (!(error instanceof ShiftloomError)) throw error;
    context.building(`using the embedded engine, which is slower: ${error.message}`);
    return embeddedEngine;
  }
}

function notRecorded(job: SimulationJob): ShiftloomError {
  const what = job.activity ? 'counts no toggles' : 'writes no waves';
  return new ShiftloomError('unsupported', job.top, `the embedded engine ${what}`, 'Use Verilator for them: sudo apt-get install verilator');
}
