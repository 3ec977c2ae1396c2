/** LUTs and FFs of the stream cells before synthesis, from their structure: registers, multiplexers, counters, memories. */
import type { AddNode, MaxPoolNode } from '../../network/network.js';
import { prefersBlock, ramCost } from '../memory.js';
import type { NetworkStream, StageCost } from './network_plan.js';

function logic(lut: number, ff: number, dsp = 0, bram36 = 0): StageCost {
  return { lut: Math.round(lut), ff: Math.round(ff), dsp, bram36 };
}

function beatBits({ elementBits, elements }: Pick<NetworkStream, 'elementBits' | 'elements'>): number {
  return elementBits * elements;
}

function countBits(values: number): number {
  return Math.max(1, Math.ceil(Math.log2(Math.max(2, values))));
}

export function gateCost({ beatsPerFrame }: NetworkStream): StageCost {
  return logic(6 + 1.5 * countBits(beatsPerFrame), 6 + countBits(beatsPerFrame));
}

/** A register slice: a word that stands and one that is held. */
export function registerCost(width: number): StageCost {
  return logic(width + 3, 2 * width + 2);
}

export function forkCost(stream: NetworkStream, branches: number): StageCost {
  const slice = registerCost(beatBits(stream) + 1);
  return logic(slice.lut + 2 * branches, slice.ff + branches);
}

/** Towards wide beats parts are gathered in registers; towards narrow ones a register is shifted. */
export function widthCost(stream: NetworkStream, elements: number): StageCost {
  if (stream.elements === elements) return registerCost(beatBits(stream) + 1);
  const wide = Math.max(stream.elements, elements) * stream.elementBits;
  return stream.elements < elements ? logic(10, 2 * wide + 6) : logic(wide + 10, wide + 2 * beatBits(stream) + 8);
}

export function fifoCost(width: number, depth: number, block: boolean): StageCost {
  const ram = ramCost({ depth: 2 ** countBits(depth), width, block });
  return logic(ram.lut + 3 * countBits(depth) + 8, ram.ff + width + 3 * countBits(depth) + 4, 0, ram.bram36);
}

/** A line of partial maxima: one for each window that is open between two positions, for each inner beat. */
function windowMemory(kernel: number, stride: number, inner: number, beat: number, block: boolean): { lut: number; ff: number; bram36: number } {
  const partials = Math.ceil((kernel - 1) / stride);
  // Below four inner beats the partial maxima are a line of registers.
  if (partials === 0 || inner < 4) return { lut: 0, ff: partials * inner * beat, bram36: 0 };
  const ram = ramCost({ depth: inner, width: partials * beat, block });
  return { lut: ram.lut, ff: (block ? 0 : partials * beat) + (2 * partials + 1) * beat + 15, bram36: ram.bram36 };
}

/** Words of max pooling's line buffer, and whether it is block RAM. */
export function poolLine(node: MaxPoolNode, { elements, elementBits }: Pick<NetworkStream, 'elements' | 'elementBits'>): { readonly words: number; readonly block: boolean } {
  const { kernel, strides } = node.description;
  const words = (node.output.width * node.output.channels) / elements;
  return { words, block: prefersBlock(words, Math.ceil((kernel[0] - 1) / strides[0]) * elements * elementBits) };
}

/** Along the rows and across them: comparison and choice for each partial maximum, the output's choice, an output slice. */
export function maxPoolCost(node: MaxPoolNode, stream: NetworkStream): StageCost {
  const { kernel, strides } = node.description;
  const beat = beatBits(stream);
  const line = poolLine(node, stream);
  const along = windowMemory(kernel[1], strides[1], node.output.channels / stream.elements, beat, false);
  const across = windowMemory(kernel[0], strides[0], line.words, beat, line.block);
  const choices = [0, 1].map((axis) => Math.ceil((kernel[axis] - 1) / strides[axis])).reduce((a, b) => a + b, 0);
  return logic(beat * (4 + 2.1 * choices) + along.lut + across.lut + 60, 8 * beat + along.ff + across.ff + 60, 0, across.bram36);
}

/** A multiplier that is no power of two takes a DSP48E1 for each element, and the registers around it. */
export function addCost({ description: { multipliers }, output: { bits } }: AddNode, elements: number): StageCost {
  const products = multipliers.filter((m) => (m & (m - 1)) !== 0).length;
  const beat = elements * (bits <= 8 ? 8 : 16);
  return logic(3.2 * beat + (products === 2 ? 1.5 * beat : 0) + 10, (4 + [7.5, 5, 2][products]) * beat + 10, products * elements);
}

/** A tree over the elements of a beat, the best so far, and a FIFO of 16 indices. */
export function argmaxCost({ elements, elementBits }: NetworkStream): StageCost {
  return logic((elements - 1) * (2 * elementBits + 2) + 48, (elements - 1) * (elementBits + 2) + elementBits + 58);
}
