/** Rows of bench/out/compare.json: measured engines, the published work, and each engine's ratios to the baselines. */
import { energyRatio } from '../../generator/energy/energy.js';
import { loadEnergyTable } from '../../generator/energy/energy_table.js';
import { loadPart } from '../../generator/synthesize/parts.js';
import type { EnergyRecord, MeasuredEngine } from '../bench/measure.js';
import { BASELINES, type ComparedEngine, type Mode } from './engines.js';

/** Clock that all times are told at beside each engine's own. */
export const COMMON_MHZ = 200;
/** LUTs that a DSP48E1 counts for: what the XC7Z035 has of both. */
export const LUT_OF_DSP = 191;

/** Figures of an engine divided by those of a baseline; below 1 is better. Null where a figure is not known. */
export interface Ratios {
  readonly dsp: number | null;
  /** At the common clock, and each at its own pre-layout clock. */
  readonly time: number | null;
  readonly timeOwnClock: number | null;
  readonly energy: number | null;
  /** Smallest and largest ratio of the energies with every price anywhere in its range. */
  readonly energyRange?: readonly [number, number];
}

export interface CompareRow {
  readonly engine: string;
  readonly mode: Mode;
  readonly lanes: string | null;
  /** Effective: multiply-accumulates of the layer by cycles; pruned ones count. */
  readonly macsPerCycle: number | null;
  readonly lut: number | null;
  readonly ff: number | null;
  readonly dsp: number | null;
  readonly bram36: number | null;
  readonly cycles: number | null;
  /** Nominal pre-layout estimate. */
  readonly clockMHz: number | null;
  readonly timeMs: number | null;
  /** Energy of one multiply-accumulate, int16 of the same mode = 1. */
  readonly energyPerMacRelative: number | null;
  readonly utilization: number | null;
  readonly source: 'measured' | 'published';
  readonly what: string;
  readonly timeMs200: number | null;
  /** Shares of the XC7Z035, 0..1, and the largest of them. */
  readonly share: { readonly lut: number; readonly dsp: number; readonly bram36: number; readonly most: number } | null;
  /** Time at the common clock times the largest share of the device, ms. */
  readonly timeAreaMs: number | null;
  readonly macsPerCyclePerKLut: number | null;
  /** The same with a DSP48E1 counted as 191 LUTs. */
  readonly macsPerCyclePerKLutDsp: number | null;
  /** pJ by the price table, and what was counted for it; absent if it was not measured. */
  readonly energy?: EnergyRecord;
  readonly simulated: boolean;
  readonly outputs: number | null;
  readonly mismatches: number | null;
  readonly weightSqnrDb: number | null;
  readonly outputSqnrDb: number | null;
  /** Why this folding, if by hand. */
  readonly why: string | null;
  readonly against: Readonly<Record<string, Ratios>>;
  readonly commit: string | null;
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** One measured engine; ratios and relative energy come with `withRatios`. */
export function measuredRow(engine: ComparedEngine, mode: Mode, lanes: string, why: string | null, measured: MeasuredEngine, commit: string): CompareRow {
  const { generated: { plan, estimate }, simulation, synthesis, energy } = measured;
  const { lut, ff, dsp, bram36, fmaxMhz } = synthesis;
  const cycles = simulation?.cycles ?? estimate.cycles;
  const clock = fmaxMhz?.nominal ?? null;
  const part = loadPart();
  const shares = { lut: lut / part.lut, dsp: dsp / part.dsp, bram36: bram36 / part.bram36 };
  const most = Math.max(...Object.values(shares));
  const macsPerCycle = plan.macs / cycles;
  const timeMs200 = cycles / (1000 * COMMON_MHZ);
  const { weightSqnrDb, outputSqnrDb } = plan.layer.description.compression ?? {};
  return {
    engine: engine.name, mode, lanes,
    macsPerCycle: round(macsPerCycle, 1),
    lut, ff, dsp, bram36, cycles,
    clockMHz: clock,
    timeMs: clock === null ? null : round(cycles / (1000 * clock), 4),
    energyPerMacRelative: null,
    utilization: round(macsPerCycle / plan.peakMacsPerCycle, 4),
    source: 'measured',
    what: engine.what,
    timeMs200: round(timeMs200, 4),
    share: { lut: round(shares.lut, 4), dsp: round(shares.dsp, 4), bram36: round(shares.bram36, 4), most: round(most, 4) },
    timeAreaMs: round(timeMs200 * most, 4),
    macsPerCyclePerKLut: round((1000 * macsPerCycle) / lut, 2),
    macsPerCyclePerKLutDsp: round((1000 * macsPerCycle) / (lut + LUT_OF_DSP * dsp), 2),
    ...(energy ? { energy } : {}),
    simulated: simulation !== undefined,
    outputs: simulation?.outputs ?? null,
    mismatches: simulation?.mismatches ?? null,
    weightSqnrDb: weightSqnrDb ?? null,
    outputSqnrDb: outputSqnrDb ?? null,
    why,
    against: {},
    commit,
  };
}

/** Ratios to each baseline of the same mode that was measured, and energies relative to int16. */
export function withRatios(rows: readonly CompareRow[]): CompareRow[] {
  return rows.map((row) => {
    if (row.source === 'published') return row;
    const int16 = rows.find(({ engine, mode }) => engine === 'int16' && mode === row.mode);
    const against: Record<string, Ratios> = {};
    for (const name of BASELINES) {
      const base = rows.find(({ engine, mode }) => engine === name && mode === row.mode);
      if (base && base !== row) against[name] = ratios(row, base);
    }
    return { ...row, energyPerMacRelative: quotient(row.energy?.perMac.nominal, int16?.energy?.perMac.nominal), against };
  });
}

function quotient(a: number | null | undefined, b: number | null | undefined): number | null {
  return typeof a !== 'number' || typeof b !== 'number' || b === 0 ? null : round(a / b, 4);
}

function ratios(row: CompareRow, base: CompareRow): Ratios {
  const figures = { dsp: quotient(row.dsp, base.dsp), time: quotient(row.timeMs200, base.timeMs200), timeOwnClock: quotient(row.timeMs, base.timeMs) };
  if (!row.energy || !base.energy) return { ...figures, energy: null };
  const { nominal, smallest, largest } = energyRatio(row.energy.eventsPerMac, base.energy.eventsPerMac, loadEnergyTable(row.energy.table));
  return { ...figures, energy: round(nominal, 4), energyRange: [round(smallest, 4), round(largest, 4)] };
}

/** Wang, Zhang, Fan 2024: ratios of the abstract; nothing absolute is public. Energy is ours: time times power, if both are of one run. */
export const PUBLISHED: CompareRow = {
  engine: 'Wang et al. 2024, published',
  mode: 'device',
  lanes: null, macsPerCycle: null, lut: null, ff: null, dsp: null, bram36: null, cycles: null, clockMHz: null, timeMs: null,
  energyPerMacRelative: null, utilization: null,
  source: 'published',
  what: 'pruning and shift-add, 4 bits, VGG16 layer 8 on a Zynq-7035: DSP -43 %, time -51.1 %, power -46.7 % against a baseline that is not public',
  timeMs200: null, share: null, timeAreaMs: null, macsPerCyclePerKLut: null, macsPerCyclePerKLutDsp: null,
  simulated: false, outputs: null, mismatches: null, weightSqnrDb: null, outputSqnrDb: null, why: null,
  against: { 'their baseline (not public)': { dsp: 0.57, time: 0.489, timeOwnClock: 0.489, energy: 0.2606 } },
  commit: null,
};
