/** From a network and the foldings of its layers to the plan of its dataflow accelerator. */
import type { Network } from '../../network/network.js';
import type { Lanes } from '../plan.js';
import { StageBuilder } from './build_stages.js';
import { placeFifos, type FifoDepths } from './fifos.js';
import { playedDepths } from './network_depths.js';
import { planNodes } from './plan_nodes.js';
import type { LayerStage, NetworkPlan, NetworkStage, StageCost } from './network_plan.js';

export interface NetworkPlanOptions {
  /** Depths of FIFOs by stage name, in place of those that the planner works out. */
  readonly fifoDepths?: FifoDepths;
}

/**
 * @param lanes folding of each layer node, by name
 * @throws ShiftloomError as `planNodes`
 */
export function planNetwork(network: Network, lanes: ReadonlyMap<string, Lanes>, options: NetworkPlanOptions = {}): NetworkPlan {
  const builder = new StageBuilder(network, planNodes(network, lanes));
  const { depths, cyclesPerFrame } = playedDepths(builder, options.fifoDepths);
  placeFifos(builder, depths);
  return finished(network, builder, cyclesPerFrame);
}

/** @param cyclesPerFrame as played, Infinity if it stops */
function finished(network: Network, builder: StageBuilder, cyclesPerFrame: number): NetworkPlan {
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
    cyclesPerFrame: Number.isFinite(cyclesPerFrame) ? cyclesPerFrame : slowest.cycles,
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
