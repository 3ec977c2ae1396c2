import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from './package_paths.js';

/** Above this many bytes the entries that were not used for longest are removed. */
const SIZE_LIMIT = 2 * 1024 ** 3;
/** The cache is measured on the first new entry of a process and on every 50th after that. */
const PRUNE_EVERY = 50;
/** Stage folders of processes that died are removed after an hour. */
const STALE_MILLISECONDS = 3_600_000;
const STAGE_PREFIX = 'stage-';

/** Content hash of a list of texts; the order counts and no two different lists run together. */
export function contentHash(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 32);
}

/**
 * Folders by key. An entry is made in a stage folder and appears by one rename, so it is whole or not there, also
 * when two processes make the same one or when one is killed.
 */
export class ModelCache {
  private readonly making = new Map<string, Promise<{ path: string; cached: boolean }>>();
  private made = 0;

  constructor(readonly dir: string) {}

  /** The folder of `key`; `make` fills a new one. Concurrent calls with one key make it once. */
  entry(key: string, make: (stage: string) => Promise<void>): Promise<{ path: string; cached: boolean }> {
    const running = this.making.get(key);
    // Whoever waits for another's work did not find it in the cache; if that work was aborted, it starts anew.
    if (running) return running.then((found) => ({ ...found, cached: false }), () => this.entry(key, make));
    const work = this.findOrMake(key, make).finally(() => this.making.delete(key));
    this.making.set(key, work);
    return work;
  }

  private async findOrMake(key: string, make: (stage: string) => Promise<void>): Promise<{ path: string; cached: boolean }> {
    const path = join(this.dir, key);
    if (await exists(path)) {
      const now = new Date();
      await utimes(path, now, now).catch(() => undefined);
      return { path, cached: true };
    }
    await mkdir(this.dir, { recursive: true });
    const stage = await mkdtemp(join(this.dir, STAGE_PREFIX));
    try {
      await make(stage);
      await rename(stage, path).catch(async (error) => {
        if (!(await exists(path))) throw error; // otherwise another process was faster, with the same content
      });
    } finally {
      await rm(stage, { recursive: true, force: true, maxRetries: 3 }); // a compiler just killed may still write
    }
    if (this.made++ % PRUNE_EVERY === 0) await this.prune(key);
    return { path, cached: false };
  }

  /** Removes left-over stages, then the oldest entries until the rest fits `limit` bytes; `keep` stays in any case. */
  async prune(keep = '', limit = SIZE_LIMIT): Promise<void> {
    const entries: { path: string; size: number; used: number }[] = [];
    for (const name of await readdir(this.dir)) {
      const path = join(this.dir, name);
      const used = (await stat(path).catch(() => undefined))?.mtimeMs;
      if (used === undefined || name === keep) continue;
      if (!name.startsWith(STAGE_PREFIX)) entries.push({ path, size: await folderSize(path), used });
      else if (Date.now() - used > STALE_MILLISECONDS) await rm(path, { recursive: true, force: true });
    }
    entries.sort((a, b) => b.used - a.used);
    let total = keep ? await folderSize(join(this.dir, keep)) : 0;
    for (const entry of entries) {
      total += entry.size;
      if (total > limit) await rm(entry.path, { recursive: true, force: true });
    }
  }
}

const caches = new Map<string, ModelCache>();

/** One cache object per folder, so that concurrent jobs share their work. Default: in the package, or else in the user's cache folder. */
export function modelCache(dir?: string): ModelCache {
  const folder = dir ?? defaultCacheDir();
  let cache = caches.get(folder);
  if (!cache) caches.set(folder, (cache = new ModelCache(folder)));
  return cache;
}

function defaultCacheDir(): string {
  const own = join(packageRoot(), 'sim', 'build', 'cache');
  try {
    mkdirSync(own, { recursive: true });
    return own;
  } catch {
    return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shiftloom', 'models');
  }
}

async function folderSize(path: string): Promise<number> {
  const names = await readdir(path).catch(() => [] as string[]);
  const sizes = await Promise.all(names.map((name) => stat(join(path, name)).then((entry) => entry.size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
