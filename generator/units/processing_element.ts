/** View of the processing element: lanes, adder trees and accumulator as instances with the plan's widths. */
import type { LayerPlan } from '../plan/plan.js';
import type { ProcessingElementPlan } from '../plan/processing_element.js';
import type { Selection } from '../plan/selection.js';
import { GENERATOR_VERSION } from '../version.js';
import { header, type Owner } from './header.js';
import { lanesView } from './processing_element_lanes.js';
import { accumulatorView, groupShiftView, hasLoops, treeView } from './processing_element_sums.js';

const PURPOSE = 'sum of weight times activation over the lanes, accumulated; one output channel, one pixel.';

/** View for `templates/rtl/processing_element.v.hbs` of a layer's engine. */
export function processingElementView(plan: LayerPlan, layerHash: string): object {
  return ownedProcessingElementView(plan, plan.processingElement, layerHash);
}

/** The same view for an engine that is no layer's. */
export function ownedProcessingElementView(owner: Owner, element: ProcessingElementPlan, hash: string): object {
  return Object.freeze({ ...header(owner, hash, 'processing_element', PURPOSE, facts(element)), ...body(element) });
}

/** The same view for a processing element by itself, module `<name>_processing_element`: for benchmarks and tests of the unit. */
export function standaloneProcessingElementView(name: string, plan: ProcessingElementPlan): object {
  return Object.freeze({
    module: `${name}_processing_element`,
    purpose: PURPOSE,
    version: GENERATOR_VERSION,
    template: 'processing_element.v.hbs',
    layer: name,
    layerText: name,
    file: `${name}.layer.json`,
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
    exponentShift: groupShiftView(plan, group?.shift.exponentDelay ?? 0, 'group'),
    tree: treeView(tree, group ? 'group_sums' : 'terms', 'level'),
    ...accumulatorView(plan),
  };
}
