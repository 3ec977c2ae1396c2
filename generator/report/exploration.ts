/** What an exploration found, as it is written to explore.json; and as a table with commas. */
import type { LaneKind } from '../plan/codes.js';
import type { Limits } from '../plan/limits.js';

export const EXPLORATION_FORMAT = 'shiftloom.exploration';

export interface ExploredPoint {
  /** As `--lanes` takes it. */
  readonly lanes: string;
  readonly macsPerCycle: number;
  readonly cycles: number;
  readonly timeMs: number;
  readonly utilization: number;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  /** What binds: LUT, DSP, BRAM, compute, requantizers, a stream. */
  readonly bound: string;
  /** Counted by Yosys, if this point was synthesized; the clock is the nominal pre-layout estimate. */
  readonly measured?: { readonly lut: number; readonly ff: number; readonly dsp: number; readonly bram36: number; readonly clockMHz: number | null };
}

/** The front of one encoding on one kind of lane. */
export interface ExploredSeries {
  readonly label: string;
  readonly kind: LaneKind;
  readonly layerHash: string;
  /** Error of the weights, if they were compressed here; null: none. */
  readonly weightSqnrDb?: number | null;
  readonly considered: number;
  readonly planned: number;
  /** Smallest engine first. */
  readonly points: readonly ExploredPoint[];
}

export interface Exploration {
  readonly format: typeof EXPLORATION_FORMAT;
  readonly version: 1;
  readonly generator: string;
  readonly layer: string;
  readonly macs: number;
  readonly target: string;
  readonly limits: Limits;
  readonly clockMHz: number;
  readonly series: readonly ExploredSeries[];
}

const COLUMNS = [
  'series', 'kind', 'oc', 'ic', 'pixel', 'lanes', 'macs_per_cycle', 'cycles', 'time_ms', 'utilization', 'lut', 'ff', 'dsp', 'bram36', 'bound',
  'measured_lut', 'measured_ff', 'measured_dsp', 'measured_bram36', 'measured_clock_mhz',
];

/** One line for each point, with a head; the folding stands in a column each and, quoted, as `--lanes` takes it. */
export function explorationCsv({ series }: Exploration): string {
  const rows = series.flatMap(({ label, kind, points }) =>
    points.map((p) => {
      const count = (key: string) => new RegExp(`\\b${key}=(\\d+)`).exec(p.lanes)?.[1] ?? '';
      const m = p.measured;
      return [
        label, kind, count('oc'), count('ic'), count('pixel'), `"${p.lanes}"`, p.macsPerCycle, p.cycles, round(p.timeMs), round(p.utilization), p.lut, p.ff, p.dsp, p.bram36, p.bound,
        m?.lut, m?.ff, m?.dsp, m?.bram36, m?.clockMHz,
      ].map((value) => value ?? '').join(',');
    }),
  );
  return `${[COLUMNS.join(','), ...rows].join('\n')}\n`;
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
