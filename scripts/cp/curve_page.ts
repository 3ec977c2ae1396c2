/** docs/results/cp.md: the curve with its table, and the trained networks. */
import { table } from '../compare/markdown.js';
import type { ExecutionRow } from './execution_rows.js';
import type { TrainedNetwork } from './trained_networks.js';
import { SERIES, type CurvePoint, type Series } from './curve_rows.js';

/** What docs/results/cp.json holds. */
export interface CpResults {
  readonly layer: string;
  /** Bits of the layer with 4-bit and 32-bit weights, 32-bit biases included: what ratios are told against. */
  readonly base: { readonly bits4: number; readonly bits32: number };
  readonly points: readonly CurvePoint[];
  readonly networks: readonly NetworkResult[];
  readonly executions: readonly ExecutionRow[];
  readonly commit: string;
}

/** What the page tells of a trained network of examples/cp. */
export type NetworkResult = Omit<TrainedNetwork, 'layers' | 'comparedWords' | 'networkParametersDense' | 'networkParametersStored'>;

const HOW = `The demo layer is a trained 3x3 kernel, 256 to 512 channels, 1,179,648 weights (the face detector of @vladmandic/face-api); its outputs are measured at all positions of two photos. **Bits** count
everything that is stored: codes or factors, recode shifts, residual entries, biases, multipliers, shifts. Ratios are against the same layer with 4-bit weights, and with 32-bit ones, both with 32-bit biases. **Calibrated** rows
learn from activations of four other photos which errors matter; the others see weights alone. Factors are powers of two of 3 bits (0, ±1, ±2, ±4), sums are recoded to \`pot\` weights; errors are measured after recoding.`;

const ABOUT: Readonly<Record<Series, string>> = {
  plain: 'each weight by itself',
  cp: 'one set of factors, `S[o,i,k] = sum_r a[r,o] b[r,i] c[r,k]`',
  'block cp': 'factors of their own for each of four blocks of output channels',
  'cp + residual': 'factors, and a signed power of two on top of the 0.2 % of the weights that gain most',
  'low rank': 'the kernel as a matrix of output channels and 2,304 weights, in two factors',
};

/** The page's text. */
export function curvePage({ points, networks, executions, commit, base }: CpResults): string {
  return [
    '# Weights as factors', '',
    `Made at commit ${commit} by \`npm run results:cp\`, which writes [cp.json](cp.json), the picture and this page. Rows that are missing were not measured there.`, '', HOW, '',
    '## Stored bits against output SQNR', '', '![Stored bits against the SQNR of outputs](cp.svg)', '',
    ...SERIES.map((series) => `- **${series}**: ${ABOUT[series]}`), '',
    pointTable(points, base), '',
    '## Rebuilt or direct', '', executions.length === 0 ? 'Not measured yet.' : executionText(executions), '',
    '## Trained networks', '', networks.length === 0 ? 'Not measured yet.' : networkTable(networks), '',
  ].join('\n');
}

function pointTable(points: readonly CurvePoint[], { bits4 }: CpResults['base']): string {
  const db = (value: number | null) => (value === null ? 'exact' : value.toFixed(1));
  const rows = [...points]
    .sort((a, b) => SERIES.indexOf(a.series) - SERIES.indexOf(b.series) || Number(a.calibrated) - Number(b.calibrated) || b.storedBits - a.storedBits)
    .map((p) => [
      `${p.series === 'plain' ? `\`${p.label}\`` : p.series}${p.calibrated ? ', calibrated' : ''}`, p.rank === undefined ? '-' : String(p.rank), Math.round(p.storedBits / 1000).toLocaleString('en'),
      `${p.ratio4.toFixed(1)}x`, `${p.ratio32.toFixed(0)}x`, db(p.outputSqnrDb), db(p.weightSqnrDb),
    ]);
  return `${table(['stored as', 'rank', 'kbit', 'against 4 bits', 'against 32 bits', 'outputs dB', 'weights dB'], rows)}\n\nThe base of the 4-bit ratios is ${Math.round(bits4 / 1000).toLocaleString('en')} kbit.`;
}

const EXECUTION_TEXT = `A 3x3 layer of 256 to 512 channels with seeded synthetic factors, engines of 1,024 MAC/cycle (\`oc=16,ic=32,pixel=2\`, \`bpot\` lanes), by the planner; direct stages of at most as many each, one after the other,
16 bits between them. *One unit* is rebuilding with the unit that the 28x28 map needs at rank 152; *unit* is what the planner takes to hide rebuilding, in LUTs against those of the lanes. The winner is by the rule of [direct.md](../direct.md#stored-rebuilt-or-direct).`;

function executionText(rows: readonly ExecutionRow[]): string {
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  const head = ['map', 'rank', 'stored, cycles', 'rebuilt', 'rebuilt, one unit', 'direct', 'unit LUT / lanes', 'LUT stored / rebuilt / direct', 'BRAM stored / rebuilt / direct', 'wins'];
  const lines = rows.map((row) => [
    `${row.side}x${row.side}`, String(row.rank), whole(row.cycles.stored), whole(row.cycles.rebuilt), whole(row.cyclesOneUnit), whole(row.cycles.direct), `${whole(row.reconstructionLut)} (${Math.round((100 * row.reconstructionLut) / row.laneLut)} %)`,
    [row.lut.stored, row.lut.rebuilt, row.lut.direct].map(whole).join(' / '), [row.bram36.stored, row.bram36.rebuilt, row.bram36.direct].join(' / '), row.wins,
  ]);
  return `${EXECUTION_TEXT}\n\n![Stored, rebuilt and direct execution against the size of the map](cp_execution.svg)\n\n${table(head, lines)}`;
}

function networkTable(networks: readonly NetworkResult[]): string {
  const percent = (share: number | undefined) => (share === undefined ? '-' : `${(100 * share).toFixed(2)} %`);
  const rows = networks.map((n) => [
    n.network, n.dataset, n.compressedLayers.join(', '), `${n.parametersDense.toLocaleString('en')} to ${n.parametersStored.toLocaleString('en')} (${(n.parametersDense / n.parametersStored).toFixed(1)}x)`,
    percent(n.floatAccuracy), `${percent(n.goldenAccuracy)} of ${n.goldenSamples.toLocaleString('en')}`, `${percent(n.rtlAccuracy)} of ${n.rtlSamples.toLocaleString('en')}`, String(n.mismatchedWords),
  ]);
  return table(['network', 'data', 'layers as factors', 'parameters there', 'float', 'golden model', 'simulated hardware', 'words that differ'], rows);
}
