/** The device table: `constraints/parts/*.json`, one file for each part. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ShiftloomError, nearestName } from '../errors.js';

const count = z.int().positive();

export const partSchema = z.strictObject({
  name: z.string().regex(/^xc7z\d{3}$/).describe('Device without package and speed grade; equals the file name.'),
  title: z.string(),
  fabric: z.enum(['artix-7', 'kintex-7']),
  logicCells: count,
  lut: count.describe('6-input LUTs.'),
  ff: count,
  dsp: count.describe('DSP48E1 slices.'),
  bram36: count.describe('36-kbit block RAMs.'),
  speedGrades: z.array(z.string().regex(/^-[123]L?$/)).min(1),
  packages: z.array(z.string().regex(/^[a-z]{3}\d{3,4}$/)).min(1),
});

export type Part = z.infer<typeof partSchema>;

export const DEFAULT_PART = 'xc7z035';

/** Names of all parts, in ascending order. */
export function partNames(folder = partsFolder()): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/**
 * Reads a part by device name in any case; package and speed grade may follow, as in `xc7z035ffg676-2`.
 * @throws ShiftloomError('input') for an unknown part or a wrong part file.
 */
export function loadPart(wanted: string = DEFAULT_PART, folder = partsFolder()): Part {
  const names = partNames(folder);
  const name = wanted.toLowerCase();
  const device = names.find((known) => known === name) ?? names.find((known) => new RegExp(`^${known}[a-z]`).test(name));
  if (device === undefined) {
    const near = nearestName(name, names);
    throw new ShiftloomError('input', 'part', `"${wanted}" is not known`, `${near ? `Did you mean ${near}? ` : ''}Known parts: ${names.join(', ')}`);
  }
  const path = join(folder, `${device}.json`);
  const parsed = partSchema.safeParse(parseFile(path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ShiftloomError('input', path, `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  }
  if (parsed.data.name !== device) throw new ShiftloomError('input', path, `names the part "${parsed.data.name}", not "${device}"`);
  return parsed.data;
}

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ShiftloomError('input', path, (error as Error).message);
  }
}

/** `constraints/parts` of the package this file belongs to, seen from the sources and from `dist` alike. */
function partsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'constraints', 'parts'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new ShiftloomError('tool', 'shiftloom', 'constraints/parts is missing from the installed package', 'Install the package again');
    folder = parent;
  }
  return join(folder, 'constraints', 'parts');
}
