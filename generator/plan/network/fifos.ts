/** FIFOs where two branches of a network meet again: the shorter one waits there for what the longer one has not given yet. */
import { prefersBlock } from '../memory.js';
import type { StageBuilder } from './build_stages.js';
import type { AddStage, NetworkStage } from './network_plan.js';
import { fifoCost } from './stage_cost.js';

/** Beats by FIFO, `fifo_<add>_a` and `fifo_<add>_b`; 0 for none. */
export type FifoDepths = ReadonlyMap<string, number>;

/** Least depth of a FIFO that is more than a register. */
const LEAST_DEPTH = 4;

/** Puts FIFOs in front of all additions. */
export function placeFifos(builder: StageBuilder, depths: FifoDepths = safeDepths(builder)): void {
  for (const stage of builder.stages.filter((s): s is AddStage => s.kind === 'add')) {
    stage.inputs.forEach((stream, port) => {
      const name = fifoName(stage, port);
      const depth = depths.get(name) ?? 0;
      if (depth > 0) insert(builder, name, stream, Math.max(LEAST_DEPTH, depth));
    });
  }
}

export function fifoName({ name }: AddStage, port: number): string {
  return `fifo_${name.replace(/^add_/, '')}_${'ab'[port]}`;
}

/**
 * Depths with which no network stops: a whole frame on the branch with fewer stages, so that its fork can always go on until the other branch has all
 * that it needs for a frame.
 */
export function safeDepths(builder: Pick<StageBuilder, 'stages' | 'streams'>): FifoDepths {
  const depths = new Map<string, number>();
  const delays = stageCounts(builder.stages);
  for (const stage of builder.stages.filter((s): s is AddStage => s.kind === 'add')) {
    const [a, b] = stage.inputs.map((stream) => delays.get(stream)!);
    stage.inputs.forEach((stream, port) => {
      if (port === 0 ? a <= b : b <= a) depths.set(fifoName(stage, port), builder.streams[stream].beatsPerFrame);
    });
  }
  return depths;
}

/** For each stream the most stages with rows of their own between it and the input. */
function stageCounts(stages: readonly NetworkStage[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { kind, inputs, outputs } of stages) {
    const before = Math.max(0, ...inputs.map((stream) => counts.get(stream)!));
    for (const stream of outputs) counts.set(stream, before + (kind === 'layer' || kind === 'max_pool' ? 1 : 0));
  }
  return counts;
}

function insert(builder: StageBuilder, name: string, stream: number, depth: number): void {
  const { streams, stages } = builder;
  const shape = streams[stream];
  const output = streams.push({ ...shape, name }) - 1;
  const reader = stages.findIndex(({ inputs }) => inputs.includes(stream));
  const width = shape.elements * shape.elementBits + 1;
  const block = prefersBlock(depth, width);
  stages[reader] = { ...stages[reader], inputs: stages[reader].inputs.map((input) => (input === stream ? output : input)) };
  stages.splice(reader, 0, { kind: 'fifo', name, inputs: [stream], outputs: [output], depth, block, cycles: shape.beatsPerFrame, cost: fifoCost(width, depth, block) });
}
