/** What the folders of both forms of a network's accelerator have in common when they are read back. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ShiftloomError } from '../errors.js';
import { networkHash } from '../generate_network.js';
import { readJson } from '../layer/json_text.js';
import type { Network } from '../network/network.js';
import { MARKER } from '../output/write.js';
import { holdsDesign } from './design.js';

/** Whether the folder holds a design of that format. @throws ShiftloomError('input') if its design.json cannot be read */
export async function holdsFormat(folder: string, format: string): Promise<boolean> {
  if (!(await holdsDesign(folder))) return false;
  const value = await readJson(path.join(folder, MARKER));
  return typeof value === 'object' && value !== null && 'format' in value && value.format === format;
}

/** @param hash of the network that the folder was generated from. @throws ShiftloomError('input') if `network` is another */
export function checkSameNetwork(folder: string, hash: string, network: Network): void {
  if (networkHash(network) === hash) return;
  throw new ShiftloomError('input', folder, `was generated from network ${hash}, the network given is ${networkHash(network)}`, 'Generate it again, or give the network it was made from');
}

/** Verilog in compile order, from files.f, and the text of it and of the memories by path. @throws ShiftloomError('input') if a file is missing */
export async function readDesignFiles(folder: string): Promise<{ readonly verilog: readonly string[]; readonly files: ReadonlyMap<string, string> }> {
  const verilog = (await fileOf(folder, 'files.f')).split('\n').filter((line) => line !== '');
  const memories = (await readdir(path.join(folder, 'mem')).catch(() => [] as string[])).filter((name) => name.endsWith('.mem')).sort();
  const files = new Map<string, string>();
  for (const file of [...verilog, ...memories.map((name) => `mem/${name}`)]) files.set(file, await fileOf(folder, file));
  return { verilog, files };
}

async function fileOf(folder: string, file: string): Promise<string> {
  const place = path.join(folder, file);
  return readFile(place, 'utf8').catch(() => {
    throw new ShiftloomError('input', place, 'belongs to the design and is missing', 'Generate the design again');
  });
}
