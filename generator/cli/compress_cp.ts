/** Options of `compress --encoding cp`: how a layer becomes factors. */
import { Option } from 'commander';
import type { CpChoice } from '../compress/cp/choice.js';
import { MOST_RANK, checkCpChoice } from '../compress/cp/choice.js';
import { ShiftloomError, nearestName } from '../errors.js';
import { checkAgainst } from '../layer/explain.js';
import { factorEncodingSchema, recodeEncodingSchema } from '../layer/schema.js';
import { oneOf, realNumber, wholeNumber } from './options.js';

export interface CpFlags {
  readonly rank?: number;
  readonly ratio?: number;
  readonly error?: number;
  readonly blocks?: number;
  readonly form?: 'spatial' | 'separable' | 'matrix';
  readonly factorEncoding?: CpChoice['factors'];
  readonly recode?: CpChoice['recode'];
  readonly residual?: number;
  readonly starts?: number;
  readonly iterations?: number;
}

/** Flag and key of the choice. */
const FLAGS = [
  ['rank', '--rank', 'rank'],
  ['ratio', '--ratio', 'ratio'],
  ['error', '--error', 'sqnrDb'],
  ['blocks', '--blocks', 'blocks'],
  ['form', '--form', 'form'],
  ['factorEncoding', '--factor-encoding', 'factors'],
  ['recode', '--recode', 'recode'],
  ['residual', '--residual', 'residual'],
  ['starts', '--starts', 'starts'],
  ['iterations', '--iterations', 'rounds'],
] as const;

export const cpOptions = [
  new Option('--rank <r>', 'cp: products of factor vectors that are summed').argParser(wholeNumber('--rank', 1, MOST_RANK)),
  new Option('--ratio <x>', 'cp: as many as leave the layer x times smaller than 4-bit weights, everything counted').argParser(realNumber('--ratio', 'numbers above 0 up to 1000', (v) => v > 0 && v <= 1000)),
  new Option('--error <db>', 'cp: as few as reach this SQNR, of the weights or with --calibrate of the sums, before recoding').argParser(realNumber('--error', 'numbers above 0 up to 60', (v) => v > 0 && v <= 60)),
  new Option('--form <form>', 'cp: spatial (one vector for the kernel), separable (one for its rows, one for its columns), matrix (1x1, linear)').argParser(oneOf('--form', ['spatial', 'separable', 'matrix'])),
  new Option('--factor-encoding <e>', 'cp: pot:K, apot or uniform:BITS for all factors (default pot:2), or for each, as in output=pot:6,input=pot:6,kernel=pot:3').argParser(factorEncodings),
  new Option('--recode <e>', 'cp: what the lanes take: pot[:K], apot, bpot[:GROUP], uniform:BITS, csd[:DIGITS] (default pot:6)').argParser(recodeEncoding),
  new Option('--residual <share>', 'cp: share of the weights that are corrected by a signed power of two, as in 0.5%').argParser(share),
  new Option('--starts <n>', 'cp: starts of which the best is taken, 1 to 16 (default 2)').argParser(wholeNumber('--starts', 1, 16)),
  new Option('--iterations <n>', 'cp: most rounds over all factors in each phase, 1 to 200 (default 20)').argParser(wholeNumber('--iterations', 1, 200)),
];

/** The first option that only `cp` has, if one is given. */
export function cpFlagOf(flags: CpFlags): string | undefined {
  return FLAGS.find(([key]) => flags[key] !== undefined)?.[1];
}

/** @throws ShiftloomError('usage') naming the option */
export function cpChoiceOf(flags: CpFlags): CpChoice {
  const given = (['rank', 'ratio', 'error'] as const).filter((key) => flags[key] !== undefined);
  if (given.length === 0) throw new ShiftloomError('usage', '--rank', "is needed for encoding 'cp'", 'As in: --rank 152, --ratio 10 or --error 12');
  if (given.length > 1) throw new ShiftloomError('usage', `--${given[0]}`, `cannot be given together with --${given[1]}`, 'Give one of --rank, --ratio and --error');
  const entries = FLAGS.map(([key, , name]) => [name, flags[key]] as const).filter(([, value]) => value !== undefined);
  return checkCpChoice({ encoding: 'cp', ...Object.fromEntries(entries) });
}

/** An error about a key of the choice becomes one about its option. */
export function byCpFlag(error: unknown): unknown {
  if (!(error instanceof ShiftloomError)) return error;
  const known = FLAGS.find(([, , name]) => error.place === `encoding.${name}` || error.place.startsWith(`encoding.${name}.`));
  return known ? error.at(known[1]) : error;
}

function share(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const value = match ? Number(match[1]) / (match[2] ? 100 : 1) : 0;
  if (value > 0 && value <= 0.5) return value;
  throw new ShiftloomError('usage', '--residual', `is '${text}'; allowed: shares above 0 up to 50%, as in 0.5% or 0.005`);
}

const FACTORS = { output: 'output', input: 'input', kernel: 'kernel', 'kernel-row': 'kernelRow', 'kernel-column': 'kernelColumn' } as const;

function factorEncodings(text: string): CpChoice['factors'] {
  if (!text.includes('=')) return oneEncoding('--factor-encoding', text, factorEncodingSchema, ['pot', 'apot', 'uniform']) as CpChoice['factors'];
  const parts = text.split(',').map((part) => part.split('=').map((side) => side.trim()));
  const names = Object.keys(FACTORS);
  const found: Record<string, unknown> = {};
  for (const [name, encoding = ''] of parts) {
    const key = FACTORS[name as keyof typeof FACTORS];
    if (key === undefined) {
      const near = nearestName(name, names);
      throw new ShiftloomError('usage', '--factor-encoding', `names '${name}', which is not one of ${names.join(', ')}`, near ? `Did you mean '${near}'?` : 'As in: output=pot:6,input=pot:6,kernel=pot:3');
    }
    if (key in found) throw new ShiftloomError('usage', '--factor-encoding', `names '${name}' twice`);
    found[key] = oneEncoding('--factor-encoding', encoding, factorEncodingSchema, ['pot', 'apot', 'uniform']);
  }
  return found as CpChoice['factors'];
}

function recodeEncoding(text: string): CpChoice['recode'] {
  return oneEncoding('--recode', text, recodeEncodingSchema, ['pot', 'apot', 'bpot', 'uniform', 'csd']) as CpChoice['recode'];
}

/** What the number behind an encoding's name is. */
const NUMBER_OF: Readonly<Record<string, string | undefined>> = { pot: 'maxShift', uniform: 'bits', bpot: 'groupSize', csd: 'digits' };

function oneEncoding(option: string, text: string, schema: Parameters<typeof checkAgainst>[0], names: readonly string[]): unknown {
  const match = /^([a-z]+):?(\d*)$/.exec(text.trim());
  const name = match?.[1] ?? '';
  const key = NUMBER_OF[name];
  const example = 'As in: pot:6, apot or uniform:4';
  if (!names.includes(name) || (match![2] !== '' && key === undefined)) {
    const near = nearestName(name, names);
    throw new ShiftloomError('usage', option, `is '${text}'; allowed: ${names.join(', ')}, with a number behind a colon where they have one`, near && near !== name ? `Did you mean '${near}'?` : example);
  }
  const number = match![2] === '' ? CUSTOMARY[name] : Number(match![2]);
  try {
    return checkAgainst(schema, { encoding: name, ...(key !== undefined && number !== undefined ? { [key]: number } : {}) }, option);
  } catch (error) {
    if (!(error instanceof ShiftloomError)) throw error;
    throw error.at(option, 'usage');
  }
}

/** Numbers that the description wants and a user need not give. */
const CUSTOMARY: Readonly<Record<string, number | undefined>> = { uniform: 4, csd: 2 };
