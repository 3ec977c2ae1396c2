/**
 * Where the values of a map lie in the map memory: element e (row, column, channel order) at `place[e]` = word * lanes + lane, words counted from the
 * region's begin. Flattening changes nothing: the order of the elements stays.
 */
import { ShiftloomError } from '../../errors.js';
import { blockRanges, type BlockStructure } from '../../layer/blocks.js';
import { colourEdges } from '../edge_colouring.js';

export interface Layout {
  readonly place: Int32Array;
  readonly words: number;
}

/** Lanes of a word, elements of a vector that is written at once, lanes that share a weight exponent (all, if there is none). */
export interface WordShape {
  readonly lanes: number;
  readonly vector: number;
  readonly sharing: number;
}

export interface MapShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** The layout of maps: pixel after pixel, each in whole words. */
export function mapLayout({ height, width, channels }: MapShape, lanes: number): Layout {
  const pixelWords = Math.ceil(channels / lanes);
  const pixels = height * width;
  const place = new Int32Array(pixels * channels);
  for (let pixel = 0, e = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < channels; c++, e++) place[e] = pixel * pixelWords * lanes + c;
  }
  return { place, words: pixels * pixelWords };
}

/** One block as the engine works on it. */
export interface BlockShape {
  /** Elements of its inputs and outputs, in the order of the block. */
  readonly inputs: Int32Array;
  readonly outputs: Int32Array;
  /** Words of its inputs, and of its outputs. */
  readonly inputWords: number;
  readonly outputWords: number;
}

/** The blocks in the order in which the engine takes them: those of equal size one behind the other. */
export function blockShapes(blocks: BlockStructure, lanes: number): BlockShape[] {
  const shapes = blockRanges(blocks).map((r) => ({
    inputs: blocks.inputOrder.slice(r.firstInput, r.firstInput + r.inputs),
    outputs: blocks.outputOrder.slice(r.firstOutput, r.firstOutput + r.outputs),
    inputWords: Math.ceil(r.inputs / lanes),
    outputWords: Math.ceil(r.outputs / lanes),
  }));
  return shapes.sort((a, b) => a.inputWords - b.inputWords || a.outputs.length - b.outputs.length);
}

/** Outputs block after block, each in whole words: what a block-permuted layer writes without a table. */
export function blockOutputLayout(shapes: readonly BlockShape[], lanes: number): Layout {
  const place = new Int32Array(shapes.reduce((sum, s) => sum + s.outputs.length, 0));
  let words = 0;
  for (const { outputs, outputWords } of shapes) {
    outputs.forEach((e, i) => (place[e] = words * lanes + i));
    words += outputWords;
  }
  return { place, words };
}

/**
 * Inputs block after block, each in whole words, with lanes such that the elements of a vector never meet in one.
 *
 * The elements are the edges of a bipartite graph between the words (or the parts of a word that share an exponent) and the vectors in which they are
 * written; an edge colouring gives each its lane. By Koenig's theorem there is one, because neither has more elements than lanes.
 * @param vectors element of each place of each vector, -1 for none; `vector` of them for each
 * @throws ShiftloomError('unsupported') if fewer lanes share an exponent than a vector has elements
 */
export function blockInputLayout(shapes: readonly BlockShape[], vectors: Int32Array, { lanes, vector, sharing }: WordShape): Layout {
  const elements = shapes.reduce((sum, s) => sum + s.inputs.length, 0);
  const vectorOf = new Int32Array(elements).fill(-1);
  vectors.forEach((e, i) => {
    if (e >= 0) vectorOf[e] = Math.floor(i / vector);
  });
  const parts = Math.ceil(lanes / sharing);
  const edges = Array.from({ length: parts }, () => ({ elements: [] as number[], words: [] as number[] }));
  let words = 0;
  for (const { inputs, inputWords } of shapes) {
    inputs.forEach((e, i) => {
      const part = edges[Math.floor((i % lanes) / sharing)];
      part.elements.push(e);
      part.words.push(words + Math.floor(i / lanes));
    });
    words += inputWords;
  }
  const place = new Int32Array(elements);
  edges.forEach((part, index) => {
    const colours = Math.min(sharing, lanes - index * sharing);
    if (vector > colours) throw new ShiftloomError('unsupported', 'time-shared form', `vectors of ${vector} elements and ${colours} lanes that share an exponent`);
    const lane = colourEdges(Int32Array.from(part.words), Int32Array.from(part.elements, (e) => vectorOf[e]), words, vectors.length / vector, colours);
    part.elements.forEach((e, i) => (place[e] = part.words[i] * lanes + index * sharing + lane[i]));
  });
  return { place, words };
}

/** Whether a layout has each block's inputs in the words that the block reads. */
export function fitsBlocks(layout: Layout, shapes: readonly BlockShape[], { lanes, sharing }: WordShape): boolean {
  let first = 0;
  return shapes.every(({ inputs, inputWords }) => {
    const inside = inputs.every((e, i) => {
      const word = Math.floor(layout.place[e] / lanes) - first;
      if (sharing < lanes) return layout.place[e] === first * lanes + i;
      return word >= 0 && word < inputWords;
    });
    first += inputWords;
    return inside;
  });
}

/** Elements by place: -1 where there is none. */
export function elementsOf({ place, words }: Layout, lanes: number): Int32Array {
  const elements = new Int32Array(words * lanes).fill(-1);
  place.forEach((at, e) => (elements[at] = e));
  return elements;
}

/** Vectors of a map's pixels in order, element by element, -1 behind a pixel's last channel. */
export function mapVectors({ height, width, channels }: MapShape, vector: number): Int32Array {
  const padded = Math.ceil(channels / vector) * vector;
  const vectors = new Int32Array(height * width * padded).fill(-1);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < channels; c++) vectors[pixel * padded + c] = pixel * channels + c;
  }
  return vectors;
}

/** The same for the outputs of blocks. */
export function blockVectors(shapes: readonly BlockShape[], vector: number): Int32Array {
  return Int32Array.from(
    shapes.flatMap(({ outputs }) => {
      const padded = new Array<number>(Math.ceil(outputs.length / vector) * vector).fill(-1);
      outputs.forEach((e, i) => (padded[i] = e));
      return padded;
    }),
  );
}
