/** The report of a design, from what the stages left in its folder. */
import { ShiftloomError } from '../errors.js';
import type { Estimate, LayerPlan } from '../plan/plan.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import { addResult, readDesignNumbers, readResult } from './design.js';
import type { LayerFacts } from './layer_facts.js';
import { LAYER_FACTS_FILE, REPORT_FILE, SIMULATION_FILE, SYNTHESIS_FILE } from './results.js';
import type { StoredSimulation } from './simulate.js';

/** Numbers of design.json: the plan without the layer's tensors. */
export type DesignNumbers = Omit<LayerPlan, 'layer'> & { readonly estimate: Estimate; readonly layerHash: string };

export interface ReportInputs {
  readonly design: DesignNumbers;
  readonly facts: LayerFacts;
  readonly simulation: StoredSimulation;
  readonly synthesis: SynthesisResult;
}

/**
 * Writes report.json, report.html and REPORT.md from the results in the folder.
 * @throws ShiftloomError('input') naming the stage whose result is missing
 */
export async function writeReport(folder: string): Promise<Record<string, unknown>> {
  const design = (await readDesignNumbers(folder)) as unknown as DesignNumbers;
  const report = reportJson({
    design,
    facts: await needed<LayerFacts>(folder, LAYER_FACTS_FILE, 'shiftloom generate LAYER.layer.json --out DIR'),
    simulation: await needed<StoredSimulation>(folder, SIMULATION_FILE, 'shiftloom simulate LAYER.layer.json --out DIR'),
    synthesis: await needed<SynthesisResult>(folder, SYNTHESIS_FILE, 'shiftloom synthesize DIR'),
  });
  await addResult(folder, REPORT_FILE, report);
  return report;
}

async function needed<T>(folder: string, file: string, command: string): Promise<T> {
  const result = await readResult<T>(folder, file);
  if (result === undefined) throw new ShiftloomError('input', folder, `has no ${file}`, `Run first: ${command}`);
  return result;
}

export function reportJson({ design, facts, simulation: s, synthesis }: ReportInputs): Record<string, unknown> {
  const { lut, ff, carry4, dsp, bram36 } = synthesis.resources;
  return {
    format: 'shiftloom.report',
    version: 1,
    layer: design.name,
    encoding: facts.weights.encoding,
    lanes: design.lanes,
    macs: design.macs,
    cycles: s.cycles,
    peakMacsPerCycle: design.peakMacsPerCycle,
    utilization: s.utilization,
    outputs: s.outputs,
    mismatches: s.mismatches,
    oracleMismatches: s.oracle.mismatches,
    storedBits: facts.storedBits,
    denseBits: facts.denseBits,
    weightSqnrDb: facts.compression?.weightSqnrDb ?? null,
    outputSqnrDb: facts.compression?.outputSqnrDb ?? null,
    resources: { lut, ff, carry4, dsp, bram36 },
    lutPerMac: lut / design.peakMacsPerCycle,
    laneLutPerMac: laneLut(synthesis, design.name) / design.peakMacsPerCycle,
    estimate: design.estimate,
    seconds: { generate: s.seconds.generate, simulate: s.seconds.total, synthesize: synthesis.seconds },
  };
}

function laneLut({ modules }: SynthesisResult, name: string): number {
  return modules.filter((m) => m.name === `${name}_processing_element`).reduce((sum, m) => sum + m.lut, 0);
}
