import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { portGroups, UNIT_SOURCES } from '../../scripts/docs/symbols.js';
import { instantiatedCells } from '../../generator/render/cells.js';

const template = (source: string) => readFileSync(join('templates', source), 'utf8');

/** Every page of the repository's own documentation. */
function pages(): string[] {
  const folders = ['.', 'docs', 'docs/units', 'templates', 'rtl-out', 'sim', 'constraints', 'test', 'examples', 'examples/mnist'];
  return folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.md')).map((name) => join(folder, name)));
}

/** Anchors of a page's headings, as GitHub makes them. */
function anchors(text: string): string[] {
  const headings = text.replace(/```[\s\S]*?```/g, '').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, title]) => title.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'));
}

describe('links of the documentation', () => {
  it.each(pages())('%s leads only to files and headings that exist', (page) => {
    const text = readFileSync(page, 'utf8').replace(/```[\s\S]*?```/g, '');
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path, anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      expect(existsSync(target), `${page} links to ${link}`).toBe(true);
      if (anchor) expect(anchors(readFileSync(target, 'utf8')), `${page} links to ${link}`).toContain(anchor);
    }
  });
});

describe('the register map in docs/interfaces.md', () => {
  const verilog = template('cells/nn_control_registers.v');
  const section = readFileSync('docs/interfaces.md', 'utf8').split('## Registers')[1].split('\n## ')[0];
  const documented = new Map([...section.matchAll(/^\| (0x[0-9A-F]{2}) \| (\w+) \| [^|]* \| ([^|]*) \|/gm)].map(([, address, , access]) => [Number(address), access]));
  const word = (index: string) => 4 * Number.parseInt(index, 16);

  it('has every register that can be read, and no other as readable', () => {
    const read = [...verilog.matchAll(/^ +6'h([0-9A-F]{2}): r_q <=/gm)].map(([, index]) => word(index));
    const readable = [...documented].filter(([address, access]) => access.includes('R') || address === 0).map(([address]) => address);
    expect(read.sort((a, b) => a - b)).toEqual(readable.sort((a, b) => a - b));
  });

  it('has every register that can be written, and no other as writable', () => {
    const written = [...verilog.matchAll(/write_\w+ <= write & ~bus_rst_i & \(aw_q == 6'h([0-9A-F]{2})\)/g)].map(([, index]) => word(index));
    const writable = [...documented].filter(([, access]) => /W|write/.test(access)).map(([address]) => address);
    expect(written.sort((a, b) => a - b)).toEqual(writable.sort((a, b) => a - b));
  });
});

describe('pages of the hardware units', () => {
  const shown = new Set(Object.values(UNIT_SOURCES));

  it('exist for every template and for every cell of the engine', () => {
    const templates = readdirSync('templates/rtl').map((name) => `rtl/${name}`);
    const cells = instantiatedCells(['top', 'sequencer', 'loadable_memory'].map((unit) => readFileSync(`templates/rtl/${unit}.v.hbs`, 'utf8')));
    expect(cells).toContain('nn_drain');
    for (const source of [...templates, ...cells.map((name) => `cells/${name}.v`)]) {
      if (source === 'rtl/processing_element.v.hbs') expect(existsSync('docs/units/processing_element.md')).toBe(true);
      else expect(shown, source).toContain(source);
    }
  });

  it.each(Object.entries(UNIT_SOURCES))('%s: every port and parameter is explained', (unit, source) => {
    const page = readFileSync(`docs/units/${unit}.md`, 'utf8');
    const verilog = template(source);
    const ports = portGroups(verilog).flatMap((group) => group.ports.map((port) => port.name));
    expect(ports.length).toBeGreaterThan(2);
    for (const port of ports.filter((name) => !/^[sm]_axi|^a?clk$|^rst$|^aresetn$|^interrupt$/.test(name))) expect(page).toContain(`\`${port}\``);
    for (const [, parameter] of verilog.matchAll(/^ {4}parameter (?:\[.*?\] )?(\w+)/gm)) expect(page).toContain(`\`${parameter}\``);
  });
});
