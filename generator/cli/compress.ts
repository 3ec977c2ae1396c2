/** `shiftloom compress`: a float layer as a compressed layer description. */
import path from 'node:path';
import { Option } from 'commander';
import { compressLayer } from '../compress/compress.js';
import { statsText } from '../compress/stats.js';
import { type CalibrateOptions, type CompressOptions, type EncodingChoice, codebookSizeSchema, scalarChoice } from '../compress/options.js';
import type { PruneOptions, StructuredPruning } from '../compress/pruning.js';
import { ShiftloomError } from '../errors.js';
import type { FlowContext } from '../flow/context.js';
import { breathe } from '../flow/context.js';
import { checkTargets, writeCompressed } from '../flow/compressed_files.js';
import { openFloatLayer } from '../flow/layers.js';
import { checkAgainst } from '../layer/explain.js';
import { encodingSchema, type Encoding } from '../layer/schema.js';
import type { CommandSpec } from './command.js';
import { type BlockFlags, blockChoiceOf, blockOptions, byBlockFlag, cpFlagsOf } from './compress_blocks.js';
import { type MonarchFlag, compressToMonarch, monarchOption } from './compress_monarch.js';
import { type CpFlags, byCpFlag, cpChoiceOf, cpFlagOf, cpOptions } from './compress_cp.js';
import { numberList, oneOf, realNumber, wholeNumber } from './options.js';
import { endedBySignals } from './signals.js';
import { percent, type CommandResult } from './terminal.js';

const ENCODINGS = ['uniform', 'pot', 'apot', 'bpot', 'csd', 'codebook', 'cp', 'block_permuted'] as const;

/** Options that belong to encodings: flag, key of the description, encodings that have it. */
const PARAMETERS = [
  { flag: '--bits', key: 'bits', of: ['uniform'] },
  { flag: '--max-shift', key: 'maxShift', of: ['pot', 'csd', 'codebook'] },
  { flag: '--group', key: 'groupSize', of: ['bpot'] },
  { flag: '--max-exponent', key: 'maxExponent', of: ['bpot'] },
  { flag: '--digits', key: 'digits', of: ['csd', 'codebook'] },
  { flag: '--levels', key: 'levels', of: ['codebook'] },
] as const;

/** Values for parameters that the layer description wants and a user need not know. */
const CUSTOMARY: Partial<Record<Encoding['encoding'], Record<string, number>>> = { uniform: { bits: 8 }, csd: { digits: 2 } };

interface CompressFlags extends Omit<CpFlags, 'blocks'>, BlockFlags {
  readonly encoding: Encoding['encoding'];
  readonly out: string;
  readonly bits?: number;
  readonly maxShift?: number;
  readonly group?: number;
  readonly maxExponent?: number;
  readonly digits?: number;
  readonly levels?: number[];
  readonly density?: number;
  readonly prune?: StructuredPruning;
  readonly pruneBy?: 'layer' | 'channel';
  readonly pruneToSqnr?: number;
  readonly pruneFor?: 'magnitude' | 'output';
  readonly requantize: 'multiplier' | 'power_of_two';
  readonly multiplierBits?: number;
  readonly calibrate?: boolean;
  readonly calibrateFrames?: number;
  readonly damping?: number;
  readonly outputScale?: number;
  readonly seed: number;
  readonly monarch?: MonarchFlag;
}

const whole = (flag: string) => wholeNumber(flag, -32768, 32767);

const needed = [
  new Option('--encoding <name>', `weight encoding: ${ENCODINGS.slice(0, 7).join(', ')}`).argParser(oneOf('--encoding', ENCODINGS)),
  new Option('--out <folder|file>', 'folder for NAME.layer.json, or the file itself; tensors go beside it'),
];

const options = [
  new Option('--bits <n>', 'uniform: bits of a weight, 2 to 16 (default 8); more than 8 only in DSP lanes').argParser(whole('--bits')),
  new Option('--max-shift <k>', 'pot, csd, codebook: largest power of two (default 6, 7, 7)').argParser(whole('--max-shift')),
  new Option('--group <n>', 'bpot: input channels that share an exponent (default 16)').argParser(whole('--group')),
  new Option('--max-exponent <e>', 'bpot: largest group exponent (default 3)').argParser(whole('--max-exponent')),
  new Option('--digits <k>', 'csd, codebook: signed powers of two in a weight, 1 to 4 (default 2)').argParser(whole('--digits')),
  new Option('--levels <n|list>', 'codebook: how many levels, 2 to 64, which are then found; or the integer levels themselves in ascending order, e.g. -8,-3,0,3,8').argParser(
    numberList('--levels', '-8,-3,0,3,8', Array.from({ length: 64 }, (_, i) => i + 1)),
  ),
  ...cpOptions,
  ...blockOptions,
  monarchOption,
  new Option('--density <share>', 'keep this share of the weights, the largest; the others become zero').argParser(
    realNumber('--density', 'numbers above 0 up to 1', (v) => v > 0 && v <= 1),
  ),
  new Option('--prune-by <scope>', 'hold the density over the whole layer (default), or in every output channel').argParser(oneOf('--prune-by', ['layer', 'channel'])),
  new Option('--prune <n:m>', 'keep the n largest of every m input channels at each kernel position, as in 2:4: lanes that select their inputs then take n/m of the cycles').argParser(structureOf),
  new Option('--calibrate', 'quantize by the error of the outputs on recorded inputs: the layer\'s calibration frames, else its sample'),
  new Option('--calibrate-frames <n>', 'calibrate on the first n frames only (default: all)').argParser(wholeNumber('--calibrate-frames', 1)),
  new Option('--damping <share>', 'calibrate: added to the variance of every input, in shares of their mean (default: by the number of recorded patches)').argParser(realNumber('--damping', 'numbers from 0', (v) => v >= 0)),
  new Option('--prune-to-sqnr <db>', 'as many weights go as leave the sums so many dB above the error that this makes; with --calibrate').argParser(
    realNumber('--prune-to-sqnr', 'numbers above 0 up to 100', (v) => v > 0 && v <= 100),
  ),
  new Option('--prune-for <aim>', 'what pruning keeps: the largest weights (magnitude, the default), or those that the outputs need most (output, with --calibrate)').argParser(oneOf('--prune-for', ['magnitude', 'output'])),
  new Option('--requantize <form>', 'multiplier, or power_of_two for an engine without any multiplier').argParser(oneOf('--requantize', ['multiplier', 'power_of_two'])).default('multiplier'),
  new Option('--multiplier-bits <n>', 'bits of the requantization multiplier (default 16)').argParser(wholeNumber('--multiplier-bits', 1, 17)),
  new Option('--output-scale <x>', 'real value of one output unit; found from the sample if left out').argParser(realNumber('--output-scale', 'numbers above 0', (v) => v > 0)),
  new Option('--seed <s>', 'seed of the inputs that stand in for a missing sample, and of the starts of cp').argParser(wholeNumber('--seed', 0)).default(1),
];

export const compressCommand: CommandSpec<CompressFlags> = {
  name: 'compress',
  summary: 'Compress a float layer to shift-add or integer weights or to factors, without training data; better with recorded inputs.',
  args: [['<layer>', 'float layer file, *.float.json']],
  needed,
  options,
  example: 'shiftloom compress conv1.float.json --encoding bpot --group 16 --out layers\nshiftloom compress conv1.float.json --encoding uniform --bits 4 --density 0.5 --out conv1_int4.layer.json\nshiftloom compress conv1.float.json --encoding bpot --group 32 --prune 2:4 --out pruned\nshiftloom compress conv1.float.json --encoding apot --calibrate --out calibrated\nshiftloom compress conv1.float.json --encoding codebook --levels 16 --digits 2 --out layers\nshiftloom compress conv1.float.json --encoding cp --ratio 10 --calibrate --out factors\nshiftloom compress fc1.float.json --encoding bpot --blocks find --out blocks',
  run: async ([source], flags, context) => compressOne(source, flags, context),
};

async function compressOne(source: string, flags: CompressFlags, context: FlowContext): Promise<CommandResult> {
  const encoding = encodingOf(flags);
  if (flags.multiplierBits !== undefined && flags.requantize === 'power_of_two') {
    throw new ShiftloomError('usage', '--multiplier-bits', 'does not belong to --requantize power_of_two', 'Leave it out');
  }
  const prune = pruningOf(flags);
  const float = await openFloatLayer(source);
  const blocks = flags.encoding === 'cp' ? undefined : await blockChoiceOf(flags, float);
  const file = flags.out.endsWith('.json') ? flags.out : path.join(flags.out, `${float.name}.layer.json`);
  await checkTargets([file], [source]);
  context.onProgress?.({ stage: 'compress', message: flags.encoding });
  await breathe(context);
  const options: CompressOptions = {
    encoding,
    prune,
    blocks,
    calibrate: calibrationOf(flags),
    requantize: flags.requantize === 'power_of_two' ? { form: 'power_of_two' } : { form: 'multiplier', bits: flags.multiplierBits },
    outputScale: flags.outputScale,
    seed: flags.seed,
    onProgress: (share, text) => context.onProgress?.({ stage: 'compress', message: `${percent(share, 0)} ${text}` }),
  };
  if (flags.monarch) return compressToMonarch(source, float, flags.out, flags.monarch, options);
  const compressed = namingFlags(() => endedBySignals(() => compressLayer(float, options)));
  await breathe(context);
  await writeCompressed(file, compressed);
  const { stats } = compressed;
  return { json: { file, layer: float.name, ...stats }, text: `${file}\n${statsText(stats).replace(/^/gm, '  ')}` };
}

/** Errors about keys of a `cp` encoding or about blocks name the options that set them. */
function namingFlags<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw byBlockFlag(byCpFlag(error));
  }
}

function calibrationOf({ calibrate, calibrateFrames, damping }: CompressFlags): CalibrateOptions | undefined {
  if (calibrate) return { frames: calibrateFrames, damping };
  const alone = calibrateFrames !== undefined ? '--calibrate-frames' : damping !== undefined ? '--damping' : undefined;
  if (alone !== undefined) throw new ShiftloomError('usage', alone, 'belongs to --calibrate', 'Add --calibrate, or leave it out');
  return undefined;
}

function structureOf(text: string): StructuredPruning {
  const match = /^(\d{1,2}):(\d{1,2})$/.exec(text.trim());
  if (match) return { n: Number(match[1]), m: Number(match[2]) };
  throw new ShiftloomError('usage', '--prune', `is '${text}'; allowed: n:m, as in 2:4`);
}

/** The pruning that is asked for; an option that has nothing to say without another is refused. */
function pruningOf({ encoding, density, pruneBy, prune, pruneToSqnr, pruneFor, calibrate, blocks }: CompressFlags): PruneOptions | undefined {
  const given = [['--prune', prune], ['--density', density], ['--prune-to-sqnr', pruneToSqnr]].filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    throw new ShiftloomError('usage', `${given[0][0]}`, `cannot be given together with ${given[1][0]}`, 'Keep a share of the weights, n of every m, or as many as a loss allows');
  }
  if (pruneBy !== undefined && density === undefined) throw new ShiftloomError('usage', '--prune-by', 'belongs to --density', 'Add --density, or leave it out');
  if (pruneFor !== undefined && given.length === 0) {
    throw new ShiftloomError('usage', '--prune-for', 'says how to prune, but not how much', 'Add --density, --prune or --prune-to-sqnr, or leave it out');
  }
  if (pruneFor === 'magnitude' && pruneToSqnr !== undefined) throw new ShiftloomError('usage', '--prune-for', "is 'magnitude'; --prune-to-sqnr goes by output error", 'Leave it out');
  if (encoding === 'cp' && given.length > 0) {
    throw new ShiftloomError('usage', `${given[0][0]}`, "does not go with encoding 'cp': sums of factors have no zeros of their own", 'Choose the rank instead');
  }
  if (blocks !== undefined && given.length > 0) throw new ShiftloomError('usage', `${given[0][0]}`, 'does not go with --blocks, whose zeros are the structure', 'Leave it out, or prune before');
  const byOutput = pruneFor === 'output' || pruneToSqnr !== undefined;
  if (byOutput && !calibrate) {
    throw new ShiftloomError('usage', pruneFor === 'output' ? '--prune-for' : '--prune-to-sqnr', 'needs recorded inputs', 'Add --calibrate');
  }
  const by = byOutput ? 'output' : 'magnitude';
  if (pruneToSqnr !== undefined) return { sqnrDb: pruneToSqnr, by };
  if (density !== undefined) return { density, scope: pruneBy ?? 'layer', by };
  return prune && { ...prune, by };
}

/** The encoding with its parameters; one that does not belong to it, or is out of range, is refused by its option's name. */
function encodingOf(flags: CompressFlags): EncodingChoice {
  const { encoding } = flags;
  if (encoding === 'block_permuted') {
    throw new ShiftloomError('usage', '--encoding', "is 'block_permuted', which says where weights are, not how they are spelled", 'Add --blocks to another encoding, as in: --encoding bpot --blocks find');
  }
  const foreign = encoding === 'cp' ? undefined : cpFlagOf({ ...flags, blocks: undefined });
  if (foreign !== undefined) throw new ShiftloomError('usage', foreign, `does not belong to encoding '${encoding}'`, "It is for 'cp'");
  const given: Record<string, unknown> = { ...CUSTOMARY[encoding] };
  for (const { flag, key, of } of PARAMETERS) {
    const value = flags[key === 'groupSize' ? 'group' : key];
    if (value === undefined) continue;
    if (!(of as readonly string[]).includes(encoding)) {
      const own = PARAMETERS.filter((p) => (p.of as readonly string[]).includes(encoding)).map((p) => p.flag);
      throw new ShiftloomError('usage', flag, `does not belong to encoding '${encoding}'`, own.length > 0 ? `Its own: ${own.join(', ')}` : encoding === 'cp' ? 'Factors have --factor-encoding, lanes --recode' : 'It has no parameters');
    }
    given[key] = value;
  }
  if (encoding === 'cp') return cpChoiceOf(cpFlagsOf(flags));
  if (encoding === 'codebook' && given.levels === undefined) {
    throw new ShiftloomError('usage', '--levels', "is needed for encoding 'codebook'", 'As in: --levels 16, or --levels=-8,-3,0,3,8');
  }
  try {
    if (encoding === 'codebook') return codebookOf(given);
    return checkAgainst(encodingSchema, { encoding, ...given }, '--encoding') as EncodingChoice;
  } catch (error) {
    throw byFlag(error);
  }
}

/** One number says how many levels are to be found, and digits go with it; several are the levels. */
function codebookOf({ levels, ...size }: Record<string, unknown>): EncodingChoice {
  const [count, ...more] = levels as number[];
  if (more.length === 0) return checkAgainst(codebookSizeSchema, { encoding: 'codebook', levels: count, ...size }, '--encoding');
  const key = Object.keys(size)[0];
  if (key !== undefined) {
    const { flag } = PARAMETERS.find((parameter) => parameter.key === key)!;
    throw new ShiftloomError('usage', flag, 'does not go with a list of levels', 'Give their number, as in --levels 16, or leave it out');
  }
  return scalarChoice({ encoding: 'codebook', levels }, '--encoding') as EncodingChoice;
}

/** `--encoding $.groupSize` is `--group` to the user. */
function byFlag(error: unknown): unknown {
  if (!(error instanceof ShiftloomError)) return error;
  const parameter = PARAMETERS.find(({ key }) => error.place === `--encoding $.${key}` || error.place.startsWith(`--encoding $.${key}[`));
  if (!parameter) return error;
  return error.at(parameter.flag, 'usage');
}
