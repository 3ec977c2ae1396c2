/** View of a network's top: control registers once, and the stages with the streams between them. */
import type { LayerStage, NetworkPlan, NetworkStage, NetworkStream } from '../plan/network/network_plan.js';
import { outputBounds } from '../layer/layer.js';
import type { AddNode, ArgmaxNode, MaxPoolNode, NetworkNode } from '../network/network.js';
import { lanesText } from '../plan/lanes_text.js';
import { poolLine } from '../plan/network/stage_cost.js';
import { unsignedLiteral } from '../verilog/literal.js';
import { GENERATOR_VERSION, versionWord } from '../version.js';

const NOTHING = { isGate: false, isLayer: false, isCell: false, isAdd: false, isFifo: false, isFork: false } as const;

export function networkTopView(plan: NetworkPlan, hash: string, options: string): object {
  const layers = plan.stages.filter((stage) => stage.kind === 'layer');
  const indexOf = (stage: LayerStage): number => layers.indexOf(stage);
  return Object.freeze({
    module: `${plan.name}_top`,
    purpose: 'a network as one accelerator: an engine for each layer, all at work at once, with streams between them.',
    version: GENERATOR_VERSION,
    template: 'network_top.v.hbs',
    layer: plan.name,
    layerText: plan.name,
    file: `${plan.name}.network.json`,
    layerHash: hash,
    options,
    facts: facts(plan),
    inMsb: msbOf(plan.input),
    outMsb: msbOf(plan.output),
    counted: plan.slowestLayer.name.replace(/^layer_/, ''),
    slowest: indexOf(plan.slowestLayer),
    layersMsb: layers.length - 1,
    layerCount: layers.length,
    layersZero: unsignedLiteral(0, layers.length),
    versionWord: unsignedLiteral(versionWord(), 32),
    layerId: `32'h${hash}`,
    peakMacs: unsignedLiteral(plan.peakMacsPerCycle, 32),
    layers: layers.map((stage, index) => ({ index: String(index), node: stage.node, name: stage.name.replace(/^layer_/, '') })),
    stages: plan.stages.map((stage) => stageView(plan, stage, stage.kind === 'layer' ? indexOf(stage) : 0)),
    output: plan.output.name,
  });
}

/** The graph and the figures, for the file's header. */
function facts(plan: NetworkPlan): string[] {
  const { input, output, network } = plan;
  return [
    ...network.nodes.map((node) => `${node.inputs.join(' + ')} -> ${nodeText(node)} -> ${node.output.height}x${node.output.width}x${node.output.channels}`),
    `a frame every ${plan.cyclesPerFrame} cycles at full rate, bound by ${plan.slowest.name}; ${plan.peakMacsPerCycle} multiply-accumulates per cycle`,
    `s_axis: ${input.beatsPerFrame} beats a frame of ${input.elements} element(s); m_axis: ${output.beatsPerFrame} beats of ${output.elements}; order row, column, channel`,
    'Handshake: AXI4-Stream, AXI4-Lite; aresetn is synchronous and active low. Register map: docs/interfaces.md.',
  ];
}

function nodeText(node: NetworkNode): string {
  if (node.op === 'layer') return `${node.name} (${node.layer.description.kind})`;
  return `${node.name} (${node.op})`;
}

function msbOf({ elementBits, elements }: NetworkStream): number {
  return elementBits * elements - 1;
}

function stageView(plan: NetworkPlan, stage: NetworkStage, index: number): object {
  const { streams, network } = plan;
  const made = stage.outputs.map((stream) => ({ name: streams[stream].name, msb: msbOf(streams[stream]), word: stage.name }));
  const common = {
    ...NOTHING,
    name: stage.name,
    title: titleOf(plan, stage),
    made,
    in: stage.inputs.length > 0 ? streams[stage.inputs[0]].name : '',
    out: made[0].name,
    parameters: '',
  };
  const input = streams[stage.inputs[0] ?? 0];
  const output = streams[stage.outputs[0]];
  switch (stage.kind) {
    case 'gate':
      return { ...common, isGate: true, parameters: `.WIDTH(${msbOf(output) + 1}), .BEATS(${output.beatsPerFrame})` };
    case 'layer':
      return { ...common, isLayer: true, engine: `${stage.plan.name}_engine`, index: String(index) };
    case 'width':
      return { ...common, isCell: true, cell: 'nn_stream_width', parameters: `.ELEMENT_BITS(${input.elementBits}), .IN_ELEMENTS(${input.elements}), .OUT_ELEMENTS(${output.elements})` };
    case 'fifo':
      return { ...common, isFifo: true, parameters: `.WIDTH(${msbOf(input) + 2}), .DEPTH(${stage.depth}), .BLOCK(${stage.block ? 1 : 0})` };
    case 'fork':
      return {
        ...common,
        isFork: true,
        wordMsb: msbOf(input) + 1,
        parameters: `.WIDTH(${msbOf(input) + 2}), .BRANCHES(${made.length})`,
        valids: `{${[...made].reverse().map(({ name }) => `${name}_tvalid`).join(', ')}}`,
        readies: `{${[...made].reverse().map(({ name }) => `${name}_tready`).join(', ')}}`,
      };
    default:
      return { ...common, ...operationView(network.nodes[stage.node], stage.inputs.map((stream) => streams[stream])) };
  }
}

function titleOf({ network, streams }: NetworkPlan, stage: NetworkStage): string {
  const from = stage.inputs.map((stream) => streams[stream]);
  switch (stage.kind) {
    case 'gate':
      return 'Frames of a run';
    case 'layer':
      return `${network.nodes[stage.node].name}: ${lanesText(stage.plan.lanes)}, a frame in ${stage.cycles} cycles`;
    case 'width':
      return from[0].elements === streams[stage.outputs[0]].elements ? 'A register between two engines' : `${from[0].elements} to ${streams[stage.outputs[0]].elements} elements a beat`;
    case 'fifo':
      return stage.name.startsWith('fifo_rows_') ? `${stage.depth} beats of the next window` : `${stage.depth} beats wait for the other branch`;
    case 'fork':
      return `${from[0].name} goes to ${stage.outputs.length}`;
    default:
      return `${network.nodes[stage.node].name}: ${network.nodes[stage.node].op}`;
  }
}

function operationView(node: NetworkNode, inputs: readonly NetworkStream[]): object {
  switch (node.op) {
    case 'max_pool':
      return { isCell: true, cell: 'nn_max_pool', parameters: maxPoolParameters(node, inputs[0]) };
    case 'argmax':
      return { isCell: true, cell: 'nn_argmax', parameters: argmaxParameters(node, inputs[0]) };
    case 'add':
      return { isAdd: true, inA: inputs[0].name, inB: inputs[1].name, parameters: addParameters(node, inputs) };
    default:
      throw new RangeError(`${node.name} is no stage of its own`);
  }
}

function argmaxParameters(node: ArgmaxNode, { elementBits, elements }: NetworkStream): string {
  const [{ channels, signed }] = node.inputFormats;
  return parametersOf({ ELEMENT_BITS: elementBits, ELEMENTS: elements, SIGNED: signed ? 1 : 0, CLASSES: channels });
}

function addParameters(node: AddNode, [inA, inB]: readonly NetworkStream[]): string {
  const [a, b] = node.inputFormats;
  const { multipliers, shift, activation } = node.description;
  const { output } = node;
  const [low, high] = outputBounds(output, activation);
  return parametersOf({
    ELEMENTS: inA.elements, A_BITS: inA.elementBits, B_BITS: inB.elementBits, OUT_BITS: output.bits <= 8 ? 8 : 16, A_SIGNED: a.signed ? 1 : 0, B_SIGNED: b.signed ? 1 : 0,
    A_ZERO: a.zeroPoint, B_ZERO: b.zeroPoint, A_MULTIPLIER: multipliers[0], B_MULTIPLIER: multipliers[1], SHIFT: shift, ZERO_POINT: output.zeroPoint, LOW: low, HIGH: high,
  });
}

function maxPoolParameters(node: MaxPoolNode, input: NetworkStream): string {
  const [{ width, height, channels, signed }] = node.inputFormats;
  const { kernel, strides, pads } = node.description;
  return parametersOf({
    ELEMENT_BITS: input.elementBits, ELEMENTS: input.elements, SIGNED: signed ? 1 : 0, CHANNEL_BEATS: channels / input.elements, WIDTH: width, HEIGHT: height,
    KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: strides[0], STRIDE_W: strides[1],
    PAD_TOP: pads[0], PAD_LEFT: pads[1], PAD_BOTTOM: pads[2], PAD_RIGHT: pads[3], BLOCK: poolLine(node, input).block ? 1 : 0,
  });
}

/** `.NAME(value), ...`, six to a line. */
function parametersOf(values: Readonly<Record<string, number | string>>): string {
  const spelled = Object.entries(values).map(([name, value]) => `.${name}(${value})`);
  const lines: string[] = [];
  for (let i = 0; i < spelled.length; i += 6) lines.push(spelled.slice(i, i + 6).join(', '));
  return lines.join(',\n        ');
}
