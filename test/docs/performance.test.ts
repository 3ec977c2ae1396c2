import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filledPage, sections } from '../../scripts/performance/sections.js';

describe('docs/performance.md', () => {
  it('has the tables of the committed results, as npm run bench:publish writes them', () => {
    const page = readFileSync('docs/performance.md', 'utf8');
    expect(filledPage(page, sections('bench/results'))).toBe(page);
  });

  it('keeps what stands outside of a marked section, and sections without a result', () => {
    const page = 'a\n<!-- bench x -->\nold\n<!-- end -->\nb\n<!-- bench y -->\nkept\n<!-- end -->\n';
    expect(filledPage(page, new Map([['x', 'new']]))).toBe('a\n<!-- bench x -->\nnew\n<!-- end -->\nb\n<!-- bench y -->\nkept\n<!-- end -->\n');
  });
});
