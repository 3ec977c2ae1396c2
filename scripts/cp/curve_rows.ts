/** Points of the curve: stored bits of the demo layer's kernel against the SQNR of its outputs, by how the weights are stored. */
import type { EncodingChoice } from '../../generator/compress/options.js';

export const SERIES = ['plain', 'cp', 'block cp', 'cp + residual', 'low rank'] as const;
export type Series = (typeof SERIES)[number];

export interface CurveRow {
  readonly series: Series;
  readonly label: string;
  readonly encoding: EncodingChoice;
  readonly calibrated: boolean;
  /** The kernel as a matrix of output channels and all weights of each, instead of with its kernel positions apart. */
  readonly unfolded?: boolean;
}

/** Every point of a curve, against the layer's 4-bit form; the cheapest to find first. */
export const RATIOS = [40, 30, 20, 15, 10, 7, 5, 4, 3, 2] as const;
const BLOCKS = 4;
const RESIDUAL = 0.002;

const PLAIN: readonly (readonly [string, EncodingChoice])[] = [
  ['int2', { encoding: 'uniform', bits: 2 }],
  ['int3', { encoding: 'uniform', bits: 3 }],
  ['int4', { encoding: 'uniform', bits: 4 }],
  ['bpot', { encoding: 'bpot', groupSize: 16 }],
  ['pot', { encoding: 'pot', maxShift: 6 }],
  ['apot', { encoding: 'apot' }],
];

/** All rows in the order in which they are measured: what is quick, and what is most asked for, first. */
export const CURVE_ROWS: readonly CurveRow[] = [
  ...PLAIN.map(([label, encoding]) => ({ series: 'plain' as const, label, encoding, calibrated: false })),
  ...RATIOS.flatMap((ratio) => factored(ratio, false)),
  ...PLAIN.map(([label, encoding]) => ({ series: 'plain' as const, label, encoding, calibrated: true })),
  ...RATIOS.flatMap((ratio) => factored(ratio, true)),
];

function factored(ratio: number, calibrated: boolean): CurveRow[] {
  const label = `${ratio}x`;
  const row = (series: Series, more: Record<string, unknown>, rest: Partial<CurveRow> = {}): CurveRow => ({ series, label, calibrated, encoding: { encoding: 'cp', ratio, ...more }, ...rest });
  return [
    row('cp', {}),
    row('low rank', { form: 'matrix' }, { unfolded: true }),
    row('block cp', { blocks: BLOCKS }),
    row('cp + residual', { residual: RESIDUAL }),
  ];
}

/** One measured point. */
export interface CurvePoint {
  readonly series: Series;
  readonly label: string;
  readonly calibrated: boolean;
  /** Everything that is stored: factors, recode shifts, residual, biases, multipliers, shifts. */
  readonly storedBits: number;
  /** Times smaller than with 4-bit and with 32-bit weights, with 32-bit biases. */
  readonly ratio4: number;
  readonly ratio32: number;
  readonly rank?: number;
  readonly outputSqnrDb: number | null;
  readonly weightSqnrDb: number | null;
  readonly measuredOn: string;
  readonly seconds: number;
}
