/** Results of the stages that a report is made from, of the size of real ones. */
import type { Generated } from '../../generator/generate.js';
import type { SimulationFigures } from '../../generator/report/build_report.js';
import { loadPart } from '../../generator/synthesize/parts.js';
import { resourcesOf } from '../../generator/synthesize/resources.js';
import { deviceShare, type SynthesisResult } from '../../generator/synthesize/synthesize.js';

/** A simulation in which all was right. */
export function simulationFigures({ estimate }: Generated, change: Partial<SimulationFigures> = {}): SimulationFigures {
  return {
    engine: 'verilator', engineVersion: '5.006', input: { source: 'random', frames: 3, seed: 1 }, stalls: { in: 0.2, out: 0.2 }, outputs: 900, mismatches: 0,
    timedOut: false, protocolErrors: [], oracle: { compared: 300, mismatches: 0, requantizedCompared: 0, requantizedDiffer: 0 },
    cycles: estimate.cycles, registers: { active: estimate.cycles - 40, waitInput: 20, waitOutput: 0, waitWeight: 0 }, ...change,
  };
}

/** A synthesis of 1,000 LUTs on another part than the customary one. */
export function synthesisFigures({ plan, estimate }: Generated): SynthesisResult {
  const part = loadPart('xc7z020');
  const own = resourcesOf({ LUT6: 100, FDRE: 50, DSP48E1: 1 });
  const resources = resourcesOf({ LUT6: 1000, FDRE: 500, DSP48E1: estimate.dsp, RAMB18E1: 1 });
  const use = (name: string, instances: number) => ({ module: name, name, parameters: {}, instances, own, lut: own.lut * instances, lutShare: 0.5 });
  return {
    top: `${plan.name}_top`, part, mapper: 'abc', maccmap: 'merge', engine: 'wasm', yosysVersion: '0.55', resources, share: deviceShare(resources, part),
    modules: [use(`${plan.name}_processing_element`, 2), use(`${plan.name}_top`, 1)],
    units: [{ name: 'nn_lane_bpot', within: `${plan.name}_processing_element`, instances: 4, resources: own, lutShare: 0.1, exact: false }],
    warnings: ['a warning'], seconds: 3,
  };
}
