/** Generate, simulate, synthesize and report in one go. */
import type { Layer } from '../layer/layer.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import type { Generated } from '../generate.js';
import { compareWays } from './compare_ways.js';
import type { FlowContext } from './context.js';
import { addResult, generateTimed, writeDesign } from './design.js';
import type { ExecutionComparison } from './execution.js';
import { chooseLanes, type Folding, type FoldingRequest } from './lanes.js';
import type { Report } from '../report/report_schema.js';
import { writeReport } from './report.js';
import { measureEnergy, writeEnergy } from './energy.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from './results.js';
import { simulateLayer, simulationPassed, type LayerSimulation, type LayerSimulationOptions, type StoredSimulation } from './simulate.js';
import { synthesizeFlow } from './synthesize.js';

export interface RunOptions {
  readonly folding?: FoldingRequest;
  readonly simulation?: LayerSimulationOptions;
  readonly part?: string;
  /** Measure switching energy too; default not. */
  readonly energy?: boolean;
}

export interface RunResult {
  readonly folding: Folding;
  readonly generated: Generated;
  /** Of a layer stored as factors: the ways to run it. */
  readonly execution?: ExecutionComparison;
  readonly simulation: LayerSimulation;
  readonly synthesis: SynthesisResult;
  /** As written to report.json. */
  readonly report: Report;
  readonly passed: boolean;
}

/**
 * Everything from a layer to its report, written into `folder`. A design that computes wrong outputs is a result (`passed` is
 * false), not an error.
 * @throws ShiftloomError as the stages do; rejects with the signal's reason when aborted
 */
export async function runLayer(layer: Layer, folder: string, options: RunOptions = {}, context: FlowContext = {}): Promise<RunResult> {
  const folding = chooseLanes(layer, options.folding ?? {});
  const { generated, seconds: generate } = await generateTimed(layer, folding.lanes, context);
  const execution = await compareWays(layer, folding, context);
  await writeDesign(folder, generated, execution);
  const simulation = await simulateLayer(generated, options.simulation, context);
  await addResult(folder, SIMULATION_FILE, { ...simulation, seconds: { ...simulation.seconds, generate } } satisfies StoredSimulation);
  const synthesis = await synthesizeFlow(generated, { part: options.part }, context);
  await addResult(folder, SYNTHESIS_FILE, synthesis);
  if (options.energy) await writeEnergy(folder, await measureEnergy(generated, {}, context));
  context.onProgress?.({ stage: 'report', message: folder });
  const report = await writeReport(folder);
  return { folding, generated, ...(execution ? { execution } : {}), simulation, synthesis, report, passed: simulationPassed(simulation) };
}
