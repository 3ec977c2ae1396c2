/** What the top's view says of the permuters in front of the core and behind it: ports, and which of the core's signals they stand in for. */
import type { PermuterPlan } from '../plan/permuter.js';
import type { LayerPlan } from '../plan/plan.js';

/** Permuters at the ports, and what the core's streams are then called. */
export function permuterFields({ inputPermuter, outputPermuter, coreInput, coreOutput }: LayerPlan): object {
  const needsPrimitives = (permuter: PermuterPlan | undefined) => [permuter?.writeTable, permuter?.readTable].some((table) => (table?.segments.length ?? 0) > 1);
  return {
    hasInputPermuter: inputPermuter !== undefined,
    hasOutputPermuter: outputPermuter !== undefined,
    inputPermuterPrimitives: needsPrimitives(inputPermuter),
    outputPermuterPrimitives: needsPrimitives(outputPermuter),
    coreInMsb: coreInput.elements * coreInput.elementBits - 1,
    coreOutMsb: coreOutput.elements * coreOutput.elementBits - 1,
    coreIn: inputPermuter ? 'core_in' : 's_axis',
    coreOut: outputPermuter ? 'core_out' : 'm_axis',
    coreEnable: inputPermuter ? "1'b1" : 'input_enable',
    coreFrame: inputPermuter ? 'core_frame' : 'frame_accepted',
    coreEarly: inputPermuter ? 'core_early' : 'last_early',
    coreMissing: inputPermuter ? 'core_missing' : 'last_missing',
    coreSent: outputPermuter ? 'core_sent' : 'frame_sent',
  };
}
