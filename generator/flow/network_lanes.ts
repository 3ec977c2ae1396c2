/** Foldings of a network's layers: given by node, or the smallest that keep up with a frame rate, or the fastest that fit a limit. */
import { ShiftloomError, nearestName } from '../errors.js';
import type { LayerNode, Network } from '../network/network.js';
import { cyclesBetweenFrames } from '../plan/cycles.js';
import { meetsNetworkLimits, type NetworkLimits } from '../plan/network/network_limits.js';
import { balanceLayer, layerMacs } from '../plan/network/balance.js';
import { planNetwork } from '../plan/network/plan_network.js';
import type { Lanes } from '../plan/plan.js';
import { planLayer } from '../plan/plan_layer.js';
import { DEFAULT_CLOCK_MHZ, completeLanes, limitsOf, parseLanes, type FoldingRequest } from './lanes.js';

/** Multiply-accumulates per cycle of all layers together that are aimed at if neither foldings, a rate nor limits are given. */
const DEFAULT_MACS = 256;
/** Such a rate gives way by this factor where a layer's streams do not allow it. */
const RELAXED = 1.25;
/** Foldings of a whole network that are compared within limits. */
const TRIALS = 14;

export interface NetworkFoldingRequest extends FoldingRequest {
  /** Frames per second at the clock. */
  readonly fps?: number;
}

export interface NetworkFolding {
  readonly lanes: ReadonlyMap<string, Lanes>;
  /** Cycles of a frame that layers were balanced to; absent if all foldings were given. */
  readonly balancedTo?: number;
  readonly clock: number;
}

/**
 * Foldings by node: those of the request's `lanes` (`fc1:oc=15,ic=16;fc2:oc=4`) first; then, unless a rate or limits are asked for, those that the network
 * names; the other layers are balanced.
 * @throws ShiftloomError 'usage' for wrong or contradicting options, 'resource' if a rate or the limits cannot be met
 */
export function chooseNetworkLanes(network: Network, request: NetworkFoldingRequest): NetworkFolding {
  const { clock = DEFAULT_CLOCK_MHZ, fps } = request;
  if (request.latencyCycles !== undefined) throw new ShiftloomError('usage', '--latency', 'is for one layer', 'Ask for a frame rate of the network: --fps 1000');
  const limits = limitsOf(request)?.limits;
  const asked = fps !== undefined || limits !== undefined;
  const given = new Map<string, Lanes>();
  if (!asked) for (const [name, text] of Object.entries(network.description.lanes ?? {})) given.set(name, lanesOf(network, name, text));
  for (const [name, text] of lanesByNode(request.lanes)) given.set(name, lanesOf(network, name, text));
  const open = layersOf(network).filter(({ name }) => !given.has(name));
  if (open.length === 0) return { lanes: given, clock };
  if (limits && fps === undefined) return { ...fastest(network, given, open, limits), clock };
  if (fps === undefined) return { ...unhurried(network, given, open), clock };
  const balancedTo = Math.floor((clock * 1e6) / fps);
  const lanes = balanced(given, open, balancedTo);
  if (limits) checkLimits(network, lanes, limits);
  return { lanes, balancedTo, clock };
}

function layersOf({ nodes }: Network): LayerNode[] {
  return nodes.filter((node) => node.op === 'layer');
}

/** `node:lanes;node:lanes` as pairs. */
function lanesByNode(text: string | undefined): [string, string][] {
  if (text === undefined) return [];
  return text.split(';').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 1) throw new ShiftloomError('usage', '--lanes', `is '${part}'; a network's foldings are NODE:KEY=VALUE,...`, 'Write it as --lanes fc1:oc=16,ic=16, once for each node');
    return [part.slice(0, colon).trim(), part.slice(colon + 1)];
  });
}

function lanesOf(network: Network, name: string, text: string): Lanes {
  const layers = layersOf(network);
  const node = layers.find((layer) => layer.name === name);
  if (node) return completeLanes(node.layer, parseLanes(text));
  const near = nearestName(name, layers.map((layer) => layer.name));
  throw new ShiftloomError('usage', '--lanes', `'${name}' is not a layer of ${network.description.name}`, near ? `Did you mean '${near}'?` : `Layers: ${layers.map((layer) => layer.name).join(', ')}`);
}

function slowestOf(network: Network, given: ReadonlyMap<string, Lanes>): number {
  const cycles = layersOf(network).flatMap(({ name, layer }) => (given.has(name) ? [cyclesBetweenFrames(planLayer(layer, given.get(name)!))] : []));
  return Math.max(...cycles);
}

/** As fast as the slowest of the given foldings, or without one as the usual number of multiply-accumulates allows; slower if streams do not allow that. */
function unhurried(network: Network, given: ReadonlyMap<string, Lanes>, open: readonly LayerNode[]): Pick<NetworkFolding, 'lanes' | 'balancedTo'> {
  const macs = layersOf(network).reduce((sum, { layer }) => sum + layerMacs(layer), 0);
  for (let cycles = given.size > 0 ? slowestOf(network, given) : Math.ceil(macs / DEFAULT_MACS); ; cycles = Math.ceil(RELAXED * cycles)) {
    try {
      return { lanes: balanced(given, open, cycles), balancedTo: cycles };
    } catch (error) {
      if (!(error instanceof ShiftloomError) || error.code !== 'resource' || cycles > 10 * macs + 1000) throw error;
    }
  }
}

/** @throws ShiftloomError as `balanceLayer`, of the node */
function balanced(given: ReadonlyMap<string, Lanes>, open: readonly LayerNode[], cycles: number): Map<string, Lanes> {
  const lanes = new Map(given);
  for (const { name, layer } of open) {
    try {
      lanes.set(name, balanceLayer(layer, cycles));
    } catch (error) {
      throw error instanceof ShiftloomError ? error.at(name) : error;
    }
  }
  return lanes;
}

/** The fewest cycles of a frame whose foldings meet the limits, found by halving the ratio between too few and enough. */
function fastest(network: Network, given: ReadonlyMap<string, Lanes>, open: readonly LayerNode[], limits: NetworkLimits): Pick<NetworkFolding, 'lanes' | 'balancedTo'> {
  const attempt = (cycles: number) => {
    try {
      const lanes = balanced(given, open, cycles);
      return meetsNetworkLimits(planNetwork(network, lanes), limits) ? lanes : undefined;
    } catch (error) {
      if (error instanceof ShiftloomError && error.code === 'resource') return undefined;
      throw error;
    }
  };
  let enough = Math.max(...open.map(({ layer }) => cyclesBetweenFrames(planLayer(layer, completeLanes(layer, {}), Infinity))));
  let best = attempt(enough);
  if (!best) {
    checkLimits(network, balanced(given, open, enough), limits);
    throw new RangeError('limits are met or told');
  }
  let few = 1;
  for (let trial = 0; trial < TRIALS && enough / few > 1.02; trial++) {
    const cycles = Math.max(few + 1, Math.round(Math.sqrt(few * enough)));
    const lanes = attempt(cycles);
    if (lanes) [best, enough] = [lanes, cycles];
    else few = cycles;
  }
  return { lanes: best, balancedTo: enough };
}

function checkLimits(network: Network, lanes: ReadonlyMap<string, Lanes>, limits: NetworkLimits): void {
  const { estimate, cyclesPerFrame } = planNetwork(network, lanes);
  if (meetsNetworkLimits({ estimate }, limits)) return;
  const { lut, dsp, bram36 } = estimate;
  throw new ShiftloomError(
    'resource',
    network.description.name,
    `takes ${lut} LUTs, ${dsp} DSP blocks and ${bram36} block RAMs at a frame every ${cyclesPerFrame} cycles; allowed are ${limits.maxLut ?? 'any'}, ${limits.maxDsp ?? 'any'} and ${limits.maxBram ?? 'any'}`,
    'Ask for fewer frames per second, or allow more',
  );
}
