/** What the results page claims of calibration, and where a claim does not hold; all from the results. */
import { table } from '../compare/markdown.js';
import type { MetricInfo, NetworkSource } from './network.js';
import { FLOAT_ROW, INTEGER_ACTIVATIONS, type Result } from './rows.js';

/** Calibrated encoding, and the plain one that it must be at least as good as. */
const CLAIMS = [
  ['apot', 'int4'],
  ['bpot', 'pot'],
] as const;

/** How far from the uncompressed network calibrated encodings may be, by network and metric. */
const LIMITS = [
  { network: 'LeNet-5', metric: 'test digits right', within: 0.2, encodings: ['apot', 'bpot'] },
  { network: 'face-api detector, demo layer only', metric: 'mean score of six crops', within: 0.02, encodings: ['int4', 'pot', 'apot', 'bpot', 'codebook-16'] },
] as const;

/** Calibrated rows that lose more than this share of the float value are named. */
const FAR = 0.05;

interface Claim {
  readonly cells: readonly string[];
  /** In words, if it does not hold; with float and with 8-bit activations. */
  readonly missed: readonly string[];
}

/** The section's text: a line for each claim and metric, the limits, and what is far from float. */
export function claimsText(sources: readonly NetworkSource[], results: readonly Result[]): string {
  const claims = sources.flatMap((source) => source.metrics.flatMap((metric) => CLAIMS.map(([better, than]) => claim(source, metric, better, than, results))));
  const known = claims.filter((found) => found !== undefined);
  if (known.length === 0) return 'No calibrated rows yet.';
  const missed = known.flatMap((found) => found.missed);
  const [count, open] = [2 * known.length, 2 * (claims.length - known.length)];
  const hold = missed.length === 0 ? `all ${count} hold` : `${count - missed.length} of ${count} hold. **${missed.length === 1 ? 'One does' : `${missed.length} do`} not:** ${missed.join('; ')}`;
  const waiting = open === 0 ? '' : ` ${open} more wait for rows that were not measured.`;
  return [
    `Calibrated \`apot\` is to be at least as good as plain int4, calibrated \`bpot\` at least as good as plain \`pot\`, on every network and metric, with float and with 8-bit activations. Of these claims ${hold}.${waiting}`,
    table(['network', 'metric', 'claim', 'calibrated', 'plain', 'float', 'holds', 'int8 act.: calibrated', 'plain', 'float', 'holds'], known.map(({ cells }) => cells)),
    ...LIMITS.map((limit) => limitText(limit, sources, results)).filter((text) => text !== ''),
    farText(sources, results),
  ].join('\n\n');
}

function find(results: readonly Result[], network: string, metric: string, encoding: string, calibrated: boolean): Result | undefined {
  return results.find((r) => r.network === network && r.metric === metric && r.encoding === encoding && r.calibrated === calibrated);
}

function claim(source: NetworkSource, metric: MetricInfo, better: string, than: string, results: readonly Result[]): Claim | undefined {
  const cells = [source.name, metric.name, `\`${better}\`, not worse than plain ${than}`];
  const missed: string[] = [];
  for (const suffix of ['', INTEGER_ACTIVATIONS]) {
    const [ours, theirs, float] = [find(results, source.name, metric.name + suffix, better, true), find(results, source.name, metric.name + suffix, than, false), find(results, source.name, metric.name + suffix, FLOAT_ROW.encoding, false)];
    if (!ours || !theirs || !float) return undefined;
    const holds = metric.better === 'higher' ? ours.value >= theirs.value : ours.value <= theirs.value;
    const values = [ours.value, theirs.value, float.value].map((value) => value.toFixed(metric.digits));
    cells.push(...values, holds ? 'yes' : '**no**');
    if (!holds) missed.push(`${source.name}, ${metric.name}${suffix}: calibrated \`${better}\` ${values[0]}, plain ${than} ${values[1]}`);
  }
  return { cells, missed };
}

function limitText({ network, metric, within, encodings }: (typeof LIMITS)[number], sources: readonly NetworkSource[], results: readonly Result[]): string {
  const info = sources.find(({ name }) => name === network)?.metrics.find(({ name }) => name === metric);
  const float = find(results, network, metric, FLOAT_ROW.encoding, false);
  const known = encodings.flatMap((encoding) => find(results, network, metric, encoding, true) ?? []);
  if (!info || !float || known.length === 0) return '';
  const parts = known.map(({ encoding, bitsPerWeight, value }) => `\`${encoding}\` (${bitsPerWeight.toFixed(2)} bits) ${value.toFixed(info.digits)}${Math.abs(value - float.value) <= within ? '' : ' (**not**)'}`);
  return `${network}, ${metric}, to be within ${within} of ${float.value.toFixed(info.digits)}, the uncompressed network's, when calibrated: ${parts.join(', ')}.`;
}

/** Calibrated rows of the claims that lose much of what the uncompressed network gives. */
function farText(sources: readonly NetworkSource[], results: readonly Result[]): string {
  const lines = sources.flatMap((source) => source.metrics.flatMap((metric) => ['', INTEGER_ACTIVATIONS].flatMap((suffix) => {
    const float = find(results, source.name, metric.name + suffix, FLOAT_ROW.encoding, false);
    if (!float || metric.better === 'lower') return [];
    const far = CLAIMS.flatMap(([encoding]) => find(results, source.name, metric.name + suffix, encoding, true) ?? []).filter(({ value }) => value < (1 - FAR) * float.value);
    if (far.length === 0) return [];
    return `- ${source.name}, ${metric.name}${suffix}: ${far.map(({ encoding, value }) => `\`${encoding}\` ${value.toFixed(metric.digits)}`).join(', ')} of ${float.value.toFixed(metric.digits)}`;
  })));
  return lines.length === 0 ? '' : `At least as good as another is not yet good. Calibrated, but more than ${100 * FAR} % below the uncompressed network:\n\n${lines.join('\n')}`;
}
