/** What the compressor can be told. Everything but the encoding has a default. */
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';
import { checkAgainst } from '../layer/explain.js';
import { isScalar } from '../layer/representable.js';
import { checkLevels } from '../layer/rules.js';
import { type Encoding, type Requantize, type ScalarEncoding, encodingSchema } from '../layer/schema.js';
import type { BlockChoice } from './blocks/choice.js';
import { type CpChoice, checkCpChoice } from './cp/choice.js';
import { type PruneOptions, checkPruning } from './pruning.js';

/** A codebook whose levels are to be found: `levels` says how many. */
export const codebookSizeSchema = z.strictObject({
  encoding: z.literal('codebook'),
  levels: z.int().min(2).max(64).describe('Most levels.'),
  digits: z.int().min(1).max(4).default(2).describe('Most signed powers of two in a level.'),
  maxShift: z.int().min(1).max(14).default(7).describe('Largest power of two of a digit.'),
  zero: z.boolean().default(true).describe('Whether one level must be zero; with pruning it always is.'),
});

/** A codebook whose levels are to be found, checked. */
export interface CodebookChoice {
  readonly encoding: 'codebook';
  readonly search: Omit<z.infer<typeof codebookSizeSchema>, 'encoding'>;
}

/**
 * An encoding whose parameters with defaults may be left out, as in a layer file: `{ encoding: 'bpot' }`. A codebook is given by its levels, or
 * by their number and digits: `{ encoding: 'codebook', levels: 16, digits: 2 }`; `cp` by what `cp/choice.ts` has: `{ encoding: 'cp', ratio: 10 }`.
 */
export type EncodingChoice = { readonly encoding: Encoding['encoding'] } & Readonly<Record<string, unknown>>;

export interface CompressOptions {
  readonly encoding: EncodingChoice;
  /** Pruning before quantization, by magnitude or, when calibrated, by output error. Default: none. */
  readonly prune?: PruneOptions;
  /** Permuted blocks of a linear layer, whose weights get the encoding; all others must be zero. Default: none. */
  readonly blocks?: BlockChoice;
  /**
   * Quantize by the error of the outputs on recorded inputs (the layer's `calibration`, else its `sample`) instead of the error of the weights. Default: no;
   * `true` for all defaults.
   */
  readonly calibrate?: boolean | CalibrateOptions;
  /** Form of requantization. Default: a multiplier of 16 bits. */
  readonly requantize?: { readonly form: 'multiplier'; readonly bits?: number } | { readonly form: 'power_of_two' };
  /** Real value of one output unit. Default: that of the layer, else found from the outputs on the sample. */
  readonly outputScale?: number;
  /** What of the outputs the found scale covers. Default: 'max'; 'percentile' leaves out the outermost 0.01 %. */
  readonly outputRange?: 'max' | 'percentile';
  /**
   * One shift for all channels, so that the hardware needs no shifter: 'prefer' (default) unless a channel's outputs would be off
   * by more than half a unit; 'never' gives each channel the shift of least error.
   */
  readonly commonShift?: 'prefer' | 'never';
  /** Seed of the inputs that stand in for a missing sample and of the output positions that are measured. Default: 1. */
  readonly seed?: number;
  /** Work limit of measuring outputs, in multiply-accumulates of the layer. Default: 3e8. */
  readonly outputMacs?: number;
  /** Called with the share done (0..1) and what is being done. */
  readonly onProgress?: (fraction: number, text: string) => void;
}

export interface CalibrateOptions {
  /** How many of the recorded frames are learned from, the first ones. Default: all. */
  readonly frames?: number;
  /** Added to the variance of every input, in shares of their mean: the less the recorded inputs tell of others, the more. Default: by the number of patches. */
  readonly damping?: number;
  /** Worker threads beside the calling one; the result does not depend on it. Default: one less than there are cores. */
  readonly workers?: number;
}

export interface CheckedOptions extends Omit<Required<CompressOptions>, 'encoding' | 'prune' | 'blocks' | 'calibrate' | 'requantize' | 'outputScale'> {
  readonly encoding: ScalarEncoding | CodebookChoice | CpChoice;
  readonly prune?: PruneOptions;
  readonly blocks?: BlockChoice;
  readonly calibrate?: CalibrateOptions;
  readonly requantize: Requantize;
  readonly outputScale?: number;
}

/** Options whose codebook has its levels. */
export type SettledOptions = Omit<CheckedOptions, 'encoding'> & { readonly encoding: ScalarEncoding };

/** Fills in defaults. @throws ShiftloomError('usage' or 'input') naming the option, 'unsupported' for what is no scalar encoding and not `cp`. */
export function checkOptions(options: CompressOptions): CheckedOptions {
  const { outputScale, requantize = { form: 'multiplier' as const } } = options;
  if (outputScale !== undefined && !(outputScale > 0 && Number.isFinite(outputScale))) {
    throw new ShiftloomError('usage', 'outputScale', `is ${outputScale}; allowed: numbers above 0`);
  }
  const bits = requantize.form === 'multiplier' ? (requantize.bits ?? 16) : 1;
  if (!Number.isInteger(bits) || bits < 1 || bits > 17) {
    throw new ShiftloomError('usage', 'requantize.bits', `is ${bits}; allowed: integers 1..17`);
  }
  if (options.prune) checkPruning(options.prune);
  if (options.prune && options.encoding.encoding === 'cp') {
    throw new ShiftloomError('usage', 'prune', "does not go with 'cp': sums of factors have no zeros of their own", 'Choose the rank instead');
  }
  if (options.prune?.by === 'output' && !options.calibrate) {
    throw new ShiftloomError('usage', 'prune', 'by output error needs recorded inputs', 'Calibrate, or prune by magnitude');
  }
  return {
    encoding: options.encoding.encoding === 'cp' ? checkCpChoice(options.encoding) : scalarChoice(options.encoding),
    prune: options.prune,
    blocks: checkBlocks(options),
    calibrate: checkCalibration(options.calibrate),
    requantize: requantize.form === 'multiplier' ? { form: 'multiplier', bits } : { form: 'power_of_two' },
    outputScale,
    outputRange: options.outputRange ?? 'max',
    commonShift: options.commonShift ?? 'prefer',
    seed: options.seed ?? 1,
    outputMacs: options.outputMacs ?? 3e8,
    onProgress: options.onProgress ?? (() => {}),
  };
}

function checkBlocks({ blocks, encoding, prune }: CompressOptions): BlockChoice | undefined {
  if (!blocks) return undefined;
  if (encoding.encoding === 'cp') throw new ShiftloomError('usage', 'blocks', "have weights of a scalar encoding, not of 'cp'", 'Use uniform, pot, apot, bpot, csd or codebook');
  if (prune) throw new ShiftloomError('usage', 'prune', 'does not go with blocks: they are the zeros', 'Leave it out, or prune before');
  if (blocks.blocks !== undefined && blocks.structure !== 'find') throw new ShiftloomError('usage', 'blocks', 'are given; how many there are cannot be asked for', 'Leave one of the two out');
  return blocks;
}

function checkCalibration(calibrate: CompressOptions['calibrate']): CalibrateOptions | undefined {
  if (calibrate === undefined || calibrate === false) return undefined;
  const options = calibrate === true ? {} : calibrate;
  const { frames, damping, workers } = options;
  if (frames !== undefined && !(Number.isInteger(frames) && frames >= 1)) {
    throw new ShiftloomError('usage', 'calibrate.frames', `is ${frames}; allowed: whole numbers from 1`);
  }
  if (damping !== undefined && !(damping >= 0 && Number.isFinite(damping))) {
    throw new ShiftloomError('usage', 'calibrate.damping', `is ${damping}; allowed: numbers from 0`, '0.01 is customary with many recorded inputs');
  }
  if (workers !== undefined && !(Number.isInteger(workers) && workers >= 0)) {
    throw new ShiftloomError('usage', 'calibrate.workers', `is ${workers}; allowed: whole numbers from 0`);
  }
  return options;
}

/** The encoding with its defaults. @param place names it in messages. @throws ShiftloomError as `checkOptions` */
export function scalarChoice(choice: EncodingChoice, place = 'encoding'): ScalarEncoding | CodebookChoice {
  if (choice.encoding === 'codebook' && typeof choice.levels === 'number') return codebookChoice(choice, place);
  const encoding = checkAgainst(encodingSchema, choice, place);
  if (encoding.encoding === 'codebook') checkLevels(encoding.levels, place, '$');
  if (isScalar(encoding)) return encoding;
  const more = encoding.encoding === 'block_permuted' ? ', and give `blocks` beside it' : '';
  throw new ShiftloomError('unsupported', place, `'${encoding.encoding}' is no scalar encoding`, `Use uniform, pot, apot, bpot, csd or codebook${more}`);
}

function codebookChoice(choice: EncodingChoice, place: string): CodebookChoice {
  const { encoding, ...search } = checkAgainst(codebookSizeSchema, choice, place);
  return { encoding, search };
}
