/** View of the processing element pair: chains of packed DSP48E1, then trees and accumulators of two output channels. */
import type { LayerPlan } from '../plan/plan.js';
import type { ProcessingElementPairPlan } from '../plan/processing_element_pair.js';
import { GENERATOR_VERSION } from '../version.js';
import { header } from './header.js';
import { accumulatorView, groupShiftView, hasLoops, treeView } from './processing_element_sums.js';

const PURPOSE = 'sums of weight times activation of two output channels, one pixel, two weights in each DSP48E1.';

/** View for `templates/rtl/processing_element_pair.v.hbs` of a layer's engine. */
export function processingElementPairView(plan: LayerPlan, pair: ProcessingElementPairPlan, layerHash: string): object {
  return Object.freeze({ ...header(plan, layerHash, 'processing_element_pair', PURPOSE, facts(pair)), ...body(pair) });
}

/** The same view for a pair by itself, module `<name>_processing_element_pair`: for benchmarks and tests of the unit. */
export function standaloneProcessingElementPairView(name: string, pair: ProcessingElementPairPlan): object {
  return Object.freeze({
    module: `${name}_processing_element_pair`,
    purpose: PURPOSE,
    version: GENERATOR_VERSION,
    template: 'processing_element_pair.v.hbs',
    layer: name,
    layerHash: 'no layer',
    options: '',
    facts: facts(pair),
    ...body(pair),
  });
}

function facts(pair: ProcessingElementPairPlan): string[] {
  const { encoding, icLanes, activationBits, activationSigned, accumulatorWidth, latency, sumWidth, estimate } = pair;
  return [
    `IC_LANES ${icLanes} weights of each channel per cycle, encoding ${encoding.encoding} decoded to ${pair.weightBits} bits`,
    `ACT_BITS ${activationBits}, ${activationSigned ? 'two\'s complement' : 'unsigned'}`,
    `FIELD ${pair.field}: place of the high channel; a chain's sum has ${pair.chainWidth} bits`,
    `ACC_WIDTH ${accumulatorWidth}; the sum of one cycle has ${sumWidth} bits`,
    'XC7_PRIMITIVES 1: DSP48E1, LUT6_2 and CARRY4 instances; 0: behavioural, the same to the bit and the cycle',
    `Latency: ${latency} cycles to the accumulators, one set of operands per cycle, no stall, no reset.`,
    `Estimate: ${estimate.lut} LUT, ${estimate.ff} FF, ${estimate.carry4} CARRY4, ${estimate.dsp} DSP48E1.`,
  ];
}

function body(pair: ProcessingElementPairPlan): object {
  const { icLanes, activationBits, weightBits, exponentBits, exponentGroups, accumulatorWidth, group, tree, chainWidth, chains } = pair;
  const groups = icLanes / pair.groupLanes;
  const trees = group ? [group.tree, tree] : [tree];
  return {
    latency: pair.latency,
    exponentDelay: pair.exponentDelay,
    actMsb: icLanes * activationBits - 1,
    weightMsb: icLanes * weightBits - 1,
    exponentMsb: 2 * exponentGroups * exponentBits - 1,
    sumsMsb: 2 * accumulatorWidth - 1,
    hasExponents: exponentBits > 0,
    genvars: ['group', 'chain', 'channel', ...(trees.some(hasLoops) ? ['adder'] : [])].join(', '),
    slices: icLanes,
    groups,
    groupLanes: pair.groupLanes,
    chain: pair.chain,
    chains,
    lengthOfChain: pair.lastChain === pair.chain ? String(pair.chain) : `(chain == ${chains - 1}) ? ${pair.lastChain} : ${pair.chain}`,
    actWidth: activationBits,
    actSigned: pair.activationSigned ? 1 : 0,
    weightWidth: weightBits,
    field: pair.field,
    chainWidth,
    termsMsb: groups * chains * chainWidth - 1,
    bothTermsMsb: 2 * groups * chains * chainWidth - 1,
    groupTermsWidth: chains * chainWidth,
    groupTermsMsb: chains * chainWidth - 1,
    groupSumsMsb: exponentGroups * (group?.shift.width ?? 0) - 1,
    hasUnused: chainWidth > accumulatorWidth,
    groupTree: group ? treeView(group.tree, 'terms', 'group_level') : { levels: [] },
    exponentShift: groupShiftView(pair, 0, `(${exponentGroups}*channel + group)`),
    tree: treeView(tree, group ? 'group_sums' : 'terms', 'level'),
    ...accumulatorView(pair),
  };
}
