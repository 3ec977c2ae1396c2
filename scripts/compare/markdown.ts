/** compare.md: the table of each mode, the ratios to the baselines, the published work and the peers. */
import type { Mode } from './engines.js';
import { COMMON_MHZ, LUT_OF_DSP, type CompareRow } from './rows.js';

const NONE = '-';
const fixed = (value: number | null, digits: number) => (value === null ? NONE : value.toFixed(digits));
const whole = (value: number | null) => (value === null ? NONE : Math.round(value).toLocaleString('en'));
const percent = (value: number | null | undefined) => (value === null || value === undefined ? NONE : `${(100 * value).toFixed(1)} %`);

/** A Markdown table; the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const HEAD = [
  'engine', 'lanes', 'MAC/cycle', 'LUT', 'FF', 'DSP', 'BRAM36', 'cycles', 'utilization', 'clock MHz', 'ms at it', `ms at ${COMMON_MHZ} MHz`, 'ms x device', 'energy/MAC', 'wrong outputs',
];

function cells(row: CompareRow): string[] {
  const energy = row.energyPerMacRelative;
  return [
    row.engine, `\`${row.lanes}\``, fixed(row.macsPerCycle, 0), whole(row.lut), whole(row.ff), whole(row.dsp), fixed(row.bram36, 1), whole(row.cycles), percent(row.utilization),
    fixed(row.clockMHz, 0), fixed(row.timeMs, 3), fixed(row.timeMs200, 3), fixed(row.timeAreaMs, 3), fixed(energy, 3),
    row.simulated ? `${row.mismatches} of ${whole(row.outputs)}` : 'not simulated',
  ];
}

/** The measured engines of one mode. */
export function modeTable(rows: readonly CompareRow[], mode: Mode): string {
  return table(HEAD, rows.filter((row) => row.mode === mode && row.source === 'measured').map(cells));
}

/** One row for each engine and baseline: DSP, time at the common clock, energy. */
export function ratioTable(rows: readonly CompareRow[], mode: Mode): string {
  const measured = rows.filter((row) => row.mode === mode && (Object.keys(row.against).length > 0));
  const lines = measured.flatMap((row) =>
    Object.entries(row.against).map(([base, { dsp, time, timeOwnClock, energy, energyRange }]) => [
      row.engine, base, change(dsp), change(time), change(timeOwnClock), change(energy), energyRange ? `${change(energyRange[0])} .. ${change(energyRange[1])}` : NONE,
    ]),
  );
  return table(['engine', 'against', 'DSP48E1', `time at ${COMMON_MHZ} MHz`, 'time, own clock', 'energy of the layer', 'its range'], lines);
}

function change(ratio: number | null): string {
  if (ratio === null) return NONE;
  const share = 100 * (ratio - 1);
  return `${share > 0 ? '+' : ''}${share.toFixed(1)} %`;
}

/** Effective MACs per cycle by 1,000 LUTs of the whole engine at 256 MACs per cycle, beside the peers' as measured with the same Yosys. */
function densityTable(rows: readonly CompareRow[]): string {
  const own = rows.filter((row) => row.mode === 'equal' && row.source === 'measured');
  return table(
    ['engine', 'MAC/cycle', 'LUT', 'DSP', 'MAC/cycle per 1,000 LUT', `the same, DSP as ${LUT_OF_DSP} LUT`],
    [
      ...own.map((row) => [row.engine, fixed(row.macsPerCycle, 0), whole(row.lut), whole(row.dsp), fixed(row.macsPerCyclePerKLut, 1), fixed(row.macsPerCyclePerKLutDsp, 1)]),
      ...PEERS.map(({ name, macsPerCycle, lut, dsp }) => [
        name, fixed(macsPerCycle, 0), whole(lut), whole(dsp), fixed((1000 * macsPerCycle) / lut, 1), fixed((1000 * macsPerCycle) / (lut + LUT_OF_DSP * dsp), 1),
      ]),
    ],
  );
}

/** Peers at the size nearest to 256, Yosys `synth_xilinx -flatten`; 14x14x16 -> 32 with 3x3 where a layer was run. */
const PEERS = [
  { name: 'NNgen 1.3.4, int8, 144 lanes, DMA included', macsPerCycle: 113.55, lut: 24_228, dsp: 152 },
  { name: 'NNgen 1.3.4, power of two, 144 lanes (rounds wrong)', macsPerCycle: 119.18, lut: 46_439, dsp: 8 },
  { name: 'FINN 0.10.1 RTL core alone, W8A8 16 x 16', macsPerCycle: 256, lut: 7_077, dsp: 128 },
  { name: 'FINN 0.10.1 RTL core alone, W4A8 16 x 16', macsPerCycle: 256, lut: 6_021, dsp: 128 },
] as const;

const HOW = `All engines come from the same generator and compute the same layer: 28x28, 256 -> 512 channels, 3x3, pad 1 (VGG16 conv4_1's shape), trained kernel and real
activations. LUT, FF, DSP48E1 and block RAM are Yosys counts of the whole engine, buffers, control and requantizers included; cycles are those of the simulated
hardware, or of the exact cycle model where it says "not simulated". The clock is the nominal pre-layout estimate of each engine. "ms x device" is the time at
${COMMON_MHZ} MHz times the largest share of the XC7Z035 that the engine takes. Energy per MAC is relative to int16 of the same mode; \`-\` where it was not measured.`;

/** The whole page. */
export function compareMarkdown(rows: readonly CompareRow[], missing: readonly string[], commit: string): string {
  const byHand = rows.filter(({ mode, why }) => mode === 'device' && why !== null).map(({ engine, lanes, why }) => `- ${engine}, \`${lanes}\`: ${why}.`);
  return [
    '# Comparison', '', `Measured at commit ${commit} by \`npm run bench:compare\`.`, '', HOW, '',
    '## At equal multiply-accumulates per cycle', '', modeTable(rows, 'equal'), '', ratioTable(rows, 'equal'), '',
    '## Each as large as the device holds', '',
    'At most 70 % of the LUTs, 90 % of the DSP48E1 and of the block RAM. Foldings are the planner\'s, or by hand:', '', ...byHand, '',
    modeTable(rows, 'device'), '', ratioTable(rows, 'device'), '',
    'Wang, Zhang and Fan (2024) publish three ratios for VGG16\'s 8th convolution on this part: DSP -43 %, time -51.1 %, power -46.7 %; time and power together are -73.9 % energy if',
    'they are of one run. Their baseline is not public: neither its bits, nor its parallelism, nor its clock. So their ratios cannot be set against ours; ours are against engines that are in this table.', '',
    '## Beside the peers', '', densityTable(rows), '',
    'The peers were run with the same Yosys for the same device family. FINN\'s row is the matrix-vector core alone, with carry chains kept: no window buffer, weights or DMA.', '',
    ...(missing.length > 0 ? ['## Not measured', '', ...missing.map((text) => `- ${text}`), ''] : []),
  ].join('\n');
}
