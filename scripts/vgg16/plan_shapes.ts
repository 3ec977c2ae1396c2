/** Foldings for VGG16's shapes: the best for each layer under the limits of a part, and one engine for all of them. */
import { limitsOf } from '../../generator/flow/lanes.js';
import type { Layer } from '../../generator/layer/layer.js';
import { bindingOf, type Binding } from '../../generator/plan/binding.js';
import { estimateLayer } from '../../generator/plan/estimate.js';
import type { Estimate, Lanes, LayerPlan } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';
import type { Limits } from '../../generator/plan/limits.js';
import { findLanes } from '../../generator/plan/search.js';
import { vggLayer } from './layer.js';
import type { VggShape } from './shapes.js';

export const MIN_UTILIZATION = 0.85;

/** 70 % of the part's LUTs, 90 % of its DSP blocks and block RAMs. */
export function deviceLimits(target: string): Limits {
  return limitsOf({ target })!.limits;
}

export interface PlannedShape {
  readonly layer: Layer;
  readonly lanes: Lanes;
  readonly estimate: Estimate;
  readonly utilization: number;
  readonly binding: Binding;
  readonly considered: number;
}

/** @throws ShiftloomError('resource') if no folding meets the limits with the array busy enough */
export function planShape(shape: VggShape, limits: Limits): PlannedShape {
  const layer = vggLayer(shape);
  const { lanes, estimate, considered } = findLanes(layer, { ...limits, minUtilization: MIN_UTILIZATION });
  const plan = planLayer(layer, lanes);
  return { layer, lanes, estimate, utilization: utilizationOf(plan, estimate), binding: bindingOf(plan, estimate, limits), considered };
}

/** One folding on one layer, by the cycle model. */
export interface OnLayer {
  readonly cycles: number;
  readonly lut: number;
  readonly bram36: number;
  readonly utilization: number;
}

export function onLayer(layer: Layer, lanes: Lanes): OnLayer {
  const plan = planLayer(layer, lanes);
  const estimate = estimateLayer(plan);
  return { cycles: estimate.cycles, lut: estimate.lut, bram36: estimate.bram36, utilization: utilizationOf(plan, estimate) };
}

/** Lane counts that divide VGG16's channels and maps with little left over. */
const FIXED = { oc: [8, 10, 12, 16, 20, 22, 24, 26, 32, 44, 52, 64], ic: [16, 32, 64], pixel: [1, 2, 3, 4, 5, 6, 7, 8, 10, 14] } as const;

/** The folding that runs all layers in the least time in sum, and fits on each. */
export function fixedFolding(layers: readonly Layer[], limits: Limits): Lanes {
  const largest = layers.reduce((a, b) => (a.tensors.weight.length >= b.tensors.weight.length ? a : b));
  let best: Lanes | undefined;
  let bestCycles = Infinity;
  for (const oc of FIXED.oc) {
    for (const ic of FIXED.ic) {
      for (const pixel of FIXED.pixel) {
        const lanes = { oc, ic, pixel, kind: 'lut' } as const;
        if (!fits(onLayer(largest, lanes), limits)) continue;
        const runs = layers.map((layer) => onLayer(layer, lanes));
        const cycles = runs.reduce((sum, run) => sum + run.cycles, 0);
        if (cycles >= bestCycles || !runs.every((run) => fits(run, limits))) continue;
        [best, bestCycles] = [lanes, cycles];
      }
    }
  }
  return best!;
}

function fits({ lut, bram36 }: OnLayer, { maxLut = Infinity, maxBram = Infinity }: Limits): boolean {
  return lut <= maxLut && bram36 <= maxBram;
}

function utilizationOf(plan: LayerPlan, { cycles }: Estimate): number {
  return plan.macs / (cycles * plan.peakMacsPerCycle);
}
