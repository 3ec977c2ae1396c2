/** View of the sum over ranks: products of coefficients and input factors, adder tree, accumulator; one weight at a time. */
import type { FactorReconstructionPlan } from '../plan/factor_reconstruction.js';
import type { LayerPlan } from '../plan/plan.js';
import { header } from './header.js';
import { accumulatorView, hasLoops, treeView } from './processing_element_sums.js';

export function rankSumView(plan: LayerPlan, unit: FactorReconstructionPlan, layerHash: string): object {
  const { lanes: { ranks }, product: p, tree, sumWidth, codes } = unit;
  const latency = 3 + tree.levels.length;
  const pairs = p.kind === 'powers' ? p.terms : 0;
  return Object.freeze({
    ...header(plan, layerHash, 'rank_sum', 'one exact sum over ranks of output factor x kernel factor x input factor.', [
      `RANKS ${ranks} a cycle, ${p.kind === 'powers' ? 'powers of two: exponents are added, two terms decoded and added in one LUT per bit' : 'integers, multiplied'}`,
      `SUM_WIDTH ${sumWidth}, exact for this layer's factors`,
      `Latency: ${latency} cycles to the accumulator, one set of operands per cycle, no stall, no reset.`,
    ]),
    controlDelay: latency - 1,
    ranks,
    hasPowers: p.kind === 'powers',
    rankMsb: ranks - 1,
    coefGroups: p.coefGroups,
    coefHighMsb: ranks * p.coefGroups - 1,
    coefLowMsb: 2 * ranks - 1,
    exponentWidth: p.exponentWidth,
    exponentMsb: ranks * p.exponentWidth - 1,
    coefWidth: p.coefWidth,
    coefMsb: ranks * p.coefWidth - 1,
    factorWidth: codes.input.valueBits,
    factorMsb: ranks * codes.input.valueBits - 1,
    groups: p.groups,
    groupsNone: `${p.groups}'d0`,
    groupsMsb: 2 * pairs * p.groups - 1,
    lowsMsb: 8 * pairs - 1,
    hasOdd: ranks < 2 * pairs,
    oddGroup: ranks * p.groups,
    oddLow: 4 * ranks,
    pairs,
    sign: p.sign,
    termWidth: p.termWidth,
    termsMsb: p.terms * p.termWidth - 1,
    sumMsb: sumWidth - 1,
    genvars: hasLoops(tree) ? 'rank, adder' : 'rank',
    tree: treeView(tree, 'terms', 'level'),
    ...accumulatorView({ tree, accumulatorWidth: sumWidth }),
  });
}
