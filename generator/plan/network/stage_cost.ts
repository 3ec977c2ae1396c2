/** LUTs and FFs of the stream cells before synthesis, from their structure: registers, multiplexers, counters, memories. */
import type { NetworkNode } from '../../network/network.js';
import { valuesOf } from '../../network/network.js';
import { ramCost } from '../memory.js';
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
  const wide = Math.max(stream.elements, elements) * stream.elementBits;
  return stream.elements < elements ? logic(10, 2 * wide + 6) : logic(wide + 10, wide + 2 * beatBits(stream) + 8);
}

export function fifoCost(width: number, depth: number, block: boolean): StageCost {
  const ram = ramCost({ depth: 2 ** countBits(depth), width, block });
  return logic(ram.lut + 3 * countBits(depth) + 8, ram.ff + width + 3 * countBits(depth) + 4, 0, ram.bram36);
}

/** A comparison of each element with the window's row, one with the line of partial maxima, and the line. */
export function maxPoolCost(node: NetworkNode, stream: NetworkStream): StageCost {
  const line = ramCost({ depth: 2 ** countBits((node.output.width * node.output.channels) / stream.elements), width: beatBits(stream), block: false });
  const channels = ramCost({ depth: 2 ** countBits(node.output.channels / stream.elements), width: beatBits(stream), block: false });
  return logic(3 * beatBits(stream) + line.lut + channels.lut + 60, 4 * beatBits(stream) + line.ff + 50);
}

/** Two products for each element, rounding, clamping. */
export function addCost(node: NetworkNode, elements: number): StageCost {
  return logic(elements * (90 + 2 * node.output.bits) + 40, elements * 130 + 60, 2 * elements);
}

export function argmaxCost(stream: NetworkStream): StageCost {
  return logic(stream.elements * stream.elementBits * 1.5 + 3 * countBits(valuesOf({ channels: stream.beatsPerFrame, height: 1, width: 1, bits: 8, signed: false, zeroPoint: 0 })) + 30, 2 * beatBits(stream) + 60);
}
