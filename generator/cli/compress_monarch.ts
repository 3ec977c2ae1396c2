/** `compress --monarch`: a linear layer as two permuted block layers. */
import path from 'node:path';
import { Option } from 'commander';
import type { CompressOptions } from '../compress/options.js';
import { statsText } from '../compress/stats.js';
import { ShiftloomError } from '../errors.js';
import { checkTargets } from '../flow/compressed_files.js';
import { compressMonarch, monarchNames, monarchText, writeMonarch } from '../flow/monarch.js';
import type { FloatLayer } from '../import/float_layer.js';
import { wholeNumber } from './options.js';
import { endedBySignals } from './signals.js';
import type { CommandResult } from './terminal.js';

/** Blocks of each factor, and terms of each pair of blocks. */
export interface MonarchFlag {
  readonly blocks: number;
  readonly rank: number;
}

export const monarchOption = new Option(
  '--monarch <k[:r]>',
  'linear layers: project the matrix on two permuted factors of K blocks each, with R terms for each pair of blocks (default 1); writes two layers and a network into the folder --out',
).argParser((text): MonarchFlag => {
  const [blocks, rank = '1', ...more] = text.split(':');
  if (more.length > 0) throw new ShiftloomError('usage', '--monarch', `is '${text}'; allowed: K or K:R, as in 16 or 16:2`);
  return { blocks: wholeNumber('--monarch', 2, 4096)(blocks), rank: wholeNumber('--monarch', 1, 4096)(rank) };
});

/** Compresses and writes. @throws ShiftloomError('usage') for options that do not go with it */
export async function compressToMonarch(source: string, layer: FloatLayer, folder: string, { blocks, rank }: MonarchFlag, options: CompressOptions): Promise<CommandResult> {
  if (options.prune || options.blocks || options.encoding.encoding === 'cp') {
    const what = options.prune ? 'pruning' : options.blocks ? '--blocks' : "encoding 'cp'";
    throw new ShiftloomError('usage', '--monarch', `does not go with ${what}`, 'Leave one of the two out');
  }
  if (folder.endsWith('.json')) throw new ShiftloomError('usage', '--out', `is ${folder}; --monarch writes several files`, 'Give a folder');
  const { prune: _p, blocks: _b, ...own } = options;
  const layers = monarchNames(layer).map((name) => path.join(folder, 'layers', `${name}.layer.json`));
  await checkTargets([path.join(folder, `${layer.name}.network.json`), ...layers], [source]);
  const made = monarchOf(() => endedBySignals(() => compressMonarch(layer, { ...own, blocks, rank })));
  const file = await writeMonarch(folder, layer, made);
  const parts = [made.first, made.second].map(({ stats }, i) => `  ${layers[i]}\n${statsText(stats).replace(/^/gm, '    ')}`);
  const json = { file, layer: layer.name, ...made.stats, layers: layers.map((name, i) => ({ file: name, ...[made.first, made.second][i].stats })) };
  return { json, text: [file, monarchText(made.stats).replace(/^/gm, '  '), ...parts].join('\n') };
}

/** Errors about the projection name the option. */
function monarchOf<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ShiftloomError && error.place === 'monarch' ? error.at('--monarch') : error;
  }
}
