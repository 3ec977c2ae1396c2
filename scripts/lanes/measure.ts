/** What a bare processing element costs by synthesis: lanes, adder tree, accumulator; weight codes are inputs, no buffers. */
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { planProcessingElement, type LaneKind, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { cellText, render } from '../../generator/render/engine.js';
import { synthesizeDesign, type SynthesisResult } from '../../generator/synthesize/synthesize.js';
import { PROCESSING_ELEMENT_CELLS, standaloneProcessingElementView } from '../../generator/units/processing_element.js';

export interface LaneBench {
  /** Name in the table and in the JSON. */
  readonly name: string;
  readonly encoding: ScalarEncoding;
  readonly lane: LaneKind;
}

/** Sixteen levels with the density of trained weights: close to zero, wide apart at the ends; 8 bits, none of them chosen for its digits. */
const CODEBOOK = [-110, -71, -46, -29, -17, -9, -3, 0, 3, 8, 15, 25, 39, 58, 83, 121];

export const LANE_BENCHES: readonly LaneBench[] = [
  { name: 'bpot', encoding: { encoding: 'bpot', groupSize: 16, maxExponent: 3 }, lane: 'lut' },
  { name: 'bpot-8', encoding: { encoding: 'bpot', groupSize: 8, maxExponent: 3 }, lane: 'lut' },
  { name: 'pot', encoding: { encoding: 'pot', maxShift: 6 }, lane: 'lut' },
  { name: 'apot', encoding: { encoding: 'apot' }, lane: 'lut' },
  { name: 'uniform4', encoding: { encoding: 'uniform', bits: 4 }, lane: 'lut' },
  { name: 'uniform8', encoding: { encoding: 'uniform', bits: 8 }, lane: 'lut' },
  { name: 'csd-2', encoding: { encoding: 'csd', digits: 2, maxShift: 7 }, lane: 'lut' },
  { name: 'csd-3', encoding: { encoding: 'csd', digits: 3, maxShift: 7 }, lane: 'lut' },
  { name: 'codebook-16', encoding: { encoding: 'codebook', levels: CODEBOOK }, lane: 'lut' },
  { name: 'uniform4-dsp', encoding: { encoding: 'uniform', bits: 4 }, lane: 'dsp' },
  { name: 'uniform8-dsp', encoding: { encoding: 'uniform', bits: 8 }, lane: 'dsp' },
];

export interface LaneOptions {
  /** Weights per cycle. */
  readonly inputs: number;
  readonly activationBits: number;
  readonly accumulatorWidth: number;
  /** Estimate the clock too. */
  readonly timing: boolean;
}

export interface LaneMeasurement {
  readonly plan: ProcessingElementPlan;
  readonly synthesis: SynthesisResult;
}

export async function measureLane(bench: LaneBench, { inputs, activationBits, accumulatorWidth, timing }: LaneOptions): Promise<LaneMeasurement> {
  const plan = planProcessingElement({
    encoding: bench.encoding,
    lane: bench.lane,
    icLanes: inputs,
    activationBits,
    activationSigned: false,
    accumulatorWidth,
  });
  const cells = ['nn_delay', ...PROCESSING_ELEMENT_CELLS(plan)].map((name) => ({ path: `${name}.v`, text: cellText(name) }));
  const unit = { path: 'bench_processing_element.v', text: render('rtl/processing_element.v', standaloneProcessingElementView('bench', plan)) };
  const synthesis = await synthesizeDesign({ files: [...cells, unit], top: 'bench_processing_element', netlist: timing });
  return { plan, synthesis };
}
