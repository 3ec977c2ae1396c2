/** Mixed assignment: an encoding for each layer of a network, so that the measured error is least within a budget. */
import type { EncodingChoice } from '../compress/options.js';
import { ShiftloomError } from '../errors.js';
import { chooseItems } from './choose_items.js';
import { type AssignableLayer, type MeasureOptions, type MeasuredCandidate, measureCandidates } from './measure_candidates.js';

export interface AssignedLayer {
  readonly name: string;
  readonly chosen: MeasuredCandidate;
  readonly candidates: readonly MeasuredCandidate[];
}

export interface AssignResult {
  readonly layers: readonly AssignedLayer[];
  readonly cost: number;
  readonly loss: number;
  /** The best that one encoding for all layers reaches within the budget, if any does. */
  readonly single?: { readonly encoding: EncodingChoice; readonly cost: number; readonly loss: number };
}

/**
 * Measures every candidate on every layer and chooses exactly: no other choice among the candidates has less total loss within the budget. Losses add up: what layers do to
 * each other's errors is not seen, so measure the network with the result.
 * @param budget in the unit of `costOf`, over all layers
 * @throws ShiftloomError 'resource' if the cheapest candidates exceed the budget, and as `measureCandidates`
 */
export async function assignEncodings(layers: readonly AssignableLayer[], budget: number, options: MeasureOptions): Promise<AssignResult> {
  const measured = await measureCandidates(layers, options);
  return chooseEncodings(layers.map(({ layer }) => layer.name), measured, budget);
}

/** The choice for candidates that are measured already. @throws ShiftloomError 'resource' */
export function chooseEncodings(names: readonly string[], measured: readonly (readonly MeasuredCandidate[])[], budget: number): AssignResult {
  const best = chooseItems(measured, budget);
  if (!best) {
    const least = measured.reduce((sum, own) => sum + Math.min(...own.map(({ cost }) => cost)), 0);
    throw new ShiftloomError('resource', 'budget', `of ${budget} is below the ${least} that the cheapest encodings take`, 'Raise it, or give smaller encodings');
  }
  const layers = measured.map((candidates, l) => ({ name: names[l], chosen: candidates[best.chosen[l]], candidates }));
  return { layers, cost: best.cost, loss: best.loss, single: bestSingle(measured, budget) };
}

function bestSingle(measured: readonly (readonly MeasuredCandidate[])[], budget: number): AssignResult['single'] {
  const totals = measured[0].flatMap(({ encoding }) => {
    const own = measured.flatMap((candidates) => candidates.find((candidate) => candidate.encoding === encoding) ?? []);
    if (own.length < measured.length) return [];
    return [{ encoding, cost: own.reduce((sum, { cost }) => sum + cost, 0), loss: own.reduce((sum, { loss }) => sum + loss, 0) }];
  });
  return totals.filter(({ cost }) => cost <= budget).sort((a, b) => a.loss - b.loss)[0];
}
