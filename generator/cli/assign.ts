/** `shiftloom assign`: an encoding for each layer of a network, of least measured error within a budget. */
import path from 'node:path';
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import { applyAssignment, assignLayers, checkAssignmentTarget, isAssignment, openFloatLayers, readAssignment, writeAssignment, type AppliedLayer, type AssignmentBudget } from '../flow/assign.js';
import { checkTargets } from '../flow/compressed_files.js';
import { ENCODING_NAMES, namedEncodings } from '../flow/encoding_names.js';
import type { FlowContext } from '../flow/context.js';
import type { AssignResult } from '../assign/assign.js';
import type { EncodingChoice } from '../compress/options.js';
import type { CommandSpec } from './command.js';
import { foldingRequest, limitOptions, realNumber, wholeNumber, type LimitFlags } from './options.js';
import { aligned, count, type CommandResult } from './terminal.js';

interface AssignFlags extends LimitFlags {
  readonly maxBits?: number;
  readonly bitsPerWeight?: number;
  readonly encodings?: string;
  readonly sensitivity?: ReadonlyMap<string, number>;
  readonly calibrate?: boolean;
  readonly out?: string;
  readonly apply?: string;
}

const DEFAULT_ENCODINGS = 'bpot,codebook8,apot,uniform4,codebook16,codebook32,uniform6,uniform8';
const DEFAULT_OUT = 'network.assignment.json';

/** What says how to find an assignment, by the name of its flag. */
const FINDING = {
  maxBits: '--max-bits', bitsPerWeight: '--bits-per-weight', maxLut: '--max-lut', latency: '--latency', target: '--target', maxDsp: '--max-dsp', maxBram: '--max-bram',
  encodings: '--encodings', sensitivity: '--sensitivity', calibrate: '--calibrate', out: '--out',
} as const;

const BUDGET_WORDS: Readonly<Record<string, string>> = {
  '--max-lut': 'budget: so many LUTs for an engine for each layer side by side, without DSP blocks, of 256 multiply-accumulates per cycle or as --latency asks for; e.g. 60000 or 60%',
  '--latency': 'budget: so long for all layers one after the other, each on an engine within the part; with --max-lut: for each layer',
};

export const assignCommand: CommandSpec<AssignFlags> = {
  name: 'assign',
  summary: 'Choose an encoding for each layer of a network: least measured error within a budget of bits, LUTs or time.',
  args: [['<layers...>', 'float layers, *.float.json, or folders of them; or an assignment, to carry it out with --apply']],
  options: [
    new Option('--max-bits <n>', 'budget: so many stored bits for all layers').argParser(wholeNumber('--max-bits', 1)),
    new Option('--bits-per-weight <x>', 'budget: so many stored bits for each weight, on average').argParser(realNumber('--bits-per-weight', 'numbers above 0', (v) => v > 0)),
    ...limitOptions().map(budgetOption),
    new Option('--encodings <list>', `encodings to choose from: ${ENCODING_NAMES} (default ${DEFAULT_ENCODINGS})`),
    new Option('--sensitivity <list>', "what the error of a layer's outputs counts, as in conv1=4,conv2=0.5 (default 1 each)").argParser(sensitivities),
    new Option('--calibrate', 'calibrate every layer on its recorded inputs'),
    new Option('--out <file>', `the assignment, to read, edit and carry out (default ${DEFAULT_OUT})`),
    new Option('--apply <folder>', 'compress all layers as assigned into this folder'),
  ],
  example: 'shiftloom assign layers --bits-per-weight 3.6 --calibrate --out network.assignment.json\nshiftloom assign network.assignment.json --apply compressed\nshiftloom assign conv1.float.json conv2.float.json --max-lut 60% --latency 1ms --apply compressed',
  run: async (places, flags, context) => {
    let found: string | undefined;
    for (const place of places) if (await isAssignment(place)) found ??= place;
    if (found === undefined) return assign(places, flags, context);
    if (places.length === 1) return carryOut(found, flags, context);
    throw new ShiftloomError('usage', found, 'is an assignment: it is carried out alone', 'Give it with --apply FOLDER, or only float layers');
  },
};

/** The options of a folding's limits in the words that fit a network. */
function budgetOption(option: Option): Option {
  const words = BUDGET_WORDS[option.long ?? ''];
  if (words !== undefined) option.description = words;
  return option;
}

function sensitivities(text: string): ReadonlyMap<string, number> {
  const entries = text.split(',').map((part) => /^\s*([a-z][a-z0-9_]*)\s*=\s*(\d+(?:\.\d+)?)\s*$/.exec(part));
  if (entries.some((entry) => entry === null)) throw new ShiftloomError('usage', '--sensitivity', `is '${text}'; allowed: NAME=NUMBER with commas between, as in conv1=4,conv2=0.5`);
  const names = entries.map((entry) => entry![1]);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ShiftloomError('usage', '--sensitivity', `names '${twice}' twice`);
  return new Map(entries.map((entry) => [entry![1], Number(entry![2])]));
}

function budgetOf({ maxBits, bitsPerWeight, ...limits }: AssignFlags): AssignmentBudget {
  const engine = limits.maxLut !== undefined || limits.latency !== undefined;
  const given = [maxBits !== undefined ? '--max-bits' : [], bitsPerWeight !== undefined ? '--bits-per-weight' : [], engine ? '--max-lut or --latency' : []].flat();
  if (given.length === 0) throw new ShiftloomError('usage', 'budget', 'is needed', 'Give --max-bits, --bits-per-weight, --max-lut or --latency');
  if (given.length > 1) throw new ShiftloomError('usage', given[1], `cannot be given together with ${given[0]}`, 'Give one budget');
  const foreign = (['target', 'maxDsp', 'maxBram'] as const).find((key) => !engine && limits[key] !== undefined);
  if (foreign !== undefined) {
    const flag = { target: '--target', maxDsp: '--max-dsp', maxBram: '--max-bram' }[foreign];
    throw new ShiftloomError('usage', flag, 'does not belong to a budget of bits', 'Leave it out, or give --max-lut or --latency');
  }
  if (maxBits !== undefined) return { of: 'bits', limit: maxBits };
  if (bitsPerWeight !== undefined) return { of: 'bits', perWeight: bitsPerWeight };
  return { of: limits.maxLut !== undefined ? 'lut' : 'cycles', request: foldingRequest(limits) };
}

async function assign(places: readonly string[], flags: AssignFlags, context: FlowContext): Promise<CommandResult> {
  const { encodings = DEFAULT_ENCODINGS, sensitivity, calibrate, out = DEFAULT_OUT, apply } = flags;
  const options = { budget: budgetOf(flags), candidates: namedEncodings(encodings), sensitivity, calibrate };
  const files = await openFloatLayers(places);
  await checkAssignmentTarget(out);
  if (apply !== undefined) await checkTargets(files.map(({ layer }) => path.join(apply, `${layer.name}.layer.json`)), files.map(({ file }) => file));
  const { result, assignment } = await assignLayers(files, out, options, context);
  await writeAssignment(out, assignment);
  const applied = apply === undefined ? [] : await applyAssignment(out, assignment, apply, context);
  const unit = { bits: 'bits', lut: 'LUT', cycles: 'cycles' }[options.budget.of];
  return { json: { file: out, ...assignment, single: result.single, applied: applied.map(({ file }) => file) }, text: [out, resultText(result, assignment.budget!.limit, unit), ...appliedText(applied)].join('\n') };
}

async function carryOut(file: string, flags: AssignFlags, context: FlowContext): Promise<CommandResult> {
  const { apply } = flags;
  if (apply === undefined) throw new ShiftloomError('usage', '--apply', `is needed: ${file} is an assignment`, 'As in: --apply compressed');
  const foreign = (Object.keys(FINDING) as (keyof typeof FINDING)[]).find((key) => flags[key] !== undefined);
  if (foreign !== undefined) throw new ShiftloomError('usage', FINDING[foreign], `belongs to finding an assignment; ${file} is one, and is carried out as it is`, 'Leave it out, or edit the file');
  const applied = await applyAssignment(file, await readAssignment(file), apply, context);
  return { json: { file, applied: applied.map(({ name, file: written, stats }) => ({ name, file: written, ...stats })) }, text: appliedText(applied).join('\n') };
}

const db = (value: number | null) => (value === null ? 'exact' : `${value.toFixed(1)} dB`);

function resultText({ layers, cost, loss, single }: AssignResult, limit: number, unit: string): string {
  const rows = layers.map(({ name, chosen }) => [name, `${nameOf(chosen.encoding).padEnd(12)}${db(chosen.outputSqnrDb).padStart(8)}${chosen.bitsPerWeight.toFixed(2).padStart(7)} bits per weight${count(chosen.cost).padStart(13)} ${unit}`] as const);
  const best = single ? `${nameOf(single.encoding)} for all: ${single.loss.toPrecision(3)} with ${count(single.cost)} ${unit}` : 'no one encoding for all is within the budget';
  return `${aligned(rows)}\n  error ${loss.toPrecision(3)} with ${count(cost)} of ${count(limit)} ${unit}; ${best}`;
}

function nameOf({ encoding, bits, groupSize, digits, levels }: EncodingChoice): string {
  const size = encoding === 'codebook' ? (Array.isArray(levels) ? levels.length : levels) : (bits ?? groupSize ?? digits);
  return `${encoding}${size === undefined ? '' : ` ${String(size)}`}`;
}

function appliedText(applied: readonly AppliedLayer[]): string[] {
  return applied.map(({ file, stats }) => `${file}: outputs ${db(stats.outputSqnrDb)}, ${stats.bitsPerWeight.toFixed(2)} bits per weight`);
}
