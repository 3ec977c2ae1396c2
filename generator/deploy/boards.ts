/** Boards: `constraints/boards/*.json`, a JSON of the user's in the same form, or a Vivado board file. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ShiftloomError, nearestName } from '../errors.js';
import { checkAgainst } from '../layer/explain.js';
import { templatesFolder } from '../render/engine.js';
import { loadPart } from '../synthesize/parts.js';
import { readBoardXml } from './board_xml.js';

const pin = z.string().regex(/^[A-Z]{1,2}\d{1,2}$/);

const boardSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  title: z.string().min(1),
  part: z.string().regex(/^x[aqc]7z\d{3}\w+-[123]L?[A-Z]?$/).describe('As Vivado writes it: device, package and speed grade.'),
  boardPart: z.string().regex(/^[\w.]+:[\w.-]+:[\w.]+:[\w.]+$/).optional().describe('Taken if this Vivado has it installed.'),
  ddrMegabytes: z.int().min(16).max(1024),
  processor: z.record(z.string().regex(/^PCW_\w+$/), z.string()).describe('Parameters of the PS7 IP; what is not named keeps its default.'),
  processorScript: z.string().optional().describe('Preset that Vivado exported, a Tcl file beside this one with the procedure apply_preset.'),
  leds: z.array(z.strictObject({ pin, standard: z.string() })).default([]),
  clocks: z.array(z.strictObject({ pin, standard: z.string(), mhz: z.number().positive().optional() })).default([]),
  tried: z.string().default('nothing on hardware yet').describe('What was run on a real board.'),
  notes: z.array(z.string()).default([]),
  sources: z.array(z.string()).default([]).describe('Where each figure comes from.'),
});

export type BoardFile = z.infer<typeof boardSchema>;

/** A board with the text of its preset script, if it has one. */
export interface Board extends BoardFile {
  readonly presetText?: string;
}

/** Folder of the boards that come with the package. */
function boardsFolder(): string {
  return join(dirname(templatesFolder()), 'constraints', 'boards');
}

export function boardNames(folder = boardsFolder()): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).sort();
}

/**
 * A board that comes with the package.
 * @throws ShiftloomError('input') for an unknown name, with the nearest one
 */
export function loadBoard(name: string, folder = boardsFolder()): Board {
  const names = boardNames(folder);
  const wanted = name.toLowerCase();
  if (!names.includes(wanted)) {
    const near = nearestName(wanted, names);
    throw new ShiftloomError('input', '--board', `"${name}" is not known`, `${near ? `Did you mean ${near}? ` : ''}Known boards: ${names.join(', ')}; for another one see --board-file`);
  }
  return readBoardFile(join(folder, `${wanted}.json`));
}

/**
 * A board from a file: our JSON, or a `board.xml` of Vivado's with the `preset.xml` that it names beside it.
 * @throws ShiftloomError('input') if the file or the part is wrong
 */
export function readBoardFile(path: string): Board {
  const text = fileText(path);
  const found = path.endsWith('.xml') ? readBoardXml(text, path, (name) => optionalText(join(dirname(path), name))) : parseJson(text, path);
  const board = checkAgainst(boardSchema, found, path);
  const part = loadPart(board.part);
  if (!part.packages.some((name) => board.part.includes(name))) {
    throw new ShiftloomError('input', `${path} part`, `is "${board.part}", and the ${part.title} is sold in ${part.packages.join(', ')}`);
  }
  if (board.processorScript === undefined) return board;
  return { ...board, presetText: fileText(join(dirname(path), basename(board.processorScript))) };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ShiftloomError('input', path, `is no JSON: ${(error as Error).message}`);
  }
}

function fileText(path: string): string {
  if (!existsSync(path)) throw new ShiftloomError('input', path, 'is not there', 'Give the path of a board file: board.xml, or JSON as in constraints/boards');
  return readFileSync(path, 'utf8');
}

function optionalText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
