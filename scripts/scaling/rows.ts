/** What grows, and how, with the multiply-accumulates per cycle of a bpot engine. */

export interface ScalingRow {
  readonly lanes: string;
  readonly peakMacsPerCycle: number;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  readonly lutPerMac: number;
  readonly cycles: number;
  readonly utilization: number;
  readonly outputs: number;
  readonly mismatches: number;
  /** Processor seconds, tools included: elapsed time would count what else the machine does. */
  readonly simulationSeconds: number;
  readonly synthesisSeconds: number;
  /** Seconds by those of the smallest engine. */
  readonly simulationRatio: number;
  readonly synthesisRatio: number;
  readonly commit: string;
}

export type ScalingFigures = Omit<ScalingRow, 'simulationRatio' | 'synthesisRatio'>;

/** Times as ratios to the first row's. */
export function withTimeRatios(figures: readonly ScalingFigures[]): ScalingRow[] {
  const [first] = figures;
  const ratio = (value: number, base: number) => Number((value / base).toFixed(3));
  return figures.map((row) => ({
    ...row,
    simulationRatio: ratio(row.simulationSeconds, first.simulationSeconds),
    synthesisRatio: ratio(row.synthesisSeconds, first.synthesisSeconds),
  }));
}
