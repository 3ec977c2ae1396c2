/** From a network and the foldings of its layers to the plan of its dataflow accelerator. */
import { ShiftloomError } from '../../errors.js';
import type { Network } from '../../network/network.js';
import { cyclesBetweenFrames } from '../cycles.js';
import { estimateLayer } from '../estimate.js';
import type { Estimate, Lanes, LayerPlan } from '../plan.js';
import { planLayer } from '../plan_layer.js';
import { denseLayer } from './balance.js';
import { StageBuilder } from './build_stages.js';
import { placeFifos, type FifoDepths } from './fifos.js';
import { exactDepths } from './network_depths.js';
import type { LayerStage, NetworkPlan, NetworkStage, StageCost } from './network_plan.js';

/** A layer of a network as it will be built. */
export interface PlannedLayer {
  readonly plan: LayerPlan;
  readonly estimate: Estimate;
  readonly cycles: number;
}

export interface NetworkPlanOptions {
  /** Depths of FIFOs by stage name, in place of those that the planner works out. */
  readonly fifoDepths?: FifoDepths;
}

/**
 * @param lanes folding of each layer node, by name
 * @throws ShiftloomError as planning a layer does; 'unsupported' if a layer's weights are streamed, or its outputs come tile by tile
 */
export function planNetwork(network: Network, lanes: ReadonlyMap<string, Lanes>, options: NetworkPlanOptions = {}): NetworkPlan {
  const layers = new Map<number, PlannedLayer>();
  network.nodes.forEach((node, index) => {
    if (node.op === 'layer') layers.set(index, planNode(network, index, lanes.get(node.name)!));
  });
  const builder = new StageBuilder(network, layers);
  placeFifos(builder, options.fifoDepths ?? exactDepths(builder));
  return finished(network, builder);
}

/** One layer's engine in its place. */
export function planNode(network: Network, index: number, lanes: Lanes): PlannedLayer {
  const node = network.nodes[index];
  if (node.op !== 'layer') throw new RangeError(`node ${index} is no layer`);
  if (lanes.weights === 'streamed') {
    throw new ShiftloomError('unsupported', `lanes of ${node.name}`, 'weights are streamed, and a network has no weight stream', 'Take weights=resident, or weights=rebuilt for factors');
  }
  const place = { network: network.description.name, name: node.name };
  const plan = { ...planLayer(denseLayer(node.layer), lanes), name: `${place.network}_${place.name}`, node: place };
  if (plan.streamed && plan.layer.geometry.groups * plan.sequencer.tiles > 1) {
    throw new ShiftloomError(
      'unsupported',
      `lanes of ${node.name}`,
      `with oc=${lanes.oc} of ${plan.layer.geometry.outChannels} output channels rebuilt weights give the outputs channel tile by channel tile`,
      `Take oc=${plan.layer.geometry.outChannels}, or weights=resident`,
    );
  }
  return { plan, estimate: estimateLayer(plan), cycles: cyclesBetweenFrames(plan) };
}

function finished(network: Network, builder: StageBuilder): NetworkPlan {
  const { stages, streams } = builder;
  const layers = stages.filter((stage) => stage.kind === 'layer');
  const most = <T extends NetworkStage>(list: readonly T[]) => list.reduce((a, b) => (b.cycles > a.cycles ? b : a));
  const slowest = most(stages);
  return {
    name: network.description.name,
    network,
    streams,
    stages,
    input: builder.input,
    output: builder.output,
    macs: total(layers.map(({ plan }) => plan.macs)),
    peakMacsPerCycle: total(layers.map(({ plan }) => plan.peakMacsPerCycle)),
    cyclesPerFrame: slowest.cycles,
    slowest,
    slowestLayer: most<LayerStage>(layers),
    estimate: costOf(stages),
  };
}

/** Control registers once, and all stages. */
function costOf(stages: readonly NetworkStage[]): StageCost {
  const sum = (key: keyof StageCost) => Math.round(total(stages.map(({ cost }) => cost[key])));
  return { lut: sum('lut') + REGISTERS.lut, ff: sum('ff') + REGISTERS.ff, dsp: sum('dsp'), bram36: sum('bram36') };
}

/** nn_control_registers by Yosys; a layer's estimate has them within, so they are taken off there. */
export const REGISTERS = { lut: 301, ff: 381 } as const;

function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
