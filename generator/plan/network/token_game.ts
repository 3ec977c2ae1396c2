/**
 * The token game: actors that take and give tokens in a fixed order, joined by edges that hold so many of them. What each actor does in a frame is
 * fixed, so that the order of events decides nothing (Kahn, The semantics of a simple language for parallel programming, 1974): whether the game ends is
 * a matter of the edges' capacities alone, and every time follows from those before it by sums and maxima.
 */

/** What an actor does next; counts are by the order of its inputs and outputs, nothing where they are left out. */
export interface Step {
  /** Tokens that must be there, and of these the ones that are taken. */
  readonly need?: readonly number[];
  readonly take?: readonly number[];
  readonly give?: readonly number[];
  /** Cycles until the actor's next step may begin. */
  readonly cycles: number;
  /** Cycles from then until what is given arrives; -1 for an output that stands in the cycle in which a step of one cycle begins. Default 0. */
  readonly latency?: number;
  /** The same step so many times in a row, default 1. */
  readonly times?: number;
}

export interface Actor {
  readonly name: string;
  /** Indices of edges. An edge has one giver and one taker. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The steps of one frame. */
  readonly frame: () => Iterable<Step>;
}

export interface Edge {
  readonly name: string;
  /** Tokens that it holds; Infinity for a count of what is free. Undefined: its depth is to be found. */
  readonly capacity?: number;
  /** Cycles from a token's arrival until it can be taken; it takes up room from its arrival on. Default 0. */
  readonly latency?: number;
  /** Tokens that are there at the start. */
  readonly initial?: number;
}

export interface TokenGraph {
  readonly actors: readonly Actor[];
  readonly edges: readonly Edge[];
}

export interface GameResult {
  /** All actors have done all their frames. If not, the game has stopped for good. */
  readonly complete: boolean;
  /** Actors that wait, each with the edges that keep it from its next step. */
  readonly waiting: readonly { readonly actor: string; readonly edges: readonly string[] }[];
  /** Cycle in which the last step has ended. */
  readonly cycles: number;
  /** Most tokens that each edge held at once. */
  readonly most: readonly number[];
}

interface EdgeState {
  readonly capacity: number;
  readonly latency: number;
  /** Arrival of each token given so far; time from which the room of each token taken so far is free. */
  readonly given: number[];
  readonly freed: number[];
}

class Player {
  time = 0;
  private steps: Iterator<Step> | undefined;
  private step: Step | undefined;
  private left = 0;
  private readonly inputs: readonly EdgeState[];
  private readonly outputs: readonly EdgeState[];

  constructor(readonly actor: Actor, edges: readonly EdgeState[], private framesLeft: number) {
    this.inputs = actor.inputs.map((edge) => edges[edge]);
    this.outputs = actor.outputs.map((edge) => edges[edge]);
  }

  get done(): boolean {
    return this.framesLeft === 0;
  }

  /** Goes on until a token or room is missing; whether a step was taken. */
  play(): boolean {
    let moved = false;
    while (this.next() && this.canStep(this.step!)) {
      this.takeStep(this.step!);
      moved = true;
    }
    return moved;
  }

  /** Edges that keep it from its next step. */
  waiting(): number[] {
    const { need, take, give } = this.step!;
    return [
      ...this.actor.inputs.filter((_, i) => isMissing(this.inputs[i], Math.max(need?.[i] ?? 0, take?.[i] ?? 0))),
      ...this.actor.outputs.filter((_, i) => isFull(this.outputs[i], give?.[i] ?? 0)),
    ];
  }

  private next(): boolean {
    while (this.left === 0) {
      if (this.framesLeft === 0) return false;
      this.steps ??= this.actor.frame()[Symbol.iterator]();
      const { value, done } = this.steps.next();
      if (done) {
        this.steps = undefined;
        this.framesLeft--;
      } else {
        this.step = value as Step;
        this.left = this.step.times ?? 1;
      }
    }
    return true;
  }

  // Plain loops: a game is some hundred thousand steps, and depths are found by dozens of games.
  private canStep({ need, take, give }: Step): boolean {
    for (let i = 0; i < this.inputs.length; i++) if (isMissing(this.inputs[i], Math.max(need?.[i] ?? 0, take?.[i] ?? 0))) return false;
    for (let i = 0; i < this.outputs.length; i++) if (isFull(this.outputs[i], give?.[i] ?? 0)) return false;
    return true;
  }

  private takeStep({ need, take, give, cycles, latency = 0 }: Step): void {
    let start = this.time;
    for (let i = 0; i < this.inputs.length; i++) {
      const count = Math.max(need?.[i] ?? 0, take?.[i] ?? 0);
      const { freed, given, latency: behind } = this.inputs[i];
      if (count > 0) start = Math.max(start, given[freed.length + count - 1] + behind);
    }
    for (let i = 0; i < this.outputs.length; i++) {
      const { freed, given, capacity } = this.outputs[i];
      const count = give?.[i] ?? 0;
      const room = given.length + count - capacity - 1;
      // What is on its way in a pipeline needs room when it arrives.
      if (room >= 0 && count > 0) start = Math.max(start, freed[room] - cycles - latency);
    }
    this.time = start + cycles;
    for (let i = 0; i < this.inputs.length; i++) for (let n = take?.[i] ?? 0; n > 0; n--) this.inputs[i].freed.push(start + 1);
    for (let i = 0; i < this.outputs.length; i++) for (let n = give?.[i] ?? 0; n > 0; n--) this.outputs[i].given.push(this.time + latency);
    this.left--;
  }
}

function isMissing({ given, freed }: EdgeState, count: number): boolean {
  return freed.length + count > given.length;
}

function isFull({ given, freed, capacity }: EdgeState, count: number): boolean {
  return given.length + count > freed.length + capacity;
}

/**
 * Plays so many frames.
 * @param capacities of the edges that have none of their own, by index of the edge; default: no limit
 */
export function play({ actors, edges }: TokenGraph, frames: number, capacities: ReadonlyMap<number, number> = new Map()): GameResult {
  const states = edges.map(({ capacity, latency = 0, initial = 0 }, index): EdgeState => ({
    capacity: capacity ?? capacities.get(index) ?? Infinity, latency, given: new Array<number>(initial).fill(0), freed: [],
  }));
  const players = actors.map((actor) => new Player(actor, states, frames));
  for (let moved = true; moved; ) {
    moved = false;
    for (const player of players) moved = player.play() || moved;
  }
  const waiting = players.filter((player) => !player.done).map((player) => ({ actor: player.actor.name, edges: player.waiting().map((edge) => edges[edge].name) }));
  return { complete: waiting.length === 0, waiting, cycles: Math.max(0, ...players.map(({ time }) => time)), most: states.map(mostHeld) };
}

/** Arrivals and departures are in order of time, so that one pass over both finds the largest difference. */
function mostHeld({ given, freed }: EdgeState): number {
  let most = 0;
  for (let arrived = 0, gone = 0; arrived < given.length; arrived++) {
    while (gone < freed.length && freed[gone] <= given[arrived]) gone++;
    most = Math.max(most, arrived + 1 - gone);
  }
  return most;
}
