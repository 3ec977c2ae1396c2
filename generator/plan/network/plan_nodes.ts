/**
 * The engines of a network in their places. Between two block-permuted layers one permutation brings the first one's order into the second one's; a
 * dense layer takes the order of the blocks before it by the order of its weights, which costs nothing.
 */
import { ShiftloomError } from '../../errors.js';
import { consumersOf, type LayerNode, type Network } from '../../network/network.js';
import type { Layer } from '../../layer/layer.js';
import { withPermuters, type ArrivingOrder } from '../block_permuters.js';
import { cyclesBetweenFrames } from '../cycles.js';
import { estimateLayer } from '../estimate.js';
import type { Estimate, Lanes, LayerPlan } from '../plan.js';
import { planCore, planLayer } from '../plan_layer.js';

/** A layer of a network as it will be built. */
export interface PlannedLayer {
  readonly plan: LayerPlan;
  readonly estimate: Estimate;
  readonly cycles: number;
}

/** A dense layer takes an order with at most this share of positions that hold nothing. */
const MOST_PADDING = 1 / 8;

/**
 * @param lanes folding of each layer node, by name
 * @throws ShiftloomError as planning a layer does; 'unsupported' if a layer's weights are streamed, or its outputs come tile by tile
 */
export function planNodes(network: Network, lanes: ReadonlyMap<string, Lanes>): Map<number, PlannedLayer> {
  const planned = new Map<number, PlannedLayer>();
  const orders = new Map<number, ArrivingOrder>(); // of nodes that give another order than the natural one
  network.nodes.forEach((node, index) => {
    const arriving = orders.get(node.sources[0]);
    if (node.op === 'flatten' && arriving) orders.set(index, arriving);
    if (node.op !== 'layer') return;
    const keeps = node.layer.blocks !== undefined && takesOrder(network, index);
    const plan = placed(network, node, enginePlan(node, lanes.get(node.name)!, arriving, keeps));
    if (plan.blocks && keeps && !plan.outputPermuter) orders.set(index, { order: plan.blocks.coreOutputOrder, stream: plan.output });
    planned.set(index, { plan, estimate: estimateLayer(plan), cycles: cyclesBetweenFrames(plan) });
  });
  return planned;
}

function enginePlan({ name, layer }: LayerNode, lanes: Lanes, arriving: ArrivingOrder | undefined, keepOutput: boolean): LayerPlan {
  if (lanes.weights === 'streamed') {
    throw new ShiftloomError('unsupported', `lanes of ${name}`, 'weights are streamed, and a network has no weight stream', 'Take weights=resident, or weights=rebuilt for factors');
  }
  if (!layer.blocks) return planLayer(arriving ? inOrder(layer, arriving.order) : layer, lanes);
  const core = planCore(layer, lanes);
  return withPermuters(core, core.blocks!, arriving, keepOutput && worthKeeping(core));
}

/** The order of a core with much padding would cost the next layer more than the permuter. */
function worthKeeping({ blocks, layer }: LayerPlan): boolean {
  return blocks!.coreOutputOrder.length <= (1 + MOST_PADDING) * layer.geometry.outChannels;
}

function placed(network: Network, node: LayerNode, engine: LayerPlan): LayerPlan {
  const place = { network: network.description.name, name: node.name };
  const plan = { ...engine, name: `${place.network}_${place.name}`, node: place };
  if (plan.streamed && plan.layer.geometry.groups * plan.sequencer.tiles > 1) {
    const { outChannels } = plan.layer.geometry;
    throw new ShiftloomError(
      'unsupported',
      `lanes of ${node.name}`,
      `with oc=${plan.lanes.oc} of ${outChannels} output channels rebuilt weights give the outputs channel tile by channel tile`,
      `Take oc=${outChannels}, or weights=resident`,
    );
  }
  return plan;
}

/** Whether all that a node gives goes to one layer that can take any order of it: blocks, or a dense layer on a 1x1 map. */
function takesOrder(network: Network, index: number): boolean {
  const readers = consumersOf(network, index);
  if (index === network.output || readers.length !== 1) return false;
  const reader = network.nodes[readers[0]];
  if (reader.op === 'flatten') return takesOrder(network, readers[0]);
  return reader.op === 'layer' && (reader.layer.blocks !== undefined || takesAnyOrder(reader.layer));
}

/** Weights of a dense layer can stand in any order, unless groups of neighbours belong together. */
function takesAnyOrder({ description: { weights, sparsity }, geometry: g, factors }: Layer): boolean {
  const isMatrix = g.inHeight * g.inWidth * g.kernelHeight * g.kernelWidth * g.groups === 1;
  const hasZero = weights.encoding !== 'codebook' || weights.levels.includes(0);
  return isMatrix && hasZero && weights.encoding !== 'bpot' && !sparsity && !factors;
}

/** The layer with its inputs in another order; positions without an input have weight zero. */
function inOrder(layer: Layer, order: Int32Array): Layer {
  const { geometry: g, tensors, description } = layer;
  const weight = new Int32Array(g.outChannels * order.length);
  for (let output = 0; output < g.outChannels; output++) {
    order.forEach((input, position) => {
      if (input >= 0) weight[output * order.length + position] = tensors.weight[output * g.inChannels + input];
    });
  }
  return {
    ...layer,
    description: { ...description, input: { ...description.input, channels: order.length } },
    geometry: { ...g, inChannels: order.length, groupInChannels: order.length },
    tensors: { ...tensors, weight },
  };
}
