import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Handlebars from 'handlebars';
import { describe, expect, it } from 'vitest';
import { randomBlockLayer } from '../../generator/expand/random_block_layer.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { generateNetwork } from '../../generator/generate_network.js';
import { generateShared } from '../../generator/generate_shared.js';
import { randomNetwork } from '../../generator/network/random.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { randomBlockLanes } from '../../generator/layer/random_block_lanes.js';
import { randomHold } from '../../generator/layer/random_hold.js';
import { randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { SCALAR_ENCODINGS } from '../../generator/layer/random_weights.js';
import { STREAM_CELLS } from '../support/stream_cells.js';

/** Ten designs of each encoding, uniform with both kinds of lanes, some of which hold their weights, five of permuted blocks, and ten that rebuild their weights. */
const designs: Generated[] = [
  ...SCALAR_ENCODINGS.flatMap((encoding) =>
    Array.from({ length: 10 }, (_, i) => {
      const layer = randomLayer(500 + i, { encodings: [encoding] });
      return generateLayer(layer, { ...randomLanes(layer, i), ...randomHold(layer, i) });
    }),
  ),
  ...Array.from({ length: 5 }, (_, i) => {
    const layer = randomBlockLayer(1 + i);
    return generateLayer(layer, { ...randomLanes(layer, 1 + i), ...randomBlockLanes(layer, 1 + i) });
  }),
  ...Array.from({ length: 10 }, (_, i) => {
    const layer = randomCpLayer(520 + i, i % 2 === 0 ? { factors: ['pot'] } : {});
    return generateLayer(layer, { ...randomLanes(layer, i), weights: 'rebuilt' });
  }),
];
const verilogFiles = designs.flatMap(({ verilog, files }) => verilog.map((path) => ({ path, text: files.get(path)! })));

/** Lines of code; what repeats with the layer's size may be long: memory instances, and the table of kernel positions. */
function lines(text: string): number {
  const listed = text.replace(/ *nn_ram #\([\s\S]*?\);\n/g, '').replace(/^ +\d+'d\d+: begin\n[^]*?^ +end\n/gm, '');
  return listed.split('\n').length;
}

describe('templates', () => {
  const folders = ['templates/rtl', 'templates/partials'];
  const templates = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.hbs')).map((name) => join(folder, name)));

  it.each(templates)('%s precompiles, with known helpers only', (path) => {
    const options = { strict: true, knownHelpersOnly: true, knownHelpers: { each: true, if: true, unless: true } };
    expect(() => Handlebars.precompile(readFileSync(path, 'utf8'), options)).not.toThrow();
  });

  it('every cell is a module of its file\'s name, with the net type off at the top and on again at the end', () => {
    for (const name of readdirSync('templates/cells')) {
      const text = readFileSync(join('templates/cells', name), 'utf8');
      expect(name).toMatch(/^nn_[a-z0-9_]+\.v$/);
      expect([...text.matchAll(/^module (\w+)/gm)].map(([, module]) => `${module}.v`), name).toEqual([name]);
      expect(text.indexOf('`default_nettype none'), name).toBeGreaterThan(0);
      expect(text.trimEnd().endsWith('`default_nettype wire'), name).toBe(true);
    }
  });
});

describe('emitted files of random designs', () => {
  it('are the same bytes when generated again', () => {
    for (const { plan, files } of designs.filter((_, i) => i % 7 === 0)) {
      expect([...generateLayer(plan.layer, plan.lanes).files]).toEqual([...files]);
    }
  });

  it('hold one module each, named as the file, with a header that tells purpose and origin', () => {
    for (const { path, text } of verilogFiles) {
      const name = /rtl\/(\w+)\.v$/.exec(path)![1];
      expect([...text.matchAll(/^module (\w+)/gm)].map(([, module]) => module), path).toEqual([name]);
      expect(text.startsWith(`// ${name}: `), path).toBe(true);
      if (!name.startsWith('nn_')) expect(text, path).toMatch(/shiftloom \d+\.\d+\.\d+/);
    }
  });

  it('switch implicit nets off at the top and on again at the end', () => {
    for (const { path, text } of verilogFiles) {
      expect(text.match(/`default_nettype none/g), path).toHaveLength(1);
      expect(text.trimEnd().endsWith('`default_nettype wire'), path).toBe(true);
    }
  });

  it('tell neither date, user, host nor absolute path', () => {
    for (const { files } of designs) {
      for (const [path, text] of files) {
        if (path.endsWith('.mem')) continue;
        expect(text, path).not.toMatch(/\b20\d\d-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b/);
        expect(text, path).not.toMatch(/(^|[\s"'(])\/(home|root|tmp|usr|work|Users)\//m);
      }
    }
  });

  it('have tidy text: no tabs, no blanks at line ends, one newline at the end', () => {
    for (const { path, text } of verilogFiles) {
      expect(text, path).not.toMatch(/\t|[ \r]\n|\n\n$/);
      expect(text.endsWith('\n'), path).toBe(true);
    }
  });

  it('keep to 400 lines, lists of memories and the table of the kernel aside', () => {
    for (const { path, text } of verilogFiles) expect(lines(text), path).toBeLessThanOrEqual(400);
  });

  it('list every Verilog file in files.f and nothing else, and every memory file is named by a module', () => {
    for (const { verilog, files } of designs) {
      expect(files.get('files.f')!.trim().split('\n')).toEqual([...verilog]);
      expect([...files.keys()].filter((path) => path.endsWith('.v')).sort()).toEqual([...verilog].sort());
      const text = verilog.map((path) => files.get(path)!).join('\n');
      for (const memory of [...files.keys()].filter((path) => path.endsWith('.mem'))) expect(text).toContain(`"${memory}"`);
    }
  });

  it('name clocks, resets, ports and instances by the table of docs/verilog_style.md', () => {
    for (const { path, text } of verilogFiles.filter(({ path }) => !path.endsWith('_top.v'))) {
      const code = text.replace(/\/\/.*$/gm, '');
      for (const [, direction, port] of code.matchAll(/^\s+(input|output)\s+(?:wire|reg)?\s*(?:signed)?\s*(?:\[[^\]]+\])?\s*(\w+)/gm)) {
        if (/^(clk|rst|irq|[sm]_axi\w+)$/.test(port)) continue;
        expect(port, path).toMatch(direction === 'input' ? /_i$/ : /_o$/);
      }
      for (const [, instance] of code.matchAll(/^\s+(?:\) )(\w+) \($/gm)) expect(instance, path).toMatch(/^u_/);
      for (const [, block] of code.matchAll(/\bbegin : (\w+)/g)) expect(block, path).toMatch(/^gen_/);
    }
  });
});

/** Verilog of a chain with pooling. */
function networkSources(): { path: string; text: string }[] {
  const network = randomNetwork(17);
  const lanes = new Map(network.nodes.map(({ name }) => [name, { oc: 1, ic: 1, pixel: 1, kind: 'lut' } as const]));
  const { files, verilog } = generateNetwork(network, lanes);
  expect(files.get('rtl/random_network_17_top.v')).toContain('network_top.v.hbs');
  return verilog.map((path) => ({ path, text: files.get(path)! }));
}

/** A time-shared engine with all that a network may need. */
function sharedSources(): { path: string; text: string }[] {
  const { plan, files, verilog } = generateShared(randomNetwork(24, { shape: 'residual', encodings: ['bpot'], argmax: false }), { oc: 4, ic: 4 });
  expect(plan.units).toMatchObject({ padding: true, pool: true, add: true, table: true });
  return verilog.map((path) => ({ path, text: files.get(path)! }));
}

describe('units and cells', () => {
  it('every cell and unit is used by some design of a random layer, or stands between the layers of a network', () => {
    const emittedFiles = [...verilogFiles, ...networkSources(), ...sharedSources()];
    const emitted = new Set([...emittedFiles.map(({ path }) => path.replace('rtl/', '')), ...Object.keys(STREAM_CELLS).map((cell) => `${cell}.v`)]);
    const cells = readdirSync('templates/cells');
    const source = emittedFiles.map(({ text }) => text).join('\n');
    const unused = cells.filter((name) => !emitted.has(name) && !new RegExp(`\\b${name.replace('.v', '')}\\b`).test(source));
    expect(unused).toEqual([]);
    const units = readdirSync('templates/rtl').map((name) => name.replace('.v.hbs', ''));
    const headers = emittedFiles.map(({ text }) => text.slice(0, 1000)).join('\n');
    for (const unit of units) expect(headers.includes(` ${unit}.v.hbs`) || headers.includes(`/${unit}.v.hbs`), unit).toBe(true);
  });

  it('every unit has its page and is named in a test', () => {
    const tests = readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => readFileSync(join('test', name), 'utf8'))
      .join('\n');
    for (const name of readdirSync('templates/rtl')) {
      const unit = name.replace('.v.hbs', '');
      expect(readdirSync('docs/units'), unit).toContain(`${unit}.md`);
      expect(tests.includes(unit.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())) || tests.includes(unit), unit).toBe(true);
    }
  });
});
