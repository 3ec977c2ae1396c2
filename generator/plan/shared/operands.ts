/** Weight words of all layers in one encoding, and what "never negate" leaves for each output channel's bias. */
import { encodeWeight, negativeCorrection } from '../codes.js';
import { emptyWords, putField, type MemoryWords } from '../contents.js';
import type { ProcessingElementPlan } from '../processing_element.js';
import { gridWords, laneWeights, type LayerGrid } from './grid.js';

export interface Operands {
  readonly words: MemoryWords;
  /** First word of each layer. */
  readonly bases: readonly number[];
  /** By layer and output channel: what the sums fall short by. */
  readonly corrections: readonly Float64Array[];
}

/**
 * @param width bits of a word: codes of output lane 0 (input lane 0 lowest), lane 1, ..., then their group exponents
 * @returns undefined if lanes that share an exponent have weights that do not
 */
export function operandWords(grids: readonly LayerGrid[], element: ProcessingElementPlan, oc: number, width: number): Operands | undefined {
  const total = grids.reduce((sum, grid) => sum + gridWords(grid), 0);
  const words = emptyWords(total, width);
  const put = new OperandWriter(words, element, oc);
  const bases: number[] = [];
  const corrections: Float64Array[] = [];
  let word = 0;
  for (const grid of grids) {
    bases.push(word);
    const short = new Float64Array(grid.layer.geometry.outChannels);
    const weights = new Int32Array(element.icLanes);
    for (const { channels, steps } of grid.tiles) {
      for (const step of steps) {
        for (let lane = 0; lane < oc; lane++) {
          laneWeights(grid, channels[lane], step, weights);
          const correction = put.lane(word, lane, weights);
          if (correction === undefined) return undefined;
          if (channels[lane] >= 0) short[channels[lane]] += correction;
        }
        word++;
      }
    }
    corrections.push(short);
  }
  return { words, bases, corrections };
}

interface Spelled {
  readonly code: number;
  readonly correction: number;
}

class OperandWriter {
  private readonly codes = new Map<number, Spelled>();

  constructor(
    private readonly words: MemoryWords,
    private readonly element: ProcessingElementPlan,
    private readonly oc: number,
  ) {}

  /** One output lane's part of a word; gives its correction. */
  lane(word: number, oc: number, weights: Int32Array): number | undefined {
    const { icLanes, codeBits, exponentBits, exponentGroups, groupLanes } = this.element;
    let correction = 0;
    for (let first = 0; first < icLanes; first += groupLanes) {
      const exponent = exponentBits > 0 ? this.exponent(weights, first) : 0;
      if (exponent === undefined) return undefined;
      for (let ic = first; ic < first + groupLanes; ic++) {
        const spelled = this.spell(weights[ic], exponent);
        if (spelled === undefined) return undefined;
        if (spelled.code !== 0) putField(this.words, word, (oc * icLanes + ic) * codeBits, codeBits, spelled.code);
        correction += spelled.correction;
      }
      if (exponent > 0) {
        const base = this.oc * icLanes * codeBits;
        putField(this.words, word, base + (oc * exponentGroups + first / groupLanes) * exponentBits, exponentBits, exponent);
      }
    }
    return correction;
  }

  /** Smallest exponent that all weights of the lanes have in common. */
  private exponent(weights: Int32Array, first: number): number | undefined {
    const { encoding, groupLanes } = this.element;
    const most = encoding.encoding === 'bpot' ? encoding.maxExponent : 0;
    let largest = 0;
    for (let ic = first; ic < first + groupLanes; ic++) largest = Math.max(largest, Math.abs(weights[ic]));
    const exponent = Math.max(0, Math.ceil(Math.log2(Math.max(1, largest))) - 2);
    return exponent <= most ? exponent : undefined;
  }

  private spell(weight: number, exponent: number): Spelled | undefined {
    const key = weight * 16 + exponent;
    let spelled = this.codes.get(key);
    if (spelled === undefined) {
      const code = encodeWeight(this.element.encoding, weight, exponent);
      if (code === undefined) return undefined;
      this.codes.set(key, (spelled = { code, correction: weight === 0 ? 0 : negativeCorrection(this.element.encoding, 'lut', weight, exponent) }));
    }
    return spelled;
  }
}
