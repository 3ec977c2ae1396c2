/** First contents of the loadable memories: weight codes and requantization parameters, cut into the arrays' chunks. */
import { ShiftloomError } from '../errors.js';
import { exponentOf, foldedBias } from './accumulator.js';
import { encodeWeight } from './codes.js';
import { WEIGHT_BEAT_BITS, type LoadableMemoryPlan } from './memory.js';
import type { LayerPlan } from './plan.js';
import { chooseChannels, firstChannel, type Selection } from './selection.js';

/** Words of a memory, bit by bit: word w has `stride` 32-bit parts, lowest first. */
export interface MemoryWords {
  readonly depth: number;
  readonly width: number;
  readonly stride: number;
  readonly bits: Uint32Array;
}

export function emptyWords(depth: number, width: number): MemoryWords {
  const stride = Math.ceil(width / 32) + 1; // one part more, so that a field may be cut across the last one
  return { depth, width, stride, bits: new Uint32Array(depth * stride) };
}

/** Writes a field of at most 32 bits. */
export function putField(words: MemoryWords, word: number, low: number, width: number, value: number): void {
  const part = word * words.stride + (low >>> 5);
  const offset = low & 31;
  const masked = width === 32 ? value >>> 0 : value & (2 ** width - 1);
  words.bits[part] |= masked << offset;
  if (offset + width > 32) words.bits[part + 1] |= masked >>> (32 - offset);
}

/** Writes a two's complement field of up to 53 bits. */
export function putWide(words: MemoryWords, word: number, low: number, width: number, value: number): void {
  let rest = BigInt.asUintN(width, BigInt(value));
  for (let done = 0; done < width; done += 16) {
    putField(words, word, low + done, Math.min(16, width - done), Number(rest & 0xffffn));
    rest >>= 16n;
  }
}

/** Reads a field of at most 32 bits as an unsigned number. */
function field(words: MemoryWords, word: number, low: number, width: number): number {
  const part = word * words.stride + (low >>> 5);
  const offset = low & 31;
  let value = words.bits[part] >>> offset;
  if (offset + width > 32) value |= words.bits[part + 1] << (32 - offset);
  return width === 32 ? value >>> 0 : (value & (2 ** width - 1)) >>> 0;
}

/**
 * Weight words in the order the sequencer reads them: group, channel tile, channel word, kernel position.
 * Within a word: codes of oc 0 (ic 0 first), oc 1, ..., then the group exponents of oc 0, oc 1, ..., then their lanes' selections.
 * @throws ShiftloomError 'input' if a weight has no code, or if more weights of a block are not zero than lanes select from
 */
export function weightWords(plan: LayerPlan): MemoryWords {
  const { lanes, sequencer, ring, weightMemory, core } = plan;
  const g = core.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const words = emptyWords(plan.weightWords, weightMemory.width);
  const codeOf = encoder(plan);
  let word = 0;
  for (let group = 0; group < g.groups; group++) {
    for (let tile = 0; tile < sequencer.tiles; tile++) {
      const channels = Math.min(lanes.oc, g.groupOutChannels - tile * lanes.oc);
      for (let part = 0; part < ring.groupWords; part++) {
        for (let position = 0; position < positions; position++, word++) {
          for (let oc = 0; oc < lanes.oc; oc++) {
            const channel = oc < channels ? group * g.groupOutChannels + tile * lanes.oc + oc : undefined;
            putOperands(plan, words, { word, oc, channel, position, part }, codeOf);
          }
        }
      }
    }
  }
  return words;
}

/** Code of a weight with its group exponent, remembered; undefined: of a lane without a weight. */
type Encoder = (weight: number | undefined, exponent: number) => number;

function encoder(plan: LayerPlan): Encoder {
  const { encoding } = plan;
  const codes = new Map<number, number>();
  const codeOf = (weight: number, exponent: number): number => {
    const key = weight * 16 + exponent;
    let code = codes.get(key);
    if (code === undefined) codes.set(key, (code = checkedCode(plan, weight, exponent)));
    return code;
  };
  const idle = encoding.encoding === 'codebook' && !encoding.levels.includes(0) ? 0 : codeOf(0, 0);
  return (weight, exponent) => (weight === undefined ? idle : codeOf(weight, exponent));
}

/** What one output-channel lane takes in one step. */
interface Place {
  readonly word: number;
  readonly oc: number;
  /** Output channel; undefined: a lane beyond the last. */
  readonly channel: number | undefined;
  readonly position: number;
  readonly part: number;
}

/** Codes, exponents and selections of one output-channel lane in one word. */
function putOperands(plan: LayerPlan, words: MemoryWords, place: Place, codeOf: Encoder): void {
  const { lanes, processingElement: pe, ring, core: layer } = plan;
  const { word, oc, channel, position, part } = place;
  const g = layer.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const weightAt = (input: number) =>
    channel !== undefined && input < g.groupInChannels ? layer.tensors.weight[(channel * g.groupInChannels + input) * positions + position] : undefined;
  const exponentBase = lanes.oc * lanes.ic * pe.codeBits;
  const selectBase = exponentBase + lanes.oc * pe.exponentGroups * pe.exponentBits;
  const chosen = pe.selection && selectedInputs(plan, place, pe.selection, weightAt);
  for (let ic = 0; ic < lanes.ic; ic++) {
    const lane = oc * lanes.ic + ic;
    const input = chosen ? chosen[ic] : part * lanes.ic + ic;
    const weight = weightAt(input);
    const exponent = weight !== undefined ? exponentOf(layer, channel!, input, position) : 0;
    const code = codeOf(weight, exponent);
    if (code !== 0) putField(words, word, lane * pe.codeBits, pe.codeBits, code);
    if (pe.exponentBits > 0 && exponent > 0 && ic % pe.groupLanes === 0) {
      const exponentGroup = ic / pe.groupLanes;
      putField(words, word, exponentBase + (oc * pe.exponentGroups + exponentGroup) * pe.exponentBits, pe.exponentBits, exponent);
    }
    if (pe.selection) {
      const { indexBits } = pe.selection;
      putField(words, word, selectBase + lane * indexBits, indexBits, input - part * ring.channels - firstChannel(ic, pe.selection));
    }
  }
}

/** Input channel of every lane of a step that selects. */
function selectedInputs(plan: LayerPlan, place: Place, selection: Selection, weightAt: (input: number) => number | undefined): number[] {
  const { n, m } = selection;
  const inputs: number[] = [];
  for (let block = 0; block < plan.lanes.ic / n; block++) {
    const first = place.part * plan.ring.channels + block * m;
    const channels = chooseChannels((channel) => (weightAt(first + channel) ?? 0) !== 0, selection);
    if (!channels) {
      const { kernelWidth } = plan.core.geometry;
      const where = `output channel ${place.channel}, kernel position [${Math.floor(place.position / kernelWidth)}, ${place.position % kernelWidth}]`;
      throw new ShiftloomError('input', plan.name, `more than ${n} weights of input channels ${first}..${first + m - 1} of ${where} are not zero`, 'Take select=off');
    }
    for (const channel of channels) inputs.push(first + channel);
  }
  return inputs;
}

function checkedCode(plan: LayerPlan, weight: number, exponent: number): number {
  const code = encodeWeight(plan.encoding, weight, exponent);
  if (code === undefined) {
    throw new ShiftloomError('input', plan.name, `weight ${weight} cannot be spelled as '${plan.encoding.encoding}'`, 'Compress the layer again');
  }
  return code;
}

/** Requantization words: `requantize.lanes` channels a word, each bias, multiplier, shift less the smallest shift. */
export function parameterWords(plan: LayerPlan): MemoryWords {
  const { requantize: r, accumulatorWidth: width, core: layer } = plan;
  const words = emptyWords(plan.parameterMemory.depth, plan.parameterMemory.width);
  const bias = foldedBias(layer, plan.encoding, plan.lanes);
  for (let channel = 0; channel < layer.geometry.outChannels; channel++) {
    const word = Math.floor(channel / r.lanes);
    const base = (channel % r.lanes) * r.parameterBits;
    putWide(words, word, base, width, bias[channel]);
    if (r.multiplierWidth > 0) putField(words, word, base + width, r.multiplierWidth, layer.tensors.multiplier[channel]);
    if (r.shiftWidth > 0) putField(words, word, base + width + r.multiplierWidth, r.shiftWidth, layer.tensors.shift[channel] - r.shiftMin);
  }
  return words;
}

/** $readmemh texts of a memory's arrays, in the order segment, chunk. */
export function memoryFiles(memory: LoadableMemoryPlan, words: MemoryWords): { segment: number; chunk: number; text: string }[] {
  const files: { segment: number; chunk: number; text: string }[] = [];
  memory.segments.forEach((segment, index) => {
    for (let chunk = 0; chunk < memory.chunks; chunk++) {
      const low = chunk * memory.chunkWidth;
      const width = Math.min(memory.chunkWidth, memory.width - low);
      const digits = Math.ceil(width / 4);
      const lines: string[] = new Array(segment.depth);
      for (let word = 0; word < segment.depth; word++) {
        const stored = segment.base + word < words.depth; // the array may be built deeper
        lines[word] = (stored ? field(words, segment.base + word, low, width) : 0).toString(16).padStart(digits, '0');
      }
      files.push({ segment: index, chunk, text: `${lines.join('\n')}\n` });
    }
  });
  return files;
}

/** The same contents as the words that software writes to LOAD_DATA, from word 0 on. */
export function loadWords(memory: LoadableMemoryPlan, words: MemoryWords): Uint32Array {
  const out = new Uint32Array(memory.depth * memory.chunks);
  let next = 0;
  for (let word = 0; word < memory.depth; word++) {
    for (let chunk = 0; chunk < memory.chunks; chunk++) {
      const low = chunk * memory.chunkWidth;
      out[next++] = field(words, word, low, Math.min(memory.chunkWidth, memory.width - low));
    }
  }
  return out;
}

/**
 * The weight stream's beats of one pass, each as two 32-bit parts, lowest first: every word of `weightWords` in its order, lowest bits first, in
 * whole beats.
 */
export function weightBeats(words: MemoryWords): Uint32Array {
  const perWord = Math.ceil(words.width / WEIGHT_BEAT_BITS);
  const out = new Uint32Array(words.depth * perWord * 2);
  for (let word = 0, next = 0; word < words.depth; word++) {
    for (let low = 0; low < perWord * WEIGHT_BEAT_BITS; low += 32, next++) {
      if (low < words.width) out[next] = field(words, word, low, Math.min(32, words.width - low));
    }
  }
  return out;
}

/** Beats as text: one line of 16 hexadecimal digits for each. */
export function beatsText(beats: Uint32Array): string {
  const lines: string[] = new Array(beats.length / 2);
  const digits = (part: number) => part.toString(16).padStart(8, '0');
  for (let i = 0; i < lines.length; i++) lines[i] = digits(beats[2 * i + 1]) + digits(beats[2 * i]);
  return `${lines.join('\n')}\n`;
}
