import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentationImages } from '../../scripts/docs/draw.js';
import { portGroups } from '../../scripts/docs/symbols.js';

const FOLDER = 'docs/images';

describe('pictures of the documentation', () => {
  const images = documentationImages();

  it('are those that the scripts draw (npm run build && node dist/scripts/docs/draw.js)', () => {
    for (const [name, svg] of Object.entries(images)) expect(readFileSync(join(FOLDER, name), 'utf8'), name).toBe(svg);
  });

  it('are all shown on a page', () => {
    const folders = ['.', 'docs', 'docs/units'];
    const text = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.md')).map((name) => readFileSync(join(folder, name), 'utf8'))).join('\n');
    for (const name of Object.keys(images)) expect(text).toContain(`images/${name}`);
  });

  it('are well-formed and have a background and a title', () => {
    for (const [name, svg] of Object.entries(images)) {
      const opened = [...svg.matchAll(/<(svg|title|text)\b/g)].length;
      const closed = [...svg.matchAll(/<\/(svg|title|text)>/g)].length;
      expect(opened, name).toBe(closed);
      expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+/);
      expect(svg.split('\n')[2]).toContain('fill="#ffffff"');
    }
  });
});

describe('the port list reader', () => {
  it('finds ports, buses and group titles of a module', () => {
    const verilog = ['module nn_x #(', '    parameter WIDTH = 8', ') (', '    input  wire             clk,', '    // Read port: one word', '    output reg  [WIDTH-1:0] data_o', ');'].join('\n');
    expect(portGroups(verilog)).toEqual([
      { title: '', ports: [{ direction: 'input', name: 'clk', isBus: false }] },
      { title: 'Read port', ports: [{ direction: 'output', name: 'data_o', isBus: true }] },
    ]);
  });
});
