/** Puts the report together from what the stages found. Stages that were not run leave nulls. */
import type { Estimate, LayerPlan } from '../plan/plan.js';
import { loadPart, type Part } from '../synthesize/parts.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import { GENERATOR_VERSION } from '../version.js';
import type { ReportExecution } from './execution.js';
import type { ReportSimulation } from './report_parts.js';
import { REPORT_FORMAT, REPORT_REFERENCE, REPORT_VERSION, reportSchema, type Report } from './report_schema.js';
import { storedSize, type StoredSize } from './stored_bits.js';

/** What is taken from a simulation; the result of the flow's simulation stage fits. */
export interface SimulationFigures {
  readonly engine: string;
  readonly engineVersion: string;
  readonly engineNote?: string;
  readonly input: { readonly source: 'sample' | 'random'; readonly frames: number; readonly seed: number };
  readonly stalls: { readonly in: number; readonly out: number };
  readonly outputs: number;
  readonly mismatches: number;
  readonly firstMismatch?: { readonly frame: number; readonly index: number; readonly expected: number; readonly got: number };
  readonly timedOut: boolean;
  readonly protocolErrors: readonly string[];
  readonly oracle: {
    readonly compared: number;
    readonly mismatches: number;
    readonly requantizedCompared: number;
    readonly requantizedDiffer: number;
    readonly skipped?: string;
  };
  /** Of one frame without pauses. */
  readonly cycles: number;
  readonly registers: { readonly active: number; readonly waitInput: number; readonly waitOutput: number; readonly waitWeight: number };
  readonly timeline?: NonNullable<ReportSimulation['timeline']>;
  readonly stalledCycles?: number;
}

/** What is taken from a measurement of energy; the result of the flow's stage fits. */
type ReportEnergy = NonNullable<Report['energy']>;
export type EnergyFigures = Readonly<Omit<ReportEnergy, 'byPart'>> & { readonly byPart: readonly ReportEnergy['byPart'][number][] };

export interface ReportInputs {
  readonly plan: LayerPlan;
  readonly estimate: Estimate;
  readonly layerHash?: string;
  /** Default: worked out from the layer's tensors, which a plan read back from its folder does not have. */
  readonly stored?: StoredSize;
  readonly simulation?: SimulationFigures;
  readonly synthesis?: SynthesisResult;
  readonly energy?: EnergyFigures;
  /** Of a layer stored as factors: the ways to run it. */
  readonly execution?: ReportExecution;
  /** Device that is compared with when nothing was synthesized; default `xc7z035`. */
  readonly part?: string;
  readonly seconds: { readonly generate: number; readonly simulate?: number; readonly synthesize?: number };
  /** Version of Node, for the record. */
  readonly node?: string;
}

/** @throws ZodError if the figures break the report's own schema, which would be a fault of this program. */
export function buildReport(inputs: ReportInputs): Report {
  const { plan, synthesis, simulation, seconds } = inputs;
  const { description } = plan.layer;
  const { encoding, ...encodingParameters } = description.weights;
  return reportSchema.parse({
    $schema: REPORT_REFERENCE,
    format: REPORT_FORMAT,
    reportVersion: REPORT_VERSION,
    generator: GENERATOR_VERSION,
    layer: plan.name,
    layerHash: inputs.layerHash ?? null,
    kind: description.kind,
    encoding,
    encodingParameters: { ...encodingParameters, ...factorParameters(plan), ...(plan.blocks ? { permutedBlocks: plan.blocks.count } : {}) },
    geometry: geometryPart(plan),
    formats: formatsPart(plan),
    lanes: lanesPart(plan),
    macs: plan.macs,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    bound: inputs.estimate.bound,
    busy: { ...inputs.estimate.busy },
    ...computed(plan, simulation),
    ...frameToFrame(plan, inputs.estimate),
    ...compressed(plan, inputs.stored ?? storedSize(plan.layer)),
    ...counted(plan, synthesis),
    part: partFigures(synthesis?.part ?? loadPart(inputs.part)),
    estimate: estimatePart(inputs),
    execution: inputs.execution ?? null,
    energy: inputs.energy ? energyPart(inputs.energy) : null,
    simulation: simulation ? simulationPart(simulation) : null,
    oracle: simulation ? oraclePart(simulation) : null,
    design: designPart(plan),
    seconds: { generate: seconds.generate, simulate: seconds.simulate ?? null, synthesize: seconds.synthesize ?? null },
    tools: {
      node: inputs.node ?? null,
      simulator: simulation ? `${simulation.engine} ${simulation.engineVersion}` : null,
      yosys: synthesis ? `${synthesis.yosysVersion} (${synthesis.engine})` : null,
    },
    warnings: [...(synthesis?.warnings ?? [])],
  } satisfies Report);
}

/** Of weights that come from factors: what tells how many there are. */
function factorParameters({ layer: { factors } }: LayerPlan): object {
  if (!factors) return {};
  const { form, rank, blocks } = factors.weights;
  return { factors: form, rank, blocks };
}

function geometryPart({ layer }: LayerPlan): Report['geometry'] {
  const { groupInChannels: _in, groupOutChannels: _out, ...rest } = layer.geometry;
  return rest;
}

function formatsPart({ layer: { description: d }, accumulatorWidth }: LayerPlan): Report['formats'] {
  const format = ({ bits, signed, zeroPoint }: typeof d.output) => ({ bits, signed, zeroPoint });
  return {
    input: format(d.input),
    output: format(d.output),
    accumulatorBits: accumulatorWidth,
    requantize: d.requantize.form,
    activation: d.activation.kind,
  };
}

function computed(plan: LayerPlan, s: SimulationFigures | undefined) {
  if (!s) return { cycles: null, utilization: null, bitExact: null, outputs: null, mismatches: null, oracleMismatches: null };
  const exact = s.outputs > 0 && s.mismatches === 0 && s.oracle.mismatches === 0 && !s.timedOut && s.protocolErrors.length === 0;
  return {
    cycles: s.cycles,
    utilization: s.cycles > 0 ? plan.macs / (s.cycles * plan.peakMacsPerCycle) : null,
    bitExact: exact,
    outputs: s.outputs,
    mismatches: s.mismatches,
    oracleMismatches: s.oracle.compared > 0 ? s.oracle.mismatches : null,
  };
}

/** Of a block-permuted layer, by the cycle model. */
function frameToFrame(plan: LayerPlan, { cyclesBetweenFrames: cycles }: Estimate): Pick<Report, 'frameToFrame'> {
  return cycles === undefined ? {} : { frameToFrame: { cycles, utilization: plan.macs / (cycles * plan.peakMacsPerCycle) } };
}

function compressed({ layer }: LayerPlan, { storedBits, denseBits, dense8Bits, weights, density }: StoredSize) {
  const measured = layer.description.compression;
  return {
    storedBits,
    denseBits,
    weightSqnrDb: measured?.weightSqnrDb ?? null,
    outputSqnrDb: measured?.outputSqnrDb ?? null,
    compression: {
      weights,
      density,
      bitsPerWeight: storedBits / weights,
      ratio32: denseBits / storedBits,
      ratio8: dense8Bits / storedBits,
      dense8Bits,
      method: measured?.method ?? null,
      source: measured?.source ?? null,
      outputSqnrOn: measured?.outputSqnrOn ?? null,
      histogram: measured?.histogram ?? null,
    },
  };
}

/** LUTs of what rebuilds weights from factors, its memories and sums included. */
function reconstructionLut(units: SynthesisResult['units']): number {
  return units.filter(({ within }) => /_(factor_reconstruction|rank_sum)$/.test(within)).reduce((sum, { resources }) => sum + resources.lut, 0);
}

function counted(plan: LayerPlan, synthesis: SynthesisResult | undefined) {
  if (!synthesis) return { resources: null, share: null, lutPerMac: null, laneLutPerMac: null, reconstructionLut: null, units: null, clock: null };
  const { resources: r, share, timing, units, modules } = synthesis;
  const laneLut = modules.filter(({ name }) => /_(processing_element|processing_element_pair)$/.test(name)).reduce((sum, { lut }) => sum + lut, 0);
  return {
    resources: {
      lut: r.lut, ff: r.ff, carry4: r.carry4, dsp: r.dsp, bram36: r.bram36,
      lutBySize: { ...r.lutBySize }, lutRam: r.lutRam, srl: r.srl, muxf7: r.muxf7, muxf8: r.muxf8, ramb36: r.ramb36, ramb18: r.ramb18,
      routeThroughLuts: timing?.routeThroughLuts ?? null,
    },
    share: { ...share },
    lutPerMac: r.lut / plan.peakMacsPerCycle,
    laneLutPerMac: laneLut / plan.peakMacsPerCycle,
    reconstructionLut: plan.reconstruction ? reconstructionLut(units) : null,
    units: units.map(({ name, within, instances, resources: u, lutShare, exact }) => ({
      name, within, instances, lut: u.lut, ff: u.ff, dsp: u.dsp, bram36: u.bram36, lutShare, exact,
    })),
    clock: timing
      ? {
          label: timing.label,
          periodNs: { ...timing.periodNs },
          fmaxMhz: { ...timing.fmaxMhz },
          path: { ...timing.path, steps: [...timing.path.steps] },
          byModule: [...timing.byModule],
        }
      : null,
  };
}

function partFigures({ name, title, lut, ff, dsp, bram36 }: Part): Report['part'] {
  return { name, title, lut, ff, dsp, bram36 };
}

/** Error of the estimate against what was measured, in percent of the measured; null where nothing was, or where 0 was and more was estimated. */
function estimatePart({ estimate: e, synthesis, simulation }: ReportInputs): Report['estimate'] {
  const error = (estimated: number, measured: number | undefined) =>
    measured === undefined || (measured === 0 && estimated !== 0) ? null : measured === 0 ? 0 : (100 * (estimated - measured)) / measured;
  const r = synthesis?.resources;
  return {
    lut: e.lut, ff: e.ff, dsp: e.dsp, bram36: e.bram36, cycles: e.cycles, laneLut: e.laneLut,
    errorPercent: {
      lut: error(e.lut, r?.lut),
      ff: error(e.ff, r?.ff),
      dsp: error(e.dsp, r?.dsp),
      bram36: error(e.bram36, r?.bram36),
      cycles: error(e.cycles, simulation?.cycles),
    },
  };
}

function simulationPart(s: SimulationFigures): ReportSimulation {
  return {
    engine: s.engine,
    engineVersion: s.engineVersion,
    note: s.engineNote ?? null,
    frames: s.input.frames,
    source: s.input.source,
    seed: s.input.seed,
    stallIn: s.stalls.in,
    stallOut: s.stalls.out,
    active: s.registers.active,
    waitInput: s.registers.waitInput,
    waitOutput: s.registers.waitOutput,
    waitWeight: s.registers.waitWeight,
    stalledCycles: s.stalledCycles ?? null,
    timedOut: s.timedOut,
    protocolErrors: [...s.protocolErrors],
    firstMismatch: s.firstMismatch ? { ...s.firstMismatch } : null,
    timeline: s.timeline ? { ...s.timeline } : null,
  };
}

/** Of all that was measured, what the report shows. */
function energyPart({ perMac, perFrame, byPart, cycles, shareOfFrame, toggles, outputs, mismatches }: EnergyFigures): Report['energy'] {
  return { perMac, perFrame, byPart: [...byPart], cycles, shareOfFrame, toggles, outputs, mismatches };
}

function oraclePart({ oracle }: SimulationFigures): Report['oracle'] {
  return {
    compared: oracle.compared,
    requantizedCompared: oracle.requantizedCompared,
    requantizedDiffer: oracle.requantizedDiffer,
    skipped: oracle.skipped ?? null,
  };
}

function lanesPart({ lanes: { oc, ic, pixel, kind, dsp = 0, blocks, hold, weights = 'resident' }, processingElement: { selection } }: LayerPlan): Report['lanes'] {
  return { oc, ic, pixel, kind, dsp, selection: selection ? { n: selection.n, m: selection.m } : null, ...(blocks === undefined ? {} : { blocks }), ...(hold === undefined ? {} : { hold }), weights };
}

function designPart(plan: LayerPlan): Report['design'] {
  const { input, output, ring, lanes, weightMemory: w, parameterMemory: p, array, requantize, outputBuffer, sequencer: s } = plan;
  const stream = ({ elementBits, elements, beatsPerFrame }: typeof input) => ({ elementBits, elements, beatsPerFrame });
  return {
    input: stream(input),
    output: stream(output),
    ring: { rows: ring.rows, words: ring.words, wordBits: ring.channels * plan.layer.description.input.bits, banks: lanes.pixel },
    weightMemory: { depth: w.depth, width: w.width, bram36: w.bram36 },
    parameterMemory: { depth: p.depth, width: p.width, bram36: p.bram36 },
    array: { elements: lanes.oc * lanes.pixel, treeLatency: array.latency },
    requantizer: { lanes: requantize.lanes, multiplierBits: requantize.multiplierWidth, latency: requantize.latency },
    outputBuffer: { slots: outputBuffer.slots, bits: outputBuffer.slots * outputBuffer.slotBeats * outputBuffer.beatVectors * outputBuffer.vectorBits },
    sequencer: { steps: s.steps, gap: s.gap, tiles: s.tiles, rowTiles: s.rowTiles },
    streamed: streamedPart(plan),
  };
}

function streamedPart({ streamed }: LayerPlan): Report['design']['streamed'] {
  if (!streamed) return null;
  const { bands, bandRows, lastBandRows, beatsPerWord, beatsPerPass } = streamed;
  return { bands, bandRows, lastBandRows, beatsPerWord, beatsPerPass };
}
