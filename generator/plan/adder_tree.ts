/**
 * Plan of a pipelined adder tree: levels of three-to-one adders with a register behind each, every sum exactly as wide as its range.
 * A level is one bit vector; numbers are found in it by offset.
 */
import { signedWidth } from '../verilog/literal.js';

/** Registers of a number: `width` bits at `offset` of the level's vector, two's complement, worth value * 2^low. */
export interface TreeNumber {
  readonly offset: number;
  readonly width: number;
  readonly low: number;
  /** Range of the value, in units of 2^low. */
  readonly min: number;
  readonly max: number;
}

/** Operand of adder i of a batch: `width` bits at offset + i * stride of the level before, shifted left by `shift`. */
export interface TreeOperand {
  readonly offset: number;
  readonly stride: number;
  readonly width: number;
  readonly shift: number;
}

/** `count` equal adders side by side; one operand: a register that only passes a number on. */
export interface AdderBatch {
  readonly count: number;
  readonly operands: readonly TreeOperand[];
  /** Result i is `width` bits at offset + i * width of this level. */
  readonly offset: number;
  readonly width: number;
}

export interface TreeLevel {
  readonly width: number;
  readonly batches: readonly AdderBatch[];
}

export interface AdderTree {
  /** Bits of the vector that the tree starts from. */
  readonly inputWidth: number;
  readonly levels: readonly TreeLevel[];
  /** One or two numbers, in the last level's vector (the input's if there are no levels). */
  readonly results: readonly TreeNumber[];
}

export interface TreeOptions {
  /** Numbers that may be left over: 2 in front of an accumulator that adds two, else 1. */
  readonly results: 1 | 2;
  /** Sums are modulo 2^modulus; nothing is wider. */
  readonly modulus: number;
}

interface Sum {
  readonly operands: readonly TreeNumber[];
}

/**
 * Adds `inputs` up level by level. Numbers with the same `low` are added first, because their sums stay narrow; of those, the narrowest
 * first. What is left over of a level (up to two numbers) is passed on.
 */
export function planAdderTree(inputs: readonly TreeNumber[], inputWidth: number, options: TreeOptions): AdderTree {
  const levels: TreeLevel[] = [];
  let numbers = inputs;
  while (numbers.length > options.results) {
    const { level, results } = placeLevel(chooseSums(numbers, options.results), options.modulus);
    levels.push(level);
    numbers = results;
  }
  return { inputWidth, levels, results: numbers };
}

/** Range and width of a sum of numbers, in units of the smallest `low`. */
export function sumOf(numbers: readonly TreeNumber[], modulus: number): Omit<TreeNumber, 'offset'> {
  const low = Math.min(...numbers.map((n) => n.low));
  const min = numbers.reduce((sum, n) => sum + n.min * 2 ** (n.low - low), 0);
  const max = numbers.reduce((sum, n) => sum + n.max * 2 ** (n.low - low), 0);
  const operands = Math.max(...numbers.map((n) => n.width + n.low - low));
  return { low, min, max, width: Math.min(modulus - low, Math.max(signedWidth(min, max), operands)) };
}

/** Which numbers meet on this level, in the order of the next level's vector. */
function chooseSums(numbers: readonly TreeNumber[], results: 1 | 2): Sum[] {
  const classes = new Map<number, TreeNumber[]>();
  for (const number of numbers) classes.set(number.low, [...(classes.get(number.low) ?? []), number]);
  const sums: Sum[] = [];
  const passed: TreeNumber[] = [];
  const ends: TreeNumber[] = []; // of classes that have come down to one or two numbers
  for (const [, members] of [...classes].sort(([a], [b]) => a - b)) {
    const sorted = [...members].sort((a, b) => a.width - b.width || a.offset - b.offset);
    const triples = Math.floor(sorted.length / 3);
    for (let t = 0; t < triples; t++) sums.push({ operands: sorted.slice(3 * t, 3 * t + 3) });
    (triples > 0 ? passed : ends).push(...sorted.slice(3 * triples));
  }
  while (ends.length >= 3) sums.push({ operands: ends.splice(0, 3) });
  if (sums.length === 0 && ends.length === 2 && results === 1) sums.push({ operands: ends.splice(0, 2) });
  for (const number of [...passed, ...ends]) sums.push({ operands: [number] });
  return sums;
}

/** Lays the sums out in one vector and joins neighbours of the same shape to batches. */
function placeLevel(sums: readonly Sum[], modulus: number): { level: TreeLevel; results: TreeNumber[] } {
  const batches: AdderBatch[] = [];
  const results: TreeNumber[] = [];
  let offset = 0;
  let last: readonly TreeNumber[] | undefined;
  for (const { operands } of sums) {
    const sum = operands.length === 1 ? operands[0] : sumOf(operands, modulus);
    results.push({ low: sum.low, min: sum.min, max: sum.max, width: sum.width, offset });
    const batch = batches.at(-1);
    const extended = batch && last && extendBatch(batch, last, operands, sum);
    if (extended) {
      batches[batches.length - 1] = extended;
    } else {
      const shaped = operands.map((n) => ({ offset: n.offset, stride: 0, width: n.width, shift: n.low - sum.low }));
      batches.push({ count: 1, operands: shaped, offset, width: sum.width });
    }
    last = operands;
    offset += sum.width;
  }
  return { level: { width: offset, batches }, results };
}

/** The batch with one adder more, if the new one has its shape and its operands lie at the same distance from those before. */
function extendBatch(
  batch: AdderBatch,
  last: readonly TreeNumber[],
  operands: readonly TreeNumber[],
  sum: Omit<TreeNumber, 'offset'>,
): AdderBatch | undefined {
  if (batch.operands.length !== operands.length || batch.width !== sum.width) return undefined;
  const fits = operands.every((n, k) => {
    const operand = batch.operands[k];
    const stride = n.offset - last[k].offset;
    return n.width === operand.width && n.low - sum.low === operand.shift && (batch.count === 1 || stride === operand.stride);
  });
  if (!fits) return undefined;
  const strides = operands.map((n, k) => n.offset - last[k].offset);
  return { ...batch, count: batch.count + 1, operands: batch.operands.map((o, k) => ({ ...o, stride: strides[k] })) };
}
