/** docs/results/compression.md: what is claimed, and for each network a picture and a table, all from the results. */
import { table } from '../compare/markdown.js';
import { claimsText } from './claims.js';
import type { MetricInfo, NetworkSource } from './network.js';
import { INTEGER_ACTIVATIONS, ROWS, type Result } from './rows.js';

const HOW = `Every row is a real forward pass: all layers named below are compressed with one encoding, first and last layer included, and their integer weights, multipliers and shifts are
expanded to the floats that they stand for. *Bits per weight* counts all that is stored: codes, group exponents, codebook levels, biases, multipliers, shifts. **Plain** rows see no
data: a scale of least squared weight error for each output channel. **Calibrated** rows are \`compress --calibrate\`: activations of inputs that are not scored, layer after layer,
each calibrated on what its compressed predecessors give. Nothing is trained on, and encodings are not mixed.

Each metric is given twice. The first leaves activations in float, which shows what the weights alone cost; the second ("int8 act.") rounds what every compressed
layer reads to 8 bits, with one scale that just holds all values seen in calibration: the network of integer layers. \`bpot\` has groups of 16 weights and 2-bit exponents, \`csd-2\`
two signed digits, \`codebook-16\` sixteen free levels of at most two signed digits, one codebook for a layer.`;

/** The page's text. @param commit what the results were made at */
export function resultsPage(sources: readonly NetworkSource[], results: readonly Result[], commit: string): string {
  const present = sources.filter(({ name }) => results.some(({ network }) => network === name));
  return [
    '# Compression of real networks', '',
    `Made at commit ${commit} by \`npm run results:compression\`, which writes [compression.json](compression.json), the pictures and this page.${missingText(present, results)}`, '', HOW, '',
    '## What calibration must reach', '', claimsText(present, results), '',
    ...present.flatMap((source) => section(source, results.filter(({ network }) => network === source.name))),
  ].join('\n');
}

/** Which rows are not there. */
function missingText(sources: readonly NetworkSource[], results: readonly Result[]): string {
  const missing = sources.flatMap(({ name }) => {
    const rows = ROWS.filter((row) => !results.some((r) => r.network === name && r.encoding === row.encoding && r.calibrated === row.calibrated));
    return rows.length === 0 ? [] : [`${name}: ${rows.map(({ encoding, calibrated }) => (calibrated ? `${encoding} calibrated` : encoding)).join(', ')}`];
  });
  return missing.length === 0 ? '' : ` **Not measured:** ${missing.join('; ')}.`;
}

function section(source: NetworkSource, results: readonly Result[]): string[] {
  const variants = source.metrics.flatMap((metric) => ['', INTEGER_ACTIVATIONS].map((suffix) => ({ metric, name: metric.name + suffix, suffix })));
  const head = ['weights', 'bits per weight', ...variants.map(({ metric, suffix }) => (suffix ? 'int8 act.' : `${metric.name}${metric.unit ? `, ${metric.unit}` : ''}`))];
  const rows = rowKeys(results).map(({ encoding, calibrated }) => {
    const own = results.filter((result) => result.encoding === encoding && result.calibrated === calibrated);
    const cells = variants.map(({ metric, name }) => shown(own.find((result) => result.metric === name)?.value, metric));
    return [calibrated ? `${encoding}, calibrated` : encoding, own[0].bitsPerWeight.toFixed(2), ...cells];
  });
  return [`## ${source.name}`, '', source.about, '', `![${source.name}: metrics against bits per weight](${source.id}.svg)`, '', table(head, rows), ''];
}

/** Encodings in the order of the results, the calibrated row behind the plain one. */
function rowKeys(results: readonly Result[]): { encoding: string; calibrated: boolean }[] {
  const encodings = [...new Set(results.map(({ encoding }) => encoding))];
  const has = (encoding: string, calibrated: boolean) => results.some((result) => result.encoding === encoding && result.calibrated === calibrated);
  return encodings.flatMap((encoding) => [false, true].filter((calibrated) => has(encoding, calibrated)).map((calibrated) => ({ encoding, calibrated })));
}

function shown(value: number | undefined, { digits }: MetricInfo): string {
  return value === undefined ? '-' : value.toFixed(digits);
}
