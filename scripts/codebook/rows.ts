/** What codebooks of different sizes and other encodings make of a layer, and what their lanes cost. */
import { compressLayer } from '../../generator/compress/compress.js';
import type { EncodingChoice } from '../../generator/compress/options.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { isScalar } from '../../generator/layer/representable.js';
import type { Encoding } from '../../generator/layer/schema.js';
import { benchPlan, measureProcessingElements } from '../lanes/measure.js';

export interface CodebookRow {
  /** For people. */
  readonly encoding: string;
  /** Levels asked for; 0 for encodings that are no codebooks. */
  readonly levels: number;
  readonly bitsPerWeight: number;
  readonly weightsDb: number;
  readonly outputsDb: number;
  /** Of a bare processing element with 64 inputs of 8 bits, as in `npm run bench:lanes`. */
  readonly lutPerMac: number;
}

const codebook = (levels: number, digits: number, maxShift?: number): EncodingChoice => ({ encoding: 'codebook', levels, digits, ...(maxShift ? { maxShift } : {}) });

/** The rows of the page, in its order. */
export const CHOICES: readonly EncodingChoice[] = [
  ...[8, 16, 32].flatMap((levels) => [codebook(levels, 1), codebook(levels, 2, 4), codebook(levels, 2), codebook(levels, 3)]),
  { encoding: 'uniform', bits: 4 },
  { encoding: 'pot' },
  { encoding: 'apot' },
  { encoding: 'csd', digits: 2 },
];

/** Compresses the layer and synthesizes a lane for what comes of it. */
export async function codebookRow(layer: FloatLayer, choice: EncodingChoice): Promise<CodebookRow> {
  const { description, stats } = compressLayer(layer, { encoding: choice });
  const encoding = description.weights as Encoding;
  if (!isScalar(encoding)) throw new Error(`no lane takes ${encoding.encoding}`);
  const [{ lut }] = await measureProcessingElements([benchPlan({ name: encoding.encoding, encoding, lane: 'lut' }, { inputs: 64, activationBits: 8 })]);
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    encoding: nameOf(choice),
    levels: choice.encoding === 'codebook' ? (choice.levels as number) : 0,
    bitsPerWeight: round(stats.bitsPerWeight, 2),
    weightsDb: round(stats.weightSqnrDb ?? Infinity, 1),
    outputsDb: round(stats.outputSqnrDb ?? Infinity, 1),
    lutPerMac: round(lut / 64, 1),
  };
}

function nameOf({ encoding, levels, digits, maxShift, bits }: EncodingChoice): string {
  if (encoding === 'codebook') return `${String(levels)} levels, ${digits === 1 ? '1 digit' : `${String(digits)} digits`}${maxShift === undefined ? '' : ` up to ${2 ** (maxShift as number)}`}`;
  return `\`${encoding}\`${bits === undefined ? '' : ` ${String(bits)}`}${digits === undefined ? '' : `, ${String(digits)} digits`}`;
}

/** A Markdown table. */
export function codebookTable(rows: readonly CodebookRow[]): string {
  const lines = rows.map((row) => `| ${row.encoding} | ${row.bitsPerWeight.toFixed(2)} | ${row.weightsDb.toFixed(1)} | ${row.outputsDb.toFixed(1)} | ${row.lutPerMac.toFixed(1)} |`);
  return ['| | bits per weight | weights dB | outputs dB | LUT/MAC |', '|---|---|---|---|---|', ...lines].join('\n');
}
