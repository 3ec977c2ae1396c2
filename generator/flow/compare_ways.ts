/** Beside an engine for a layer stored as factors: whether its weights are better stored, rebuilt, or its factors run directly. Quick enough for every `generate`. */
import { SPLIT_DEFAULTS } from '../direct/split.js';
import { ShiftloomError } from '../errors.js';
import { macsOf, type Layer } from '../layer/layer.js';
import type { Limits } from '../plan/limits.js';
import type { Lanes } from '../plan/plan.js';
import type { FlowContext } from './context.js';
import { directExecution } from './direct.js';
import { compareExecutions, type ExecutionComparison, type NotDirect } from './execution.js';
import type { Folding } from './lanes.js';

/** Multiply-accumulates of the frames that outputs are measured on: about a second of the golden model. */
const MOST_MEASURED_MACS = 1e9;
const MOST_FRAMES = 8;

/**
 * The comparison on a folding's own lanes: no engine is searched for but those of the stages, with at most as many multiply-accumulates per cycle.
 * @returns undefined for a layer that is not stored as factors
 * @throws ShiftloomError as planning does; rejects with the signal's reason when aborted
 */
export async function compareWays(layer: Layer, { lanes, target }: Pick<Folding, 'lanes' | 'target'>, context: FlowContext = {}): Promise<ExecutionComparison | undefined> {
  if (!layer.factors) return undefined;
  const frames = Math.max(1, Math.min(MOST_FRAMES, Math.floor(MOST_MEASURED_MACS / macsOf(layer.geometry))));
  const limits = stageLimits(layer, lanes, target?.limits);
  return compareExecutions(layer, await directOrNot(layer, frames, limits, context), { lanes, limits: target?.limits });
}

/** Lanes in pairs are left out of the stages' search, which would take seconds; weights on DSP blocks need their limit. A lane of a middle stage chooses from a block. */
function stageLimits(layer: Layer, { oc, ic, pixel }: Lanes, { maxLut, maxDsp, maxBram }: Limits = {}): Limits {
  const multiplied = Object.values(layer.factors!.weights.factors).some((factor) => factor?.encoding === 'uniform');
  return { maxMacs: Math.max(SPLIT_DEFAULTS.block, oc * ic * pixel), maxLut, maxBram, ...(multiplied ? { maxDsp } : {}) };
}

async function directOrNot(layer: Layer, frames: number, limits: Limits, context: FlowContext) {
  try {
    return (await directExecution(layer, { frames, limits }, context)).report;
  } catch (error) {
    if (error instanceof ShiftloomError) return { notDirect: error.message } satisfies NotDirect;
    throw error;
  }
}
