/** Where benchmarks leave their figures, and which commit these belong to. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { projectRoot } from '../project.js';

/** Commit of the working tree, with `+` behind it if files differ from it; `unknown` outside a repository. */
export function currentCommit(root = projectRoot()): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

/** Writes a value as `bench/out/<name>.json`, or to the file given; returns the path as a user would type it. */
export function writeResults(name: string, value: unknown, file = join(projectRoot(), 'bench', 'out', `${name}.json`)): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
  return relative(process.cwd(), file);
}
