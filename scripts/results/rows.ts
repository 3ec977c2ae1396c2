/** The rows of the results page: encodings, plain and calibrated. */
import type { CompressOptions } from '../../generator/compress/options.js';

export interface ResultRow {
  readonly encoding: string;
  readonly calibrated: boolean;
  /** For `compressLayer`; none for the uncompressed network. */
  readonly compress?: CompressOptions;
}

/** In the order of the tables. */
const ENCODINGS: readonly (readonly [string, CompressOptions['encoding']])[] = [
  ['int8', { encoding: 'uniform', bits: 8 }],
  ['int4', { encoding: 'uniform', bits: 4 }],
  ['pot', { encoding: 'pot' }],
  ['apot', { encoding: 'apot' }],
  ['bpot', { encoding: 'bpot' }],
  ['csd-2', { encoding: 'csd', digits: 2 }],
  ['codebook-16', { encoding: 'codebook', levels: 16, digits: 2 }],
];

export const FLOAT_ROW: ResultRow = { encoding: 'float', calibrated: false };

export const ROWS: readonly ResultRow[] = [
  FLOAT_ROW,
  ...ENCODINGS.flatMap(([name, encoding]) => [false, true].map((calibrated) => ({ encoding: name, calibrated, compress: { encoding, calibrate: calibrated } }))),
];

/** What is behind a metric's name where activations are integers too. */
export const INTEGER_ACTIVATIONS = ', 8-bit activations';

/** A line of docs/results/compression.json. */
export interface Result {
  readonly network: string;
  readonly metric: string;
  readonly encoding: string;
  readonly calibrated: boolean;
  /** Stored bits of all compressed layers with all side information, by their weights; 32 for `float`. */
  readonly bitsPerWeight: number;
  readonly value: number;
  /** The same metric of the uncompressed network with float activations. */
  readonly floatValue: number;
}

/** Results of one metric with float activations, the float row left out. */
export function plainMetrics(results: readonly Result[], metric: string): Result[] {
  return results.filter((result) => result.metric === metric && result.encoding !== FLOAT_ROW.encoding);
}
