import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Import {
  from: string;
  to: string;
}

/** Every import between files of ours, as paths from the root; type-only ones too. */
function imports(...folders: string[]): Import[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)),
  );
  return files.flatMap((from) =>
    [...readFileSync(from, 'utf8').matchAll(/\bfrom '(\.[^']+)'/g)].map(([, target]) => ({ from, to: normalize(join(dirname(from), target)) })),
  );
}

const own = imports('generator', 'sim', 'scripts');
const within = (path: string, ...folders: string[]) => folders.some((folder) => path.startsWith(`${folder}/`) || path === folder);

/** Imports from `folder` that lead to none of the `allowed` places. */
function strays(folder: string, ...allowed: string[]): string[] {
  return own.filter(({ from, to }) => within(from, folder) && !within(to, folder, ...allowed)).map(({ from, to }) => `${from} -> ${to}`);
}

describe('which folder may import which', () => {
  it('sees the imports that there are', () => {
    expect(own.length).toBeGreaterThan(300);
    expect(own).toContainEqual({ from: 'generator/flow/simulate.ts', to: 'sim/simulate.js' });
  });

  it('the golden model is written from the layer alone: neither plan, units nor templates', () => {
    expect(strays('generator/golden', 'generator/layer', 'generator/errors.js')).toEqual([]);
    const golden = readdirSync('generator/golden').map((name) => readFileSync(join('generator/golden', name), 'utf8'));
    expect(golden.filter((text) => /templates\b.*\.(v|hbs)/.test(text))).toEqual([]);
  });

  it('the layer description depends on nothing but itself', () => {
    expect(strays('generator/layer', 'generator/errors.js')).toEqual([]);
  });

  it('the plan holds numbers: it knows neither units, text nor files', () => {
    expect(strays('generator/plan', 'generator/layer', 'generator/network/network.js', 'generator/errors.js', 'generator/verilog')).toEqual([]);
  });

  it('units make views of the plan and never compute from tensors or write files', () => {
    expect(strays('generator/units', 'generator/plan', 'generator/verilog', 'generator/version.js', 'generator/layer/layer.js', 'generator/network/network.js', 'generator/errors.js')).toEqual([]);
  });

  it('nothing in the generator but the flow and the command line uses the simulator', () => {
    const users = own.filter(({ from, to }) => within(from, 'generator') && within(to, 'sim')).map(({ from }) => dirname(from));
    expect([...new Set(users)].sort()).toEqual(['generator/flow']);
  });

  it('the simulator uses of the generator only layer, golden model and errors', () => {
    expect(strays('sim', 'generator/layer', 'generator/golden', 'generator/errors.js')).toEqual([]);
  });

  it('nothing depends on the command line but the scripts', () => {
    const users = own.filter(({ from, to }) => within(to, 'generator/cli') && !within(from, 'generator/cli', 'scripts'));
    expect(users).toEqual([]);
  });

  it('only output/ writes designs: no other file between layer and report opens one for writing', () => {
    const writers = readdirSync('generator', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && /\b(writeFile|writeFileSync|createWriteStream|appendFile)\b/.test(readFileSync(join('generator', name), 'utf8')))
      .sort();
    // Tensor and layer files go through layer/files.ts; a native Yosys gets its sources in a temporary folder.
    expect(writers).toEqual(['layer/files.ts', 'output/write.ts', 'synthesize/native.ts']);
  });
});
