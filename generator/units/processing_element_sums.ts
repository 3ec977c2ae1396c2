/** View of what comes behind the products: adder trees, the shift by a group's exponent, the accumulator. */
import type { AdderBatch, AdderTree, TreeNumber } from '../plan/adder_tree.js';
import type { ProcessingElementPlan } from '../plan/processing_element.js';

/** What a processing element and a channel of a pair have alike. */
type SumPlan = Pick<ProcessingElementPlan, 'encoding' | 'exponentBits' | 'group' | 'tree' | 'accumulatorWidth' | 'turns'>;

/**
 * Delays of the exponent bits and the one or two shifters of a group.
 * @param delay cycles that the exponent waits here for its group's sum
 * @param index Verilog expression of the exponent's place in the vector
 */
export function groupShiftView({ encoding, exponentBits, group }: SumPlan, delay: number, index: string): object {
  if (!group || encoding.encoding !== 'bpot') return { exponentDelays: [], shifts: [] };
  const { inWidth, width } = group.shift;
  const { maxExponent } = encoding;
  const low = Math.min(exponentBits, 2);
  const delayView = (name: string, first: number, bits: number, depth: number) => ({
    name,
    msb: bits - 1,
    width: bits,
    depth,
    source: `exponent_i[${scaled(exponentBits, index, first)} +: ${bits}]`,
  });
  const sum = group.tree.levels.length > 0 ? `group_level_${group.tree.levels.length}` : 'terms';
  const place = `group_sums[${scaled(width, 'group', 0)} +: ${width}]`;
  const delays = [delayView('exponent', 0, low, delay)];
  const first = maxExponent > 3 ? Math.min(width, inWidth + 3) : width;
  const shifts = [
    {
      cell: maxExponent === 1 ? 'nn_shift_step' : 'nn_shift_select',
      step: maxExponent === 1 ? ' .STEP(1),' : '',
      control: maxExponent === 1 ? ".shift_i(exponent[0]), .invert_i(1'b0)" : '.select_i(exponent)',
      instance: 'u_shift',
      inWidth,
      outWidth: first,
      hasWire: maxExponent > 3,
      wire: 'by_three',
      msb: first - 1,
      source: inWidth === bitsOf(group.tree) ? sum : `${sum}[${inWidth - 1}:0]`,
      result: maxExponent > 3 ? 'by_three' : place,
    },
  ];
  if (maxExponent > 3) {
    delays.push(delayView('exponent_four', 2, 1, delay + 1));
    shifts.push({
      cell: 'nn_shift_step',
      step: ' .STEP(4),',
      control: ".shift_i(exponent_four[0]), .invert_i(1'b0)",
      instance: 'u_shift_four',
      inWidth: first,
      outWidth: width,
      hasWire: false,
      wire: '',
      msb: 0,
      source: 'by_three',
      result: place,
    });
  }
  return { exponentDelays: delays, shifts };
}

export function accumulatorView({ tree, group, accumulatorWidth, turns = 1 }: Pick<SumPlan, 'tree' | 'accumulatorWidth' | 'turns'> & Partial<Pick<SumPlan, 'group'>>): object {
  const vector = lastVector(tree, group ? 'group_sums' : 'terms', 'level');
  const [a, b] = tree.results;
  const slice = (n: TreeNumber) => `${vector}[${n.offset + n.width - 1}:${n.offset}]`;
  return {
    addends: tree.results.length,
    aWidth: a.width,
    aShift: a.low,
    a: slice(a),
    bWidth: b?.width ?? 1,
    bShift: b?.low ?? 0,
    b: b ? slice(b) : "1'b0",
    sumWidth: accumulatorWidth,
    hasTurns: turns > 1,
    turns,
  };
}

function lastVector(tree: AdderTree, input: string, name: string): string {
  return tree.levels.length === 0 ? input : `${name}_${tree.levels.length}`;
}

export function hasLoops(tree: AdderTree): boolean {
  return tree.levels.some((level) => level.batches.some((batch) => batch.count > 1));
}

function bitsOf(tree: AdderTree): number {
  return tree.levels.at(-1)?.width ?? tree.inputWidth;
}

export function treeView(tree: AdderTree, input: string, name: string): object {
  let before = input;
  let numbers = 0;
  const levels = tree.levels.map((level, index) => {
    const source = before;
    before = `${name}_${index + 1}`;
    const inputs = level.batches.reduce((sum, { count, operands }) => sum + count * operands.length, 0);
    numbers = level.batches.reduce((sum, { count }) => sum + count, 0);
    return {
      name: before,
      msb: level.width - 1,
      comment: `Level ${index + 1}: ${inputs} numbers to ${numbers}`,
      batches: level.batches.map((batch, b) => batchView(batch, source, before, `${name}_${index + 1}_${'abcdefghijklmnopqrstuvwxyz'[b] ?? b}`)),
    };
  });
  return { levels };
}

function batchView(batch: AdderBatch, source: string, target: string, label: string): object {
  const hasLoop = batch.count > 1;
  const slice = (vector: string, offset: number, stride: number, width: number) =>
    hasLoop ? `${vector}[${scaled(stride, 'adder', offset)} +: ${width}]` : `${vector}[${offset + width - 1}:${offset}]`;
  const operands = batch.operands.map((o) => ({ width: o.width, shift: o.shift, slice: slice(source, o.offset, o.stride, o.width) }));
  const none = { width: 0, shift: 0, slice: '' };
  return {
    label,
    hasLoop,
    count: batch.count,
    indent: hasLoop ? '    ' : '',
    hasThree: operands.length === 3,
    hasTwo: operands.length === 2,
    hasOne: operands.length === 1,
    a: operands[0],
    b: operands[1] ?? none,
    c: operands[2] ?? none,
    width: batch.width,
    result: slice(target, batch.offset, batch.width, batch.width),
  };
}

/** `factor*variable + offset`, without what is not needed. */
export function scaled(factor: number, variable: string, offset: number): string {
  const product = factor === 1 ? variable : `${factor}*${variable}`;
  return offset === 0 ? product : `${product} + ${offset}`;
}
