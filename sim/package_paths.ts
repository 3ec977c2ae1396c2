import { existsSync } from 'node:fs';
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

/** Folder of the C++ bench and of the worker scripts, which are used as they are and never compiled by tsc. */
export function harnessDir(): string {
  return join(packageRoot(), 'sim', 'harness');
}
