/**
 * What a network's dataflow accelerator will be: stages (engines and stream cells) and the streams between them, in an order in which each stage
 * comes after those that it reads. Numbers only, as in a layer's plan.
 */
import type { Network } from '../../network/network.js';
import type { Estimate, LayerPlan } from '../plan.js';

/** One stream between two stages: a power of two elements in a beat, row, column, channel order. */
export interface NetworkStream {
  /** What the names of its wires begin with. */
  readonly name: string;
  readonly elementBits: 8 | 16;
  readonly elements: number;
  readonly beatsPerFrame: number;
}

interface StageCommon {
  /** Instance name without `u_`, unique. */
  readonly name: string;
  /** Indices into `NetworkPlan.streams`. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Cycles between two frames at least, if nothing around it holds the stage up. */
  readonly cycles: number;
  readonly cost: StageCost;
}

export interface StageCost {
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
}

/** Counts the beats of the network's input, lets in the frames of a run only, and checks `tlast`. */
export interface GateStage extends StageCommon {
  readonly kind: 'gate';
}

export interface LayerStage extends StageCommon {
  readonly kind: 'layer';
  /** Index of the node, as LOAD_SELECT counts it. */
  readonly node: number;
  readonly plan: LayerPlan;
  readonly estimate: Estimate;
}

export interface MaxPoolStage extends StageCommon {
  readonly kind: 'max_pool';
  readonly node: number;
}

export interface AddStage extends StageCommon {
  readonly kind: 'add';
  readonly node: number;
}

export interface ArgmaxStage extends StageCommon {
  readonly kind: 'argmax';
  readonly node: number;
}

/** Joins or cuts beats. */
export interface WidthStage extends StageCommon {
  readonly kind: 'width';
}

export interface FifoStage extends StageCommon {
  readonly kind: 'fifo';
  /** Beats. */
  readonly depth: number;
  readonly block: boolean;
}

export interface ForkStage extends StageCommon {
  readonly kind: 'fork';
}

export type NetworkStage = GateStage | LayerStage | MaxPoolStage | AddStage | ArgmaxStage | WidthStage | FifoStage | ForkStage;

export interface NetworkPlan {
  readonly name: string;
  readonly network: Network;
  readonly streams: readonly NetworkStream[];
  readonly stages: readonly NetworkStage[];
  /** The streams at the network's ports: the input before its gate, the output. */
  readonly input: NetworkStream;
  readonly output: NetworkStream;
  /** Of all layers together: multiply-accumulates of a frame, and most that a cycle gets done. */
  readonly macs: number;
  readonly peakMacsPerCycle: number;
  /** Cycles from frame to frame when frames follow each other: those of the slowest stage, or more where neighbours wait for each other. */
  readonly cyclesPerFrame: number;
  /** The stage that takes them. */
  readonly slowest: NetworkStage;
  /** The layer with the most cycles, whose steps and waits the counters show. */
  readonly slowestLayer: LayerStage;
  readonly estimate: StageCost;
}
