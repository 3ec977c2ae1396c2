/** View of a network's top: control registers once, and the stages with the streams between them. */
import type { LayerStage, NetworkPlan, NetworkStage, NetworkStream } from '../plan/network/network_plan.js';
import { ShiftloomError } from '../errors.js';
import type { MaxPoolNode, NetworkNode } from '../network/network.js';
import { lanesText } from '../plan/lanes_text.js';
import { unsignedLiteral } from '../verilog/literal.js';
import { GENERATOR_VERSION, versionWord } from '../version.js';

const NOTHING = { isGate: false, isLayer: false, isCell: false, isFifo: false, isFork: false } as const;

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
      return { ...common, ...operationView(network.nodes[stage.node], input) };
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
      return `${from[0].elements} to ${streams[stage.outputs[0]].elements} elements a beat`;
    case 'fifo':
      return `${stage.depth} beats wait for the other branch`;
    case 'fork':
      return `${from[0].name} goes to ${stage.outputs.length}`;
    default:
      return `${network.nodes[stage.node].name}: ${network.nodes[stage.node].op}`;
  }
}

function operationView(node: NetworkNode, input: NetworkStream): object {
  if (node.op === 'max_pool') return { isCell: true, cell: 'nn_max_pool', parameters: maxPoolParameters(node, input) };
  throw new ShiftloomError('unsupported', node.name, `has no hardware for ${node.op} yet`);
}

function maxPoolParameters(node: MaxPoolNode, input: NetworkStream): string {
  const [{ width, height, channels, signed }] = node.inputFormats;
  const { kernel, strides, pads } = node.description;
  return parametersOf({
    ELEMENT_BITS: input.elementBits, ELEMENTS: input.elements, SIGNED: signed ? 1 : 0, CHANNEL_BEATS: channels / input.elements, WIDTH: width, HEIGHT: height,
    KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: strides[0], STRIDE_W: strides[1],
    PAD_TOP: pads[0], PAD_LEFT: pads[1], PAD_BOTTOM: pads[2], PAD_RIGHT: pads[3], BLOCK: 0,
  });
}

/** `.NAME(value), ...`, six to a line. */
function parametersOf(values: Readonly<Record<string, number | string>>): string {
  const spelled = Object.entries(values).map(([name, value]) => `.${name}(${value})`);
  const lines: string[] = [];
  for (let i = 0; i < spelled.length; i += 6) lines.push(spelled.slice(i, i + 6).join(', '));
  return lines.join(',\n        ');
}
