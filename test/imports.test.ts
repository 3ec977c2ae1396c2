import { readFileSync, readdirSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Folder (or single file) of the import table in docs/architecture.md that a source belongs to. */
function areaOf(file: string): string {
  const [top, second, third] = file.split('/');
  if (top !== 'generator') return top;
  return third === undefined ? second.replace(/\.[jt]s$/, '') : second;
}

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = posix.join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

const files = ['generator', 'sim', 'scripts'].flatMap(sources);

/** Rows of the table: area to the areas it may import. */
function allowed(): Map<string, Set<string>> {
  const rows = readFileSync('docs/architecture.md', 'utf8').matchAll(/^\| ((?:`\w+`(?:, )?)+) \|([^|]*)\|[^|]*\|$/gm);
  const areas = new Set(files.map(areaOf));
  const table = new Map<string, Set<string>>();
  for (const [, names, rule] of rows) {
    const but = rule.trim().startsWith('everything') ? [...rule.matchAll(/`(\w+)`/g)].map(([, name]) => name) : undefined;
    const may = new Set(but ? [...areas].filter((area) => !but.includes(area)) : rule.split(',').map((name) => name.trim()).filter(Boolean));
    for (const [, name] of names.matchAll(/`(\w+)`/g)) table.set(name, may);
  }
  return table;
}

describe('imports between folders', () => {
  const table = allowed();

  it('have a row in docs/architecture.md for every folder', () => {
    expect([...new Set(files.map(areaOf))].filter((area) => !table.has(area))).toEqual([]);
  });

  it('go only where docs/architecture.md lets them', () => {
    const wrong: string[] = [];
    for (const file of files) {
      for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
        const to = areaOf(posix.join(posix.dirname(file), target));
        const from = areaOf(file);
        if (from !== to && !table.get(from)?.has(to)) wrong.push(`${file} imports ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
