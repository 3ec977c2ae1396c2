/** View of the processing element pair: chains of packed DSP48E1, then trees and accumulators of two output channels. */
import type { LayerPlan } from '../plan/plan.js';
import type { ProcessingElementPairPlan } from '../plan/processing_element_pair.js';
import { GENERATOR_VERSION } from '../version.js';
import { header } from './header.js';
import { accumulatorView, groupShiftView, hasLoops, treeView } from './processing_element_sums.js';

const PURPOSE = {
  channels: 'sums of weight times activation of two output channels, one pixel, two weights in each DSP48E1.',
  pixels: 'sums of weight times selected activation of one output channel, two pixels, two activations in each DSP48E1.',
} as const;

function purpose({ selection }: ProcessingElementPairPlan): string {
  return selection ? PURPOSE.pixels : PURPOSE.channels;
}

/** View for `templates/rtl/processing_element_pair.v.hbs` of a layer's engine. */
export function processingElementPairView(plan: LayerPlan, pair: ProcessingElementPairPlan, layerHash: string): object {
  return Object.freeze({ ...header(plan, layerHash, 'processing_element_pair', purpose(pair), facts(pair)), ...body(pair) });
}

/** The same view for a pair by itself, module `<name>_processing_element_pair`: for benchmarks and tests of the unit. */
export function standaloneProcessingElementPairView(name: string, pair: ProcessingElementPairPlan): object {
  return Object.freeze({
    module: `${name}_processing_element_pair`,
    purpose: purpose(pair),
    version: GENERATOR_VERSION,
    template: 'processing_element_pair.v.hbs',
    layer: name,
    layerText: name,
    file: `${name}.layer.json`,
    layerHash: 'no layer',
    options: '',
    facts: facts(pair),
    ...body(pair),
  });
}

function facts(pair: ProcessingElementPairPlan): string[] {
  const { encoding, icLanes, activationBits, activationSigned, accumulatorWidth, latency, sumWidth, estimate } = pair;
  return [
    `IC_LANES ${icLanes} weights${pair.selection ? ` on ${pair.selection.n} of each ${pair.selection.m} activations` : ' of each channel'} per cycle, encoding ${encoding.encoding} decoded to ${pair.weightBits} bits`,
    `ACT_BITS ${activationBits}, ${activationSigned ? 'two\'s complement' : 'unsigned'}`,
    `FIELD ${pair.field}: place of the ${pair.selection ? 'second pixel' : 'high channel'}; a chain's sum has ${pair.chainWidth} bits`,
    `ACC_WIDTH ${accumulatorWidth}; the sum of one cycle has ${sumWidth} bits`,
    'XC7_PRIMITIVES 1: DSP48E1, LUT6_2 and CARRY4 instances; 0: behavioural, the same to the bit and the cycle',
    `Latency: ${latency} cycles to the accumulators, one set of operands per cycle, no stall, no reset.`,
    `Estimate: ${estimate.lut} LUT, ${estimate.ff} FF, ${estimate.carry4} CARRY4, ${estimate.dsp} DSP48E1.`,
  ];
}

function body(pair: ProcessingElementPairPlan): object {
  const { icLanes, weightBits, exponentBits, exponentGroups, accumulatorWidth, group, tree, chainWidth, chains } = pair;
  const groups = icLanes / pair.groupLanes;
  const trees = group ? [group.tree, tree] : [tree];
  return {
    latency: pair.latency,
    exponentDelay: pair.exponentDelay,
    weightMsb: icLanes * weightBits - 1,
    exponentMsb: (pair.selection ? 1 : 2) * exponentGroups * exponentBits - 1,
    sumsMsb: 2 * accumulatorWidth - 1,
    hasExponents: exponentBits > 0,
    genvars: [...(pair.selection ? ['block', 'lane'] : []), 'group', 'chain', 'channel', ...(trees.some(hasLoops) ? ['adder'] : [])].join(', '),
    slices: icLanes,
    groups,
    groupLanes: pair.groupLanes,
    chain: pair.chain,
    chains,
    ...chainView(pair),
    ...(pair.selection ? selectingView(pair) : sharedView(pair)),
    field: pair.field,
    chainWidth,
    termsMsb: groups * chains * chainWidth - 1,
    bothTermsMsb: 2 * groups * chains * chainWidth - 1,
    groupTermsWidth: chains * chainWidth,
    groupTermsMsb: chains * chainWidth - 1,
    groupSumsMsb: exponentGroups * (group?.shift.width ?? 0) - 1,
    hasUnused: chainWidth > accumulatorWidth,
    groupTree: group ? treeView(group.tree, 'terms', 'group_level') : { levels: [] },
    exponentShift: groupShiftView(pair, 1, pair.selection ? 'group' : `(${exponentGroups}*channel + group)`),
    tree: treeView(tree, group ? 'group_sums' : 'terms', 'level'),
    ...accumulatorView(pair),
  };
}

/** Length and first lane of a chain by its number within the group. */
function chainView({ groupLanes, blockLanes, chain, chains, lastChain }: ProcessingElementPairPlan): object {
  const laneChains = chains / blockLanes;
  const number = blockLanes > 1 ? `chain % ${laneChains}` : 'chain';
  const first = blockLanes > 1 ? `${groupLanes / blockLanes}*(chain / ${laneChains}) + ${chain}*(${number})` : `${chain}*chain`;
  return {
    lengthOfChain: lastChain === chain ? String(chain) : `(${number} == ${laneChains - 1}) ? ${lastChain} : ${chain}`,
    firstOfChain: `${groupLanes}*group + ${first}`,
  };
}

/** Two channels: the activation is the number that both products share, the weights are packed. */
function sharedView({ icLanes, activationBits, activationSigned, weightBits }: ProcessingElementPairPlan): object {
  return {
    hasSelection: false,
    actMsb: icLanes * activationBits - 1,
    factor: 'act_i',
    factorWidth: activationBits,
    factorSigned: activationSigned ? 1 : 0,
    low: 'low_i',
    high: 'high_i',
    packedWidth: weightBits,
  };
}

/** Two pixels: the weight is shared, the selected activations are packed. */
function selectingView(pair: ProcessingElementPairPlan): object {
  const { icLanes, channels, activationBits: act, weightBits, groupLanes, blockLanes, packedBits } = pair;
  const { n, m, choices, indexBits } = pair.selection!;
  const extended = (name: string) => (packedBits > act ? `{1'b0, ${name}}` : name);
  return {
    hasSelection: true,
    actMsb: 2 * channels * act - 1,
    selectMsb: icLanes * indexBits - 1,
    actLaneMsb: act - 1,
    actWidth: act,
    weightWidth: weightBits,
    choices,
    indexBits,
    choiceBits: choices * act,
    blocks: icLanes / n,
    blockLanes: n,
    blockChannels: m,
    secondPixel: channels,
    groupBlocks: groupLanes / blockLanes,
    packedMsb: icLanes * packedBits - 1,
    lowExtended: extended('low_act'),
    highExtended: extended('high_act'),
    factor: 'weight',
    factorWidth: weightBits,
    factorSigned: 1,
    low: 'low',
    high: 'high',
    packedWidth: packedBits,
  };
}
