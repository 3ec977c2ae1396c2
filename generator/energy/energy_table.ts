/** The energy figures of the cells: `constraints/energy/*.json`, each figure with its range and its source. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';

/** What is counted. Each has a figure in pJ; energy is the sum of counts times figures. docs/energy.md says what each stands for. */
export const FIGURES = ['net', 'sink', 'lut', 'carry', 'flipFlop', 'clock', 'shiftRegister', 'dspCycle', 'dspBit', 'blockRam'] as const;
export type Figure = (typeof FIGURES)[number];

const figureSchema = z
  .strictObject({
    low: z.number().nonnegative(),
    nominal: z.number().positive(),
    high: z.number().positive(),
    per: z.string().describe('The event that costs so many pJ.'),
    source: z.string().min(20).describe('Where the figure comes from, and what was done to it.'),
  })
  .refine(({ low, nominal, high }) => low <= nominal && nominal <= high, 'low, nominal and high must ascend');

export const energyTableSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+$/),
  title: z.string(),
  volts: z.number().positive().describe('Core voltage that the figures hold for.'),
  figures: z.strictObject(Object.fromEntries(FIGURES.map((name) => [name, figureSchema])) as Record<Figure, typeof figureSchema>),
});

export type EnergyTable = z.infer<typeof energyTableSchema>;

/** Low, nominal and high of a sum. */
export interface Range {
  readonly low: number;
  readonly nominal: number;
  readonly high: number;
}

/** @throws ShiftloomError('input') for an unknown or wrong table */
export function loadEnergyTable(name = 'xc7', folder = tablesFolder()): EnergyTable {
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) throw new ShiftloomError('input', path, 'there is no such energy table', 'Give the name of a file in constraints/energy');
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ShiftloomError('input', path, (error as Error).message);
  }
  const parsed = energyTableSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ShiftloomError('input', path, `${issue.path.join('.') || 'the file'}: ${issue.message}`);
}

/** `constraints/energy` of the package this file belongs to, seen from the sources and from `dist` alike. */
function tablesFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'constraints', 'energy'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new ShiftloomError('tool', 'shiftloom', 'constraints/energy is missing from the installed package', 'Install the package again');
    folder = parent;
  }
  return join(folder, 'constraints', 'energy');
}
