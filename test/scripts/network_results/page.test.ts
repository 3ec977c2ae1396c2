import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleNetworks, rtlSamples } from '../../../scripts/network_results/measure.js';
import { networkPage } from '../../../scripts/network_results/page.js';
import { type NetworkRow, rowsText } from '../../../scripts/network_results/rows.js';
import { chosenNetworks, writeNetworkResults } from '../../../scripts/results_networks.js';

const KEYS = [
  'network', 'dataset', 'floatAccuracy', 'goldenAccuracy', 'goldenSamples', 'rtlAccuracy', 'rtlSamples', 'mismatchedWords', 'parametersDense', 'parametersStored', 'cyclesPerFrame', 'fps200MHz',
  'lut', 'ff', 'dsp', 'bram36',
];
const row: NetworkRow = {
  network: 'lenet_300_100', dataset: 'mnist', floatAccuracy: 0.98, goldenAccuracy: 0.9773, goldenSamples: 10_000, rtlAccuracy: 0.9755, rtlSamples: 2000, mismatchedWords: 0, parametersDense: 266_610,
  parametersStored: 26_000, cyclesPerFrame: 1000, fps200MHz: 200_000, lut: 12_345, ff: 20_000, dsp: 0, bram36: 12.5,
};

describe('results of whole networks', () => {
  it('are an array of rows with the fixed names', () => {
    const rows = JSON.parse(rowsText([row, { ...row, dataset: 'fashion-mnist' }])) as NetworkRow[];
    expect(rows.map((r) => Object.keys(r))).toEqual([KEYS, KEYS]);
    expect(JSON.parse(rowsText([]))).toEqual([]);
  });

  it('come with a page of the same figures and a picture', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-results-'));
    writeNetworkResults(folder, [row, { ...row, network: 'residual', goldenAccuracy: 0.99, fps200MHz: 4000 }], ['deep_mnist']);
    const page = readFileSync(join(folder, 'networks.md'), 'utf8');
    expect(page).toContain('| lenet_300_100 | mnist | 98.00 % | 97.73 % | -0.27 | 97.55 % | 2,000 | 0 | 266,610 | 26,000 | 10.3x |');
    expect(page).toContain('| lenet_300_100 | mnist | 1,000 | 200,000 | 12,345 | 20,000 | 0 | 12.5 |');
    expect(page).toContain('+1.00');
    expect(page).toContain('Not measured yet: deep_mnist.');
    expect(readFileSync(join(folder, 'networks.svg'), 'utf8')).toContain('>200,000<');
    expect(networkPage([], [])).toContain('Not measured yet.');
  });

  it('as committed say the same on the page', () => {
    if (!existsSync('docs/results/networks.json')) expect.fail('docs/results/networks.json is missing: npm run results:networks');
    const rows = JSON.parse(readFileSync('docs/results/networks.json', 'utf8')) as NetworkRow[];
    const page = readFileSync('docs/results/networks.md', 'utf8');
    for (const table of networkPage(rows, []).split('\n').filter((line) => line.startsWith('|'))) expect(page).toContain(table);
    for (const { mismatchedWords } of rows) expect(mismatchedWords).toBe(0);
  });

  it('are of the folders that hold a network file, all or those that are named', () => {
    const root = mkdtempSync(join(tmpdir(), 'shiftloom-examples-'));
    for (const id of ['b', 'a', 'other']) mkdirSync(join(root, id));
    for (const id of ['a', 'b']) writeFileSync(join(root, id, `${id}.network.json`), '{}');
    const examples = exampleNetworks(root);
    expect(examples.map(({ id }) => id)).toEqual(['a', 'b']);
    expect([...chosenNetworks(examples, undefined)]).toEqual(['a', 'b']);
    expect([...chosenNetworks(examples, 'b')]).toEqual(['b']);
    expect([...chosenNetworks(examples, 'none')]).toEqual([]);
    expect(() => chosenNetworks(examples, 'c')).toThrow("there is no network 'c'. Networks: a, b, none");
    expect([rtlSamples('lenet_300_100'), rtlSamples('deep_mnist')]).toEqual([2000, 1000]);
  });
});
