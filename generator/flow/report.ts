/** The report of a design: what the stages found, in one JSON document. */
import { codeBits, exponentBits } from '../layer/representable.js';
import type { Layer } from '../layer/layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import type { Generated } from '../generate.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import type { LayerSimulation } from './simulate.js';

export interface ReportInputs {
  readonly generated: Pick<Generated, 'plan' | 'estimate'>;
  readonly simulation: LayerSimulation;
  readonly synthesis: SynthesisResult;
  readonly seconds: { readonly generate: number; readonly simulate: number; readonly synthesize: number };
}

export function reportJson({ generated, simulation: s, synthesis, seconds }: ReportInputs): Record<string, unknown> {
  const { plan, estimate } = generated;
  const { layer } = plan;
  const { lut, ff, carry4, dsp, bram36 } = synthesis.resources;
  return {
    format: 'shiftloom.report',
    version: 1,
    layer: plan.name,
    encoding: layer.description.weights.encoding,
    lanes: plan.lanes,
    macs: plan.macs,
    cycles: s.cycles,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    utilization: s.utilization,
    outputs: s.outputs,
    mismatches: s.mismatches,
    oracleMismatches: s.oracle.mismatches,
    ...storedBits(layer),
    weightSqnrDb: layer.description.compression?.weightSqnrDb ?? null,
    outputSqnrDb: layer.description.compression?.outputSqnrDb ?? null,
    resources: { lut, ff, carry4, dsp, bram36 },
    lutPerMac: lut / plan.peakMacsPerCycle,
    laneLutPerMac: laneLut(synthesis, plan.name) / plan.peakMacsPerCycle,
    estimate,
    seconds,
  };
}

function laneLut({ modules }: SynthesisResult, name: string): number {
  return modules.filter((m) => m.name === `${name}_processing_element`).reduce((sum, m) => sum + m.lut, 0);
}

function storedBits({ description, tensors }: Layer): { storedBits: number; denseBits: number } {
  const encoding = description.weights as ScalarEncoding;
  const codes = tensors.weight.length * codeBits(encoding);
  const exponents = encoding.encoding === 'bpot' ? (tensors.exponent?.length ?? 0) * exponentBits(encoding.maxExponent) : 0;
  return { storedBits: codes + exponents, denseBits: 32 * tensors.weight.length };
}
