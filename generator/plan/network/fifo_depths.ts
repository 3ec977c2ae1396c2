/**
 * Depths of FIFOs from the exact order in which units take and give beats. Where branches of a network meet again, the shorter one's beats wait for the
 * longer one's: too few places and the fork stops, and with it the branch that all wait for.
 */
import { ShiftloomError } from '../../errors.js';
import { play, type TokenGraph } from './token_game.js';

export type { Actor, Edge, Step, TokenGraph } from './token_game.js';

export interface EdgeDepths {
  readonly name: string;
  /** Least depth with which no run stops, given the others' least depths: with one less it stops. */
  readonly least: number;
  /** Least depth with which frames go through as fast as with no limit, given the others' of this kind. */
  readonly fullRate: number;
}

export interface DepthOptions {
  /** Frames that are played: enough that a frame meets the one before it everywhere. Default 3. */
  readonly frames?: number;
}

const FRAMES = 3;

/**
 * Both depths of the edges that have no capacity of their own, in their order.
 * @throws ShiftloomError ('unsupported') if the game stops whatever the depths, with the actors that wait
 */
export function fifoDepths(graph: TokenGraph, options: DepthOptions = {}): EdgeDepths[] {
  const fullRate = fullRateByEdge(graph, options);
  // More room never stops a run, so that what keeps the rate is enough to begin with.
  const least = smallest(fullRate, (depths) => play(graph, options.frames ?? FRAMES, depths).complete);
  return [...fullRate].map(([index, depth]) => ({ name: graph.edges[index].name, least: least.get(index)!, fullRate: depth }));
}

/** The depths for the full rate alone, by name of the edge. Errors as in `fifoDepths`. */
export function fullRateDepths(graph: TokenGraph, options: DepthOptions = {}): Map<string, number> {
  return new Map([...fullRateByEdge(graph, options)].map(([index, depth]) => [graph.edges[index].name, depth]));
}

function fullRateByEdge(graph: TokenGraph, { frames = FRAMES }: DepthOptions): Map<number, number> {
  const free = play(graph, frames);
  if (!free.complete) {
    const waits = free.waiting.map(({ actor, edges }) => `${actor} for ${edges.join(' and ')}`).join(', ');
    throw new ShiftloomError('unsupported', 'network', `its units wait for each other whatever FIFOs stand between them: ${waits}`);
  }
  const open = graph.edges.flatMap(({ capacity }, index) => (capacity === undefined ? [index] : []));
  return smallest(new Map(open.map((index) => [index, Math.max(1, free.most[index])])), (depths) => {
    const { complete, cycles } = play(graph, frames, depths);
    return complete && cycles <= free.cycles;
  });
}

/** Each depth in turn as small as `holds` lets it be; what holds with a depth holds with every larger one. */
function smallest(from: ReadonlyMap<number, number>, holds: (depths: ReadonlyMap<number, number>) => boolean): Map<number, number> {
  const depths = new Map(from);
  for (const [index, most] of from) {
    let [low, high] = [1, most];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(new Map(depths).set(index, middle))) high = middle;
      else low = middle + 1;
    }
    depths.set(index, high);
  }
  return depths;
}
