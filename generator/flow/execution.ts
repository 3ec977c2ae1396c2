/** Three ways to run a factored layer: its weights stored, rebuilt on chip, or its factors run directly. Which one, by a stated rule. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from '../plan/estimate.js';
import { lanesText } from '../plan/lanes_text.js';
import { MAX_BRAM, sizeOf, type Limits } from '../plan/limits.js';
import type { Estimate, Lanes, WeightsPlace } from '../plan/plan.js';
import { planLayer } from '../plan/plan_layer.js';
import { findLanes } from '../plan/search.js';
import type { DirectReport } from './direct.js';

export const EXECUTIONS = ['stored', 'rebuilt', 'direct'] as const;
export type Execution = (typeof EXECUTIONS)[number];

export interface ExecutionCost {
  /** As `--lanes` takes it; of direct execution those of the stages. */
  readonly lanes: string;
  readonly cycles: number;
  readonly lut: number;
  readonly dsp: number;
  readonly bram36: number;
  /** SQNR of the outputs in dB, null without error; left out if it is not known. */
  readonly outputSqnrDb?: number | null;
}

export interface RebuiltCost extends ExecutionCost {
  /** LUTs of the unit that rebuilds weights, in `lut` too, and those of the lanes. */
  readonly reconstructionLut: number;
  readonly laneLut: number;
}

export interface ExecutionComparison {
  readonly stored: ExecutionCost;
  /** Undefined, with the reason beside it, if the layer or the folding cannot be rebuilt. */
  readonly rebuilt?: RebuiltCost;
  readonly notRebuilt?: string;
  /** Undefined, with the reason beside it, if the layer cannot be run directly. */
  readonly direct?: ExecutionCost;
  readonly notDirect?: string;
  /** What outputs are held against, and the frames they are of. */
  readonly outputsAgainst: string;
  readonly outputsOn: string;
  readonly wins: Execution;
  readonly because: string;
  readonly rule: string;
}

/** Most that outputs may be worse than those of stored weights, dB. */
const MOST_LOSS_DB = 1;
/** Cycles that count as equal. */
const EQUAL_TIME = 0.03;

export const EXECUTION_RULE =
  `the fewest cycles of those that fit and whose outputs are at most ${MOST_LOSS_DB} dB worse than with stored weights; within ${100 * EQUAL_TIME} % of them the smallest, a DSP48E1 counted as 191 LUTs and a block RAM as 172`;

export interface ExecutionOptions {
  /** The engine for stored and rebuilt weights; left out, it is found within the limits. */
  readonly lanes?: Lanes;
  readonly limits?: Limits;
}

/** Why a layer cannot be run directly. */
export interface NotDirect {
  readonly notDirect: string;
}

/**
 * @param direct of the same layer, its stages planned within the same limits
 * @throws ShiftloomError as planning does
 */
export function compareExecutions(layer: Layer, direct: DirectReport | NotDirect, { lanes, limits }: ExecutionOptions = {}): ExecutionComparison {
  const outputs = outputsOf(direct);
  const stored = lanes ? storedCost(layer, lanes, outputs.recoded, limits?.maxBram) : foundCost(layer, limits, outputs.recoded);
  const { rebuilt, notRebuilt } = rebuiltCost(layer, lanes ?? stored.lanes, outputs.recoded);
  const ways = {
    stored: stored.cost,
    ...(rebuilt ? { rebuilt } : {}),
    ...('notDirect' in direct ? {} : { direct: directCost(direct, outputs.direct) }),
  };
  return {
    ...ways,
    ...(notRebuilt === undefined ? {} : { notRebuilt }),
    ...('notDirect' in direct ? { notDirect: direct.notDirect } : {}),
    ...winner(ways, limits),
    rule: EXECUTION_RULE,
    outputsAgainst: outputs.against,
    outputsOn: outputs.on,
  };
}

/** SQNR of a way's outputs, or that it is not known. */
type Outputs = Pick<ExecutionCost, 'outputSqnrDb'>;

function outputsOf(direct: DirectReport | NotDirect): { readonly recoded: Outputs; readonly direct: Outputs; readonly against: string; readonly on: string } {
  const factors = 'what the factors give without rounding';
  if ('notDirect' in direct) return { recoded: {}, direct: {}, against: factors, on: 'no frame' };
  const { measuredOn: on, directAgainstFactors, recodedAgainstFactors, directAgainstFloat, recodedAgainstFloat } = direct.errors;
  if (directAgainstFloat === undefined) return { recoded: { outputSqnrDb: recodedAgainstFactors }, direct: { outputSqnrDb: directAgainstFactors }, against: factors, on };
  return { recoded: { outputSqnrDb: recodedAgainstFloat }, direct: { outputSqnrDb: directAgainstFloat }, against: 'the trained layer', on };
}

function directCost({ stages, cycles, lut, dsp, bram36 }: DirectReport, outputs: Outputs): ExecutionCost {
  return { lanes: stages.map((stage) => stage.lanes).join('; '), cycles, lut, dsp, bram36, ...outputs };
}

type Ways = Pick<ExecutionComparison, 'stored' | 'rebuilt' | 'direct'>;

function winner(ways: Ways, limits: Limits = {}): Pick<ExecutionComparison, 'wins' | 'because'> {
  const all = EXECUTIONS.flatMap((name) => (ways[name] ? [{ name, cost: ways[name] }] : []));
  const decibels = (value: number | null | undefined) => value ?? Infinity;
  const good = all.filter(({ cost }) => decibels(cost.outputSqnrDb) >= decibels(ways.stored.outputSqnrDb) - MOST_LOSS_DB);
  const fitting = good.filter(({ cost }) => fits(cost, limits));
  const among = fitting.length > 0 ? fitting : good;
  const least = Math.min(...among.map(({ cost }) => cost.cycles));
  const near = among.filter(({ cost }) => cost.cycles <= least * (1 + EQUAL_TIME));
  const { name, cost } = near.reduce((a, b) => (sizeOf(b.cost) < sizeOf(a.cost) ? b : a));
  const others = all.filter((way) => way.name !== name).map((way) => `${(way.cost.cycles / cost.cycles).toFixed(2)} times its cycles ${way.name}`);
  const size = near.length > 1 ? ', the smallest of those that are as fast' : '';
  const outputs = good.length < all.length ? `; outputs too far off: ${all.filter((way) => !good.includes(way)).map((way) => way.name).join(', ')}` : '';
  const room = fitting.length > 0 && fitting.length < good.length ? `; does not fit: ${good.filter((way) => !fitting.includes(way)).map((way) => way.name).join(', ')}` : '';
  return { wins: name, because: `${others.join(', ')}${size}${outputs}${room}` };
}

function fits({ lut, dsp, bram36 }: ExecutionCost, { maxLut = Infinity, maxDsp = Infinity, maxBram = MAX_BRAM }: Limits): boolean {
  return lut <= maxLut && dsp <= maxDsp && bram36 <= maxBram;
}

interface Planned {
  readonly lanes: Lanes;
  readonly cost: ExecutionCost;
}

function costOf(lanes: Lanes, { cycles, lut, dsp, bram36 }: Estimate, outputs: Outputs): Planned {
  return { lanes, cost: { lanes: lanesText(lanes), cycles, lut, dsp, bram36, ...outputs } };
}

function foundCost(layer: Layer, limits: Limits | undefined, outputs: Outputs): Planned {
  const found = (weights: WeightsPlace) => {
    const { lanes, estimate } = findLanes(layer, { ...limits, weights });
    return costOf(lanes, estimate, outputs);
  };
  return residentOr(() => found('resident'), () => found('streamed'));
}

/** Resident weights, or streamed ones where those do not fit. */
function residentOr(resident: () => Planned, streamed: () => Planned): Planned {
  try {
    return resident();
  } catch (error) {
    if (error instanceof ShiftloomError && error.code === 'resource') return streamed();
    throw error;
  }
}

/** As the folding says if its weights are stored; else on chip if the device, and the limit, has room for them, or streamed. */
function storedCost(layer: Layer, { rebuild: _unit, ...lanes }: Lanes, outputs: Outputs, maxBram = MAX_BRAM): Planned {
  const planned = (weights: WeightsPlace) => {
    const placed = { ...((lanes.weights ?? 'resident') === weights ? lanes : bare(lanes)), weights };
    return costOf(placed, estimateLayer(planLayer(layer, placed)), outputs);
  };
  if (lanes.weights === 'streamed') return planned('streamed');
  const resident = residentOr(() => planned('resident'), () => planned('streamed'));
  return resident.cost.bram36 > maxBram && lanes.weights === 'rebuilt' ? planned('streamed') : resident;
}

/** A folding without what belongs to the place of the weights. */
function bare({ oc, ic, pixel, kind, dsp, select, hold }: Lanes): Lanes {
  return { oc, ic, pixel, kind, ...(dsp === undefined ? {} : { dsp }), ...(select === undefined ? {} : { select }), ...(hold === undefined ? {} : { hold }) };
}

function rebuiltCost(layer: Layer, lanes: Lanes, outputs: Outputs): { readonly rebuilt?: RebuiltCost; readonly notRebuilt?: string } {
  const { rebuild } = lanes;
  const placed: Lanes = { ...(lanes.weights === 'rebuilt' ? lanes : bare(lanes)), weights: 'rebuilt', ...(rebuild ? { rebuild } : {}) };
  try {
    const plan = planLayer(layer, placed);
    const estimate = estimateLayer(plan);
    const { cost } = costOf({ ...placed, rebuild: plan.reconstruction!.lanes }, estimate, outputs);
    return { rebuilt: { ...cost, reconstructionLut: estimate.reconstructionLut!, laneLut: estimate.laneLut } };
  } catch (error) {
    if (error instanceof ShiftloomError) return { notRebuilt: error.message };
    throw error;
  }
}
