/** View of the processing element: lanes, adder trees and accumulator as instances with the plan's widths. */
import type { AdderBatch, AdderTree, TreeNumber } from '../plan/adder_tree.js';
import type { LayerPlan } from '../plan/plan.js';
import type { ProcessingElementPlan } from '../plan/processing_element.js';
import type { Selection } from '../plan/selection.js';
import { GENERATOR_VERSION } from '../version.js';
import { header } from './header.js';
import { lanesView } from './processing_element_lanes.js';

const PURPOSE = 'sum of weight times activation over the lanes, accumulated; one output channel, one pixel.';

/** View for `templates/rtl/processing_element.v.hbs` of a layer's engine. */
export function processingElementView(plan: LayerPlan, layerHash: string): object {
  const element = plan.processingElement;
  return Object.freeze({ ...header(plan, layerHash, 'processing_element', PURPOSE, facts(element)), ...body(element) });
}

/** The same view for a processing element by itself, module `<name>_processing_element`: for benchmarks and tests of the unit. */
export function standaloneProcessingElementView(name: string, plan: ProcessingElementPlan): object {
  return Object.freeze({
    module: `${name}_processing_element`,
    purpose: PURPOSE,
    version: GENERATOR_VERSION,
    template: 'processing_element.v.hbs',
    layer: name,
    layerHash: 'no layer',
    options: '',
    facts: facts(plan),
    ...body(plan),
  });
}

function facts(plan: ProcessingElementPlan): string[] {
  const { encoding, lane, icLanes, activationBits, activationSigned, accumulatorWidth, latency, sumWidth, estimate } = plan;
  return [
    `IC_LANES ${icLanes} weights per cycle${selectionFact(plan.selection)}, encoding ${encoding.encoding} in ${lane === 'dsp' ? 'DSP blocks' : 'LUTs'}`,
    `ACT_BITS ${activationBits}, ${activationSigned ? 'two\'s complement' : 'unsigned'}`,
    `CODE_BITS ${plan.codeBits}${plan.exponentBits > 0 ? `, EXPONENT_BITS ${plan.exponentBits} for each ${plan.groupLanes} lane(s)` : ''}`,
    `ACC_WIDTH ${accumulatorWidth}; the sum of one cycle has ${sumWidth} bits`,
    'XC7_PRIMITIVES 1: LUT6_2, CARRY4 and DSP48E1 instances; 0: behavioural, the same to the bit and the cycle',
    `Latency: ${latency} cycles to the accumulator, one set of operands per cycle, no stall, no reset.`,
    `Estimate: ${estimate.lut} LUT, ${estimate.ff} FF, ${estimate.carry4} CARRY4, ${estimate.dsp} DSP48E1.`,
  ];
}

function selectionFact(selection: Selection | undefined): string {
  return selection ? ` on ${selection.n} of each ${selection.m} activations` : '';
}

function body(plan: ProcessingElementPlan): object {
  const { icLanes, channels, activationBits, codeBits, exponentBits, exponentGroups, accumulatorWidth, group, tree } = plan;
  const groupSumWidth = group?.shift.width ?? 0;
  const trees = group ? [group.tree, tree] : [tree];
  return {
    latency: plan.latency,
    actMsb: channels * activationBits - 1,
    codeMsb: icLanes * codeBits - 1,
    exponentMsb: exponentGroups * exponentBits - 1,
    hasSelection: plan.selection !== undefined,
    selectMsb: icLanes * (plan.selection?.indexBits ?? 0) - 1,
    sumMsb: accumulatorWidth - 1,
    hasExponents: exponentBits > 0,
    genvars: [...(group ? ['group'] : []), 'lane', ...(trees.some(hasLoops) ? ['adder'] : [])].join(', '),
    groups: exponentGroups,
    groupLanes: plan.groupLanes,
    groupSumsMsb: exponentGroups * groupSumWidth - 1,
    lanes: lanesView(plan),
    groupTree: group ? treeView(group.tree, 'terms', 'group_level') : { levels: [] },
    ...groupShiftView(plan),
    tree: treeView(tree, group ? 'group_sums' : 'terms', 'level'),
    ...accumulatorView(plan),
  };
}

/** Delays of the exponent bits and the one or two shifters of a group. */
function groupShiftView({ encoding, exponentBits, group }: ProcessingElementPlan): object {
  if (!group || encoding.encoding !== 'bpot') return { exponentDelays: [], shifts: [] };
  const { inWidth, width, exponentDelay } = group.shift;
  const { maxExponent } = encoding;
  const low = Math.min(exponentBits, 2);
  const delayView = (name: string, first: number, bits: number, depth: number) => ({
    name,
    msb: bits - 1,
    width: bits,
    depth,
    source: `exponent_i[${scaled(exponentBits, 'group', first)} +: ${bits}]`,
  });
  const sum = group.tree.levels.length > 0 ? `group_level_${group.tree.levels.length}` : 'terms';
  const place = `group_sums[${scaled(width, 'group', 0)} +: ${width}]`;
  const delays = [delayView('exponent', 0, low, exponentDelay)];
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
    delays.push(delayView('exponent_four', 2, 1, exponentDelay + 1));
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

function accumulatorView({ tree, group, accumulatorWidth }: ProcessingElementPlan): object {
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
  };
}

function lastVector(tree: AdderTree, input: string, name: string): string {
  return tree.levels.length === 0 ? input : `${name}_${tree.levels.length}`;
}

function hasLoops(tree: AdderTree): boolean {
  return tree.levels.some((level) => level.batches.some((batch) => batch.count > 1));
}

function bitsOf(tree: AdderTree): number {
  return tree.levels.at(-1)?.width ?? tree.inputWidth;
}

function treeView(tree: AdderTree, input: string, name: string): object {
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
function scaled(factor: number, variable: string, offset: number): string {
  const product = factor === 1 ? variable : `${factor}*${variable}`;
  return offset === 0 ? product : `${product} + ${offset}`;
}
