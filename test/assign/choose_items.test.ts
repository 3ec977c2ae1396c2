import { describe, expect, it } from 'vitest';
import { type Item, chooseItems } from '../../generator/assign/choose_items.js';
import { Random } from '../../generator/layer/random.js';

/** Least loss of all choices within the budget. */
function bruteForce(classes: readonly (readonly Item[])[], budget: number, cost = 0, loss = 0): number {
  if (cost > budget) return Infinity;
  if (classes.length === 0) return loss;
  return Math.min(...classes[0].map((item) => bruteForce(classes.slice(1), budget, cost + item.cost, loss + item.loss)));
}

const sum = (classes: readonly (readonly Item[])[], chosen: readonly number[], of: keyof Item) => classes.reduce((total, items, c) => total + items[chosen[c]][of], 0);

/** The smaller the costlier, as encodings are, with noise. */
function classesOf(random: Random, count: number, items: number): Item[][] {
  return Array.from({ length: count }, () => {
    const size = random.integer(1, 40);
    return Array.from({ length: items }, (_, i) => ({ cost: size * (i + 2) + random.integer(0, size), loss: (random.fraction() + 0.5) / 4 ** i }));
  });
}

describe('choosing an item of each class', () => {
  it('finds the least loss within the budget, by brute force', () => {
    const random = new Random(17);
    let within = 0;
    for (let round = 0; round < 400; round++) {
      const classes = Array.from({ length: random.integer(1, 5) }, () =>
        Array.from({ length: random.integer(1, 5) }, () => ({ cost: random.integer(0, 12), loss: round % 2 === 0 ? random.integer(0, 9) : random.fraction() })),
      );
      const budget = random.integer(0, 40);
      const least = bruteForce(classes, budget);
      const found = chooseItems(classes, budget);
      if (least === Infinity) {
        expect(found, `round ${round}`).toBeUndefined();
        continue;
      }
      within++;
      expect(found!.loss, `round ${round}`).toBeCloseTo(least, 9);
      expect(found!.cost).toBeLessThanOrEqual(budget);
      expect(sum(classes, found!.chosen, 'cost')).toBe(found!.cost);
      expect(sum(classes, found!.chosen, 'loss')).toBeCloseTo(found!.loss, 9);
    }
    expect(within).toBeGreaterThan(200);
  });

  it('finds it where steepest steps first do not', () => {
    // The steep first step of one class keeps the better step of the other out.
    const classes = [[{ cost: 0, loss: 10 }, { cost: 2, loss: 5 }], [{ cost: 0, loss: 10 }, { cost: 3, loss: 3 }]];
    expect(chooseItems(classes, 3)).toEqual({ chosen: [0, 1], cost: 3, loss: 13 });
    expect(chooseItems(classes, 4)!.chosen).toEqual([0, 1]);
    expect(chooseItems(classes, 5)!.chosen).toEqual([1, 1]);
  });

  it('takes 120 layers with 12 encodings in a moment, at any budget', () => {
    const classes = classesOf(new Random(3), 120, 12);
    const least = classes.reduce((total, items) => total + Math.min(...items.map(({ cost }) => cost)), 0);
    // Processor time: the machine may have more to do.
    const before = process.cpuUsage();
    let last = Infinity;
    for (const share of [1, 1.02, 1.3, 2, 3, 6]) {
      const found = chooseItems(classes, Math.floor(least * share))!;
      expect(found.cost).toBeLessThanOrEqual(least * share);
      expect(found.loss).toBeLessThanOrEqual(last);
      last = found.loss;
    }
    expect(process.cpuUsage(before).user).toBeLessThan(10e6);
  });
});
