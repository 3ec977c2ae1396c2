/** Resources and cycles before synthesis. */
import type { Estimate, LayerPlan } from './plan.js';
import { cycleModel } from './cycles.js';

export function estimateLayer(plan: LayerPlan): Estimate {
  const elements = plan.lanes.oc * plan.lanes.pixel;
  const pe = plan.processingElement.estimate;
  const laneLut = elements * pe.lut;
  return Object.freeze({ lut: laneLut, ff: elements * pe.ff, dsp: elements * pe.dsp, bram36: 0, cycles: cycleModel(plan).cycles, laneLut });
}
