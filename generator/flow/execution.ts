/** Three ways to run a factored layer: its weights stored, rebuilt on chip, or its factors run directly. Which one, by a stated rule. */
import { ShiftloomError } from '../errors.js';
import type { Layer } from '../layer/layer.js';
import { estimateLayer } from '../plan/estimate.js';
import { lanesText } from '../plan/lanes_text.js';
import { MAX_BRAM, type Limits } from '../plan/limits.js';
import type { Estimate, Lanes, WeightsPlace } from '../plan/plan.js';
import { planLayer } from '../plan/plan_layer.js';
import { findLanes, sizeOf } from '../plan/search.js';
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
  /** SQNR of the outputs in dB, null without error: against the trained layer if it is known, else against what the factors give without rounding. */
  readonly outputSqnrDb: number | null;
  /** Of rebuilt weights: LUTs of the unit that rebuilds them, in `lut` too, and those of the lanes. */
  readonly reconstructionLut?: number;
  readonly laneLut?: number;
}

export interface ExecutionComparison {
  readonly stored: ExecutionCost;
  /** Undefined, with the reason beside it, if the layer or the folding cannot be rebuilt. */
  readonly rebuilt?: ExecutionCost;
  readonly notRebuilt?: string;
  readonly direct: ExecutionCost;
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

/**
 * @param direct of the same layer, its stages planned within the same limits
 * @throws ShiftloomError as planning does
 */
export function compareExecutions(layer: Layer, direct: DirectReport, { lanes, limits }: ExecutionOptions = {}): ExecutionComparison {
  const { errors } = direct;
  const recoded = errors.recodedAgainstFloat === undefined ? errors.recodedAgainstFactors : errors.recodedAgainstFloat;
  const stored = lanes ? storedCost(layer, lanes, recoded) : foundCost(layer, limits, recoded);
  const { rebuilt, notRebuilt } = rebuiltCost(layer, lanes ?? stored.lanes, recoded);
  const ways = {
    stored: stored.cost,
    ...(rebuilt ? { rebuilt } : {}),
    direct: {
      lanes: direct.stages.map((stage) => stage.lanes).join('; '),
      cycles: direct.cycles,
      lut: direct.lut,
      dsp: direct.dsp,
      bram36: direct.bram36,
      outputSqnrDb: errors.directAgainstFloat === undefined ? errors.directAgainstFactors : errors.directAgainstFloat,
    },
  };
  return { ...ways, ...(notRebuilt === undefined ? {} : { notRebuilt }), ...winner(ways, limits), rule: EXECUTION_RULE };
}

type Ways = Pick<ExecutionComparison, 'stored' | 'rebuilt' | 'direct'>;

function winner(ways: Ways, limits: Limits = {}): Pick<ExecutionComparison, 'wins' | 'because'> {
  const all = EXECUTIONS.flatMap((name) => (ways[name] ? [{ name, cost: ways[name] }] : []));
  const decibels = (value: number | null) => value ?? Infinity;
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

function costOf(lanes: Lanes, { cycles, lut, dsp, bram36 }: Estimate, outputSqnrDb: number | null): Planned {
  return { lanes, cost: { lanes: lanesText(lanes), cycles, lut, dsp, bram36, outputSqnrDb } };
}

function foundCost(layer: Layer, limits: Limits | undefined, sqnr: number | null): Planned {
  const { lanes, estimate } = findLanes(layer, limits);
  return costOf(lanes, estimate, sqnr);
}

/** On chip if the device holds the weights, else streamed. */
function storedCost(layer: Layer, lanes: Lanes, sqnr: number | null): Planned {
  const planned = (weights: WeightsPlace) => {
    const placed = { ...bare(lanes), weights };
    return costOf(placed, estimateLayer(planLayer(layer, placed)), sqnr);
  };
  if (lanes.weights === 'streamed') return planned('streamed');
  try {
    return planned('resident');
  } catch (error) {
    if (error instanceof ShiftloomError && error.code === 'resource') return planned('streamed');
    throw error;
  }
}

/** A folding without what belongs to the place of the weights. */
function bare({ oc, ic, pixel, kind, dsp, select }: Lanes): Lanes {
  return { oc, ic, pixel, kind, ...(dsp === undefined ? {} : { dsp }), ...(select === undefined ? {} : { select }) };
}

function rebuiltCost(layer: Layer, lanes: Lanes, sqnr: number | null): { readonly rebuilt?: ExecutionCost; readonly notRebuilt?: string } {
  const { rebuild } = lanes;
  const placed: Lanes = { ...bare(lanes), weights: 'rebuilt', ...(rebuild ? { rebuild } : {}) };
  try {
    const plan = planLayer(layer, placed);
    const estimate = estimateLayer(plan);
    const { cost } = costOf({ ...placed, rebuild: plan.reconstruction!.lanes }, estimate, sqnr);
    return { rebuilt: { ...cost, reconstructionLut: estimate.reconstructionLut, laneLut: estimate.laneLut } };
  } catch (error) {
    if (error instanceof ShiftloomError) return { notRebuilt: error.message };
    throw error;
  }
}
