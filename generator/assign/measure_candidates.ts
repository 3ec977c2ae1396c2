/** What each candidate encoding does to each layer: the error of its outputs and its cost, both measured on the layer compressed that way. */
import { compressLayer, type CompressedLayer } from '../compress/compress.js';
import type { CompressOptions, EncodingChoice } from '../compress/options.js';
import { ShiftloomError } from '../errors.js';
import type { FloatLayer } from '../import/float_layer.js';
import type { Item } from './choose_items.js';

export interface AssignableLayer {
  readonly layer: FloatLayer;
  /** What the error of the layer's outputs counts; default 1. Not with a network's own measure. */
  readonly sensitivity?: number;
}

/**
 * A network's own measure of error, 0 or more, with these layers compressed, by name, and all others as trained. Lower is better. Called once for none, and for each
 * layer with each candidate.
 */
export type NetworkError = (compressed: ReadonlyMap<string, CompressedLayer>) => number | Promise<number>;

export interface MeasureOptions {
  readonly candidates: readonly EncodingChoice[];
  /** In the unit of the budget; undefined if the layer cannot be built that way. */
  readonly costOf: (compressed: CompressedLayer) => number | undefined;
  /** Losses measured on the whole network instead of the layer's own outputs. */
  readonly networkError?: NetworkError;
  /** What else layers are compressed with. */
  readonly compress?: Omit<CompressOptions, 'encoding' | 'onProgress'>;
  /** Called before each candidate of each layer; may throw to stop. */
  readonly onCandidate?: (layer: string, candidate: EncodingChoice, done: number, of: number) => void | Promise<void>;
}

export interface MeasuredCandidate extends Item {
  readonly encoding: EncodingChoice;
  readonly outputSqnrDb: number | null;
  readonly bitsPerWeight: number;
}

/**
 * Candidates of each layer, in the order given; those that cannot be built are left out.
 * @throws ShiftloomError 'usage' for two layers of a name or no candidates, 'resource' if a layer cannot be built in any of them
 */
export async function measureCandidates(layers: readonly AssignableLayer[], options: MeasureOptions): Promise<MeasuredCandidate[][]> {
  const { candidates, networkError } = options;
  checkNames(layers, candidates);
  const before = networkError ? await networkError(new Map()) : 0;
  const measured: MeasuredCandidate[][] = [];
  for (const [l, { layer, sensitivity = 1 }] of layers.entries()) {
    const own: MeasuredCandidate[] = [];
    for (const [c, encoding] of candidates.entries()) {
      await options.onCandidate?.(layer.name, encoding, l * candidates.length + c, layers.length * candidates.length);
      const compressed = compressLayer(layer, { ...options.compress, encoding });
      const cost = options.costOf(compressed);
      if (cost === undefined) continue;
      const { outputSqnrDb, bitsPerWeight } = compressed.stats;
      const loss = networkError ? Math.max(0, (await networkError(new Map([[layer.name, compressed]]))) - before) : sensitivity * relativeError(outputSqnrDb);
      own.push({ encoding, cost, loss, outputSqnrDb, bitsPerWeight });
    }
    if (own.length === 0) throw new ShiftloomError('resource', layer.name, 'can be built in none of the encodings', 'Relax the limits of the engine, or give other --encodings');
    measured.push(own);
  }
  return measured;
}

function checkNames(layers: readonly AssignableLayer[], candidates: readonly EncodingChoice[]): void {
  if (candidates.length === 0) throw new ShiftloomError('usage', 'encodings', 'are none; at least one is needed');
  const names = layers.map(({ layer }) => layer.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ShiftloomError('usage', `layer '${twice}'`, 'is the name of two layers', 'Give each its own');
}

/** Noise by signal; 0 without noise. */
function relativeError(sqnrDb: number | null): number {
  return sqnrDb === null ? 0 : 10 ** (-sqnrDb / 10);
}
