/** The standard's schema and xmllint, for tests. Neither is part of this repository. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** The dialect that Vivado reads and writes. */
const FOLDER = 'ieee-1685-2009';

/** What git says, '' if it cannot. */
function git(...args: string[]): string {
  return spawnSync('git', args, { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** Beside the repository: this one, the one that a linked work tree belongs to, or the one on this machine that it was cloned from. */
function candidates(): string[] {
  const given = process.env.SHIFTLOOM_IPXACT_XSD;
  const common = git('rev-parse', '--path-format=absolute', '--git-common-dir');
  const origin = git('config', '--get', 'remote.origin.url').replace(/^file:\/\//, '');
  const repositories = ['.', ...(common ? [dirname(common)] : []), ...(isAbsolute(origin) ? [origin] : [])];
  return [...(given ? [given] : []), ...new Set(repositories.map((repository) => resolve(repository, '../shared/ipxact-xsd')))];
}

/**
 * Root file of the schema of IEEE 1685-2009, its files compared with the sums that lie beside them.
 * @throws Error with what to do if it is nowhere: a schema test that cannot run fails
 */
export function schemaFile(): string {
  const folder = candidates().find((path) => existsSync(join(path, FOLDER, 'index.xsd')));
  if (folder === undefined) {
    throw new Error(
      `the schema of IEEE 1685-2009 is not found at ${candidates().join(' or ')}. It is no part of this repository (docs/deploy.md, "The schema"). ` +
      'Put the folder there, or name it in SHIFTLOOM_IPXACT_XSD',
    );
  }
  const sums = [...readFileSync(join(folder, 'SHA256SUMS'), 'utf8').matchAll(/^([0-9a-f]{64}) [ *](?:\.\/)?(ieee-1685-2009\/\S+)$/gm)];
  if (sums.length < 20) throw new Error(`${folder}/SHA256SUMS lists ${sums.length} files of ${FOLDER}`);
  for (const [, sum, file] of sums) {
    const found = createHash('sha256').update(readFileSync(join(folder, file))).digest('hex');
    if (found !== sum) throw new Error(`${join(folder, file)} is not the file that the standard publishes`);
  }
  return join(folder, FOLDER, 'index.xsd');
}

/** What xmllint says about documents, by file name; nothing for those that are valid. */
export function schemaFindings(schema: string, paths: readonly string[]): Map<string, string[]> {
  const run = spawnSync('xmllint', ['--nonet', '--noout', '--schema', schema, ...paths], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.error) throw new Error('xmllint is missing. Install it with: sudo apt-get install libxml2-utils');
  if (run.status !== 0 && run.status !== 3 && run.status !== 1) throw new Error(`xmllint ended with ${run.status}: ${run.stderr}`);
  const lines = run.stderr.split('\n');
  for (const path of paths) {
    if (!lines.some((line) => line.startsWith(path))) throw new Error(`xmllint said nothing of ${path}: ${run.stderr}`);
  }
  return new Map(paths.map((path) => [path, lines.filter((line) => line.startsWith(`${path}:`))]));
}
