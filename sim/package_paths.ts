import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package: the one above this file that holds package.json, from sources and from dist alike. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json of shiftloom not found above its own files');
    folder = parent;
  }
  return folder;
}

/** Folder of the C++ bench and of the scripts of threads and processes, which are used as they are: tsc compiles none. */
export function harnessDir(): string {
  return join(packageRoot(), 'sim', 'harness');
}

/** Folder of the model of a board that drivers run on. */
export function boardDir(): string {
  return join(packageRoot(), 'sim', 'board');
}

/** All C++ of the bench by file name, in the order of names. */
export function benchSources(): Promise<Record<string, string>> {
  return sourcesIn(harnessDir());
}

/** C and C++ of the board model by path in its folder. */
export function boardSources(): Promise<Record<string, string>> {
  return sourcesIn(boardDir());
}

async function sourcesIn(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(h|c|cpp)$/.test(name)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}
