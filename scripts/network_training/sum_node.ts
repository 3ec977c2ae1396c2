/** The element-wise sum of a stage with a skip connection as a node of a network description. */
import type { NodeToWrite } from '../../generator/network/write.js';
import type { ValueFormat } from './trained_layer.js';

const MOST = 65535;
const MOST_SHIFT = 31;

/** Multipliers and shift with `unit of an input / unit of the output` = multiplier / 2^shift, as exact as 16 bits are. */
export function sumMultipliers(inputs: readonly [number, number], output: number): { readonly multipliers: [number, number]; readonly shift: number } {
  const ratios = inputs.map((unit) => unit / output);
  const shift = Math.min(MOST_SHIFT, Math.floor(Math.log2(MOST / Math.max(...ratios))));
  const [a, b] = ratios.map((ratio) => Math.max(1, Math.round(ratio * 2 ** shift)));
  return { multipliers: [a, b], shift };
}

/** @param inputs names of the two nodes @param formats of the two @param output of the sum, behind its ReLU */
export function sumNode(name: string, inputs: readonly [string, string], formats: readonly [ValueFormat, ValueFormat], { bits, signed, unit }: ValueFormat): NodeToWrite {
  const { multipliers, shift } = sumMultipliers([formats[0].unit, formats[1].unit], unit);
  return { op: 'add', name, inputs: [...inputs], output: { bits, signed, zeroPoint: 0, scale: unit }, multipliers, shift, activation: { kind: 'relu' } };
}
