/** Options of `compress` for permuted blocks: which blocks of a linear layer are kept. */
import { Option } from 'commander';
import { structureOfMask } from '../blocks/check_mask.js';
import { blockMask } from '../blocks/mask.js';
import type { BlockChoice } from '../compress/blocks/choice.js';
import { ShiftloomError } from '../errors.js';
import type { FloatLayer } from '../import/float_layer.js';
import { readNpy } from '../layer/npy.js';
import { shapeText } from '../layer/tensor.js';
import type { CpFlags } from './compress_cp.js';
import { realNumber, wholeNumber } from './options.js';

/** What `--blocks` says: a number (of `cp` blocks, or of those of a seeded mask), blocks to be found, or a mask. */
export type BlocksFlag = number | { readonly find: true; readonly count?: number } | { readonly mask: string };

export interface BlockFlags {
  readonly blocks?: BlocksFlag;
  readonly blockSeed?: number;
  readonly threshold?: number;
}

const FORMS = "'find', 'find:K', a mask.npy of (outputs, inputs), or a whole number 1..65535";

export const blockOptions = [
  new Option(
    '--blocks <b>',
    'linear layers: permuted blocks, which are found in the weights (find; find:K packs them into K), or those of a 0/1 mask.npy (outputs, inputs), or of the mask of K blocks that --block-seed draws; cp: equal blocks of output channels with factors of their own (default: the groups)',
  ).argParser(parseBlocks),
  new Option('--block-seed <s>', 'seed of the mask of --blocks K').argParser(wholeNumber('--block-seed', 0)),
  new Option('--threshold <x>', 'blocks: drop weights outside of them that are smaller; found blocks are those without such weights (default 0)').argParser(realNumber('--threshold', 'numbers from 0', (v) => v >= 0)),
];

function parseBlocks(text: string): BlocksFlag {
  const found = /^find(?::(\d+))?$/.exec(text.trim());
  if (found) return found[1] === undefined ? { find: true } : { find: true, count: wholeNumber('--blocks find:K', 1, 4096)(found[1]) };
  if (text.endsWith('.npy')) return { mask: text };
  if (/^-?\d+$/.test(text.trim())) return wholeNumber('--blocks', 1, 65535)(text);
  throw new ShiftloomError('usage', '--blocks', `is '${text}'; allowed: ${FORMS}`);
}

/** Options as `cp` takes them. @throws ShiftloomError('usage') for those that are not for `cp` */
export function cpFlagsOf({ blocks, blockSeed, threshold, ...flags }: Omit<CpFlags, 'blocks'> & BlockFlags): CpFlags {
  if (blocks !== undefined && typeof blocks !== 'number') {
    throw new ShiftloomError('usage', '--blocks', "is a structure of weights; 'cp' has equal blocks of output channels", 'Give their number, or a scalar encoding');
  }
  const foreign = blockSeed !== undefined ? '--block-seed' : threshold !== undefined ? '--threshold' : undefined;
  if (foreign !== undefined) throw new ShiftloomError('usage', foreign, "does not belong to encoding 'cp'", 'It is for permuted blocks');
  return { ...flags, blocks };
}

/** The blocks that are asked for. @throws ShiftloomError naming the option or the mask file */
export async function blockChoiceOf({ blocks, blockSeed, threshold }: BlockFlags, layer: FloatLayer): Promise<BlockChoice | undefined> {
  const { outChannels, input } = layer;
  if (blockSeed !== undefined && typeof blocks !== 'number') throw new ShiftloomError('usage', '--block-seed', 'belongs to the mask of --blocks K', 'Add the number of blocks, or leave it out');
  if (blocks === undefined) {
    if (threshold !== undefined) throw new ShiftloomError('usage', '--threshold', 'belongs to --blocks', 'Add --blocks find, or leave it out');
    return undefined;
  }
  if (typeof blocks === 'number') {
    if (blockSeed === undefined) throw new ShiftloomError('usage', '--blocks', `is ${blocks}: which blocks, only the seed of their mask can tell`, `Add --block-seed, or use --blocks find:${blocks}`);
    return { structure: seededMask(blockSeed, blocks, layer), threshold };
  }
  if ('find' in blocks) return { structure: 'find', blocks: blocks.count, threshold };
  const mask = await readNpy(blocks.mask);
  if (mask.shape.length !== 2 || mask.shape[0] !== outChannels || mask.shape[1] !== input.channels) {
    throw new ShiftloomError('input', blocks.mask, `has shape ${shapeText(mask.shape)}; layer '${layer.name}' needs ${shapeText([outChannels, input.channels])}: outputs, inputs`);
  }
  return { structure: structureOfMask(mask.data, outChannels, input.channels, blocks.mask), threshold };
}

/** An error about the choice of blocks becomes one about its option. */
export function byBlockFlag(error: unknown): unknown {
  if (!(error instanceof ShiftloomError)) return error;
  return error.place === 'blocks' || error.place === 'threshold' ? error.at(`--${error.place}`) : error;
}

function seededMask(seed: number, blocks: number, { input, outChannels }: FloatLayer): BlockChoice['structure'] {
  try {
    return blockMask(seed, input.channels, outChannels, blocks);
  } catch (error) {
    throw byBlockFlag(error);
  }
}
