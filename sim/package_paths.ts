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

/** All C++ of the bench by file name, in the order of names. */
export async function benchSources(): Promise<Record<string, string>> {
  const names = (await readdir(harnessDir())).filter((name) => /\.(h|cpp)$/.test(name)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(harnessDir(), name), 'utf8')] as const)));
}
