/** Files in memory: relative path to text. Newlines are LF, no trailing blanks, one newline at the end; sorted by path. */
import { ShiftloomError } from '../errors.js';

export type FileSet = ReadonlyMap<string, string>;

/** Tidies texts and puts them in order, so that the same input gives the same bytes. */
export function fileSet(entries: Iterable<readonly [string, string]>): FileSet {
  const files = new Map<string, string>();
  for (const [path, text] of entries) {
    if (files.has(path)) throw new ShiftloomError('unsupported', path, 'two files of this name were generated');
    files.set(path, tidy(text));
  }
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function tidy(text: string): string {
  if (text.length > 100_000 && !/[ \t\r]\n/.test(text)) return text; // memory contents: already tidy, and large
  return `${text.replace(/[ \t\r]+$/gm, '').replace(/\n{3,}/g, '\n\n').replace(/\n+$/, '')}\n`;
}
