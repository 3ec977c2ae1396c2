/**
 * Weights decided one after the other, each from where the errors of those before it have moved it (OPTQ/GPTQ). Several rows are decided side by side, because reading
 * the feedback costs more than using it.
 */
import { dotBlock } from './dot_block.js';
import type { ChannelChoice, ChannelWeights, GroupProblem } from './problem.js';

/** Steps whose targets are computed together from the errors before them. */
const BLOCK = 32;

/** A channel under decision. */
export interface SequentialRow {
  /** (n): errors of the weights that are decided. */
  readonly errors: Float64Array;
  /** (n): targets of the steps of the current block, from the errors before the block. */
  readonly targets: Float64Array;
  /** Decides steps [from, to) of a block that began at step `block`, and sets their errors. */
  decide(from: number, to: number, block: number): void;
}

/** @param starts first step of each part that is decided as a whole, and the end */
export function decideRows({ n, feedback }: GroupProblem, starts: Int32Array, rows: readonly SequentialRow[]): void {
  for (let part = 0; part + 1 < starts.length; ) {
    let end = part + 1;
    while (end + 1 < starts.length && starts[end + 1] - starts[part] <= BLOCK) end++;
    const block = starts[part];
    for (let r = 0; r < rows.length; r += 4) addFeedback(feedback, n, rows.slice(r, r + 4), block, starts[end]);
    for (const row of rows) {
      for (let p = part; p < end; p++) row.decide(starts[p], starts[p + 1], block);
    }
    part = end;
  }
}

/**
 * Quantizes a channel at several scales. Weights that share a level set try every set on the whole unit, the feedback inside it included, and take the cheapest.
 * @returns one choice for each scale
 */
export function quantizeSequentially(problem: GroupProblem, channel: ChannelWeights, scales: readonly number[]): ChannelChoice[] {
  const rows = scales.map((scale) => new QuantizedRow(problem, channel, scale));
  decideRows(problem, problem.starts, rows);
  return rows.map(({ choice }) => choice);
}

class QuantizedRow implements SequentialRow {
  readonly errors: Float64Array;
  readonly targets: Float64Array;
  readonly choice: ChannelChoice;
  private unit = 0;

  constructor(
    private readonly problem: GroupProblem,
    private readonly channel: ChannelWeights,
    private readonly scale: number,
  ) {
    const { n, starts } = problem;
    this.errors = new Float64Array(n);
    this.targets = Float64Array.from(channel.weights);
    this.choice = { scale, integers: new Int32Array(n), sets: new Uint8Array(starts.length - 1), loss: 0 };
  }

  decide(from: number, to: number, block: number): void {
    const { tables } = this.problem;
    let best = 0;
    let least = Infinity;
    for (let set = 0; set < tables.length && tables.length > 1; set++) {
      const cost = this.round(from, to, block, set, least);
      if (cost < least) {
        least = cost;
        best = set;
      }
    }
    this.choice.sets[this.unit++] = best;
    this.choice.loss += this.round(from, to, block, best, Infinity);
  }

  /** Rounds weights with one level set; the cost, or what it was when it passed `limit`. */
  private round(from: number, to: number, block: number, set: number, limit: number): number {
    const { n, feedback, cost, tables } = this.problem;
    const { zeros, weights } = this.channel;
    const { errors, targets, scale, choice } = this;
    const { table, offset } = tables[set];
    const last = table.length - 1;
    let sum = 0;
    for (let t = from; t < to && sum < limit; t++) {
      let target = targets[t];
      for (let j = block, at = t * n + block; j < t; j++, at++) target += errors[j] * feedback[at];
      let integer = 0;
      if (zeros[t] === 0) {
        const at = Math.floor((2 * target) / scale) + offset;
        integer = table[at < 0 ? 0 : at > last ? last : at];
      }
      choice.integers[t] = integer;
      errors[t] = weights[t] - scale * integer;
      const deviation = target - scale * integer;
      sum += cost[t] * deviation * deviation;
    }
    return sum;
  }
}

/** targets[t] += errors[0..from) . feedback[t][0..from) for from <= t < to, of up to four rows, two steps at a time. */
function addFeedback(feedback: Float32Array, n: number, rows: readonly SequentialRow[], from: number, to: number): void {
  const vectors = [0, 1, 2, 3].map((k) => ({ values: rows[Math.min(k, rows.length - 1)].errors, at: 0 }));
  const sums = new Float64Array(8);
  for (let t = from; t < to; t += 2) {
    dotBlock(vectors, feedback, t * n, Math.min(t + 1, to - 1) * n, from, sums);
    rows.forEach(({ targets }, r) => {
      targets[t] += sums[2 * r];
      if (t + 1 < to) targets[t + 1] += sums[2 * r + 1];
    });
  }
}
