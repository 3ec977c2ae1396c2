/**
 * Results by content hash, so that what was computed once is not computed again and an interrupted run goes on where it was. A result is a folder
 * that appears by one rename, whole or not at all.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelCache, contentHash, modelCache } from '../../sim/cache.js';
import { readJson } from '../layer/json_text.js';
import { addToOutput } from '../output/write.js';
import { fileSet } from '../output/file_set.js';
import { GENERATOR_VERSION } from '../version.js';

const RESULT_FILE = 'result.json';

export class ResultCache {
  private readonly folders: ModelCache;

  /** @param folder default: beside the simulator's compiled models */
  constructor(folder?: string) {
    this.folders = new ModelCache(folder ?? path.join(path.dirname(modelCache().dir), 'explore'));
  }

  /** The result of `key`, computed by `make` if it is not there. */
  async result<T>(key: readonly string[], make: () => Promise<T>): Promise<T> {
    const known = await this.known<T>(key);
    if (known !== undefined) return known;
    const value = await make();
    await this.keep(key, value);
    return value;
  }

  /** The result that was kept, or undefined; one that cannot be read counts as not there. */
  async known<T>(key: readonly string[]): Promise<T | undefined> {
    return readJson(path.join(this.folders.dir, contentHash(key), RESULT_FILE)).then((value) => value as T, () => undefined);
  }

  async keep(key: readonly string[], value: unknown): Promise<void> {
    await this.folders.entry(contentHash(key), (stage) => addToOutput(stage, fileSet([[RESULT_FILE, `${JSON.stringify(value)}\n`]])));
  }
}

let plannerText: string | undefined;

/** The version of the generator and the text of its planner: another estimate must not be answered from the cache. */
export function plannerVersion(): string {
  if (plannerText === undefined) {
    const folder = fileURLToPath(new URL('../plan', import.meta.url));
    const hash = createHash('sha256');
    for (const name of readdirSync(folder).filter((file) => /\.[jt]s$/.test(file)).sort()) hash.update(name).update(readFileSync(path.join(folder, name)));
    plannerText = hash.digest('hex').slice(0, 16);
  }
  return `${GENERATOR_VERSION} ${plannerText}`;
}
