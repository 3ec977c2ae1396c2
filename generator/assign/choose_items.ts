/**
 * The multiple-choice knapsack problem, solved exactly: one item of each class, least total loss within a budget of cost. Dynamic programming over the classes on
 * Pareto-optimal states, with branch and bound: a state is dropped if the linear relaxation of what is left (convex hulls of the classes, steepest steps first) cannot
 * beat the best choice known. Sinha, Zoltners, The Multiple-Choice Knapsack Problem, Operations Research 27(3), 1979; Kellerer, Pferschy, Pisinger, Knapsack
 * Problems, 2004, chapter 11.
 */

export interface Item {
  /** 0 or more. */
  readonly cost: number;
  readonly loss: number;
}

export interface Choice {
  /** Index of the item taken of each class. */
  readonly chosen: readonly number[];
  readonly cost: number;
  readonly loss: number;
}

/** The choice of least loss; undefined if even the cheapest items exceed the budget. */
export function chooseItems(classes: readonly (readonly Item[])[], budget: number): Choice | undefined {
  const fronts = classes.map(paretoFront);
  const rest = fronts.map((_, c) => new Relaxation(fronts.slice(c)));
  rest.push(new Relaxation([]));
  if (fronts.some((front) => front.length === 0) || rest[0].leastCost > budget) return undefined;
  let best = greedyChoice(fronts, budget);
  let states: State[] = [{ cost: 0, loss: 0 }];
  fronts.forEach((front, c) => {
    const next: State[] = [];
    for (const state of states) {
      for (const item of front) {
        const cost = state.cost + item.cost;
        const loss = state.loss + item.loss;
        if (cost + rest[c + 1].leastCost > budget) break;
        if (loss + rest[c + 1].leastLoss(budget - cost) < best.loss) next.push({ cost, loss, item, before: state });
      }
    }
    states = undominated(next);
  });
  for (const state of states) if (state.loss < best.loss) best = choiceOf(state);
  return best;
}

interface IndexedItem extends Item {
  readonly index: number;
}

interface State extends Item {
  readonly item?: IndexedItem;
  readonly before?: State;
}

/** Items by rising cost and falling loss; of equal ones the first. */
function paretoFront(items: readonly Item[]): IndexedItem[] {
  return undominated(items.map((item, index) => ({ cost: item.cost, loss: item.loss, index })));
}

function undominated<T extends Item>(items: T[]): T[] {
  const sorted = items.sort((a, b) => a.cost - b.cost || a.loss - b.loss);
  let least = Infinity;
  return sorted.filter(({ loss }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
}

function choiceOf(end: State): Choice {
  const chosen: number[] = [];
  for (let state = end; state.item && state.before; state = state.before) chosen.unshift(state.item.index);
  return { chosen, cost: end.cost, loss: end.loss };
}

interface Step {
  readonly front: number;
  readonly to: number;
  readonly cost: number;
  readonly gain: number;
}

/** Steps along the lower convex hull of each front, the steepest first. */
function hullSteps(fronts: readonly (readonly Item[])[]): Step[] {
  const steps: Step[] = [];
  fronts.forEach((items, front) => {
    for (let at = 0; at + 1 < items.length; ) {
      let to = at + 1;
      const slope = (i: number) => (items[at].loss - items[i].loss) / (items[i].cost - items[at].cost);
      for (let i = to + 1; i < items.length; i++) if (slope(i) > slope(to)) to = i;
      steps.push({ front, to, cost: items[to].cost - items[at].cost, gain: items[at].loss - items[to].loss });
      at = to;
    }
  });
  return steps.sort((a, b) => b.gain / b.cost - a.gain / a.cost);
}

/** Least cost of classes, and the least loss that a budget allows if items may be mixed. */
class Relaxation {
  readonly leastCost: number;
  private readonly baseLoss: number;
  private readonly costs: Float64Array;
  private readonly gains: Float64Array;

  constructor(fronts: readonly (readonly Item[])[]) {
    this.leastCost = fronts.reduce((sum, [cheapest]) => sum + (cheapest?.cost ?? Infinity), 0);
    this.baseLoss = fronts.reduce((sum, [cheapest]) => sum + (cheapest?.loss ?? Infinity), 0);
    const steps = hullSteps(fronts);
    this.costs = new Float64Array(steps.length + 1);
    this.gains = new Float64Array(steps.length + 1);
    steps.forEach(({ cost, gain }, i) => {
      this.costs[i + 1] = this.costs[i] + cost;
      this.gains[i + 1] = this.gains[i] + gain;
    });
  }

  leastLoss(budget: number): number {
    const { costs, gains } = this;
    const left = budget - this.leastCost;
    let low = 0;
    let high = costs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (costs[middle] <= left) low = middle;
      else high = middle - 1;
    }
    const part = low + 1 < costs.length ? ((left - costs[low]) / (costs[low + 1] - costs[low])) * (gains[low + 1] - gains[low]) : 0;
    return this.baseLoss - gains[low] - part;
  }
}

/** The cheapest items, then every hull step that still fits. */
function greedyChoice(fronts: readonly (readonly IndexedItem[])[], budget: number): Choice {
  const at = fronts.map(() => 0);
  const cost = () => fronts.reduce((sum, front, c) => sum + front[at[c]].cost, 0);
  for (const { front, to } of hullSteps(fronts)) {
    const before = at[front];
    if (to <= before) continue;
    at[front] = to;
    if (cost() > budget) at[front] = before;
  }
  return { chosen: at.map((i, c) => fronts[c][i].index), cost: cost(), loss: fronts.reduce((sum, front, c) => sum + front[at[c]].loss, 0) };
}
