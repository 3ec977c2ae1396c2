import type { LayerPlan } from './plan.js';
export function cycleModel(plan: LayerPlan): number {
  return plan.macs / plan.peakMacsPerCycle;
}
