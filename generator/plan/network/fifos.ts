/** FIFOs where two branches of a network meet again, for what the longer one has not given yet; and in front of layers that collect rows. */
import { prefersBlock } from '../memory.js';
import type { StageBuilder } from './build_stages.js';
import type { AddStage, LayerStage } from './network_plan.js';
import { fifoCost } from './stage_cost.js';

/** Beats by FIFO, `fifo_<add>_a`, `fifo_<add>_b` and `fifo_rows_<layer>`; 0 for none. */
export type FifoDepths = ReadonlyMap<string, number>;

/** Least depth of a FIFO that is more than a register. */
const LEAST_DEPTH = 4;

/** What the names of FIFOs in front of layers begin with. */
export const ROW_FIFO = 'fifo_rows_';

export function rowFifoName({ name }: Pick<LayerStage, 'name'>): string {
  return name.replace(/^layer_/, ROW_FIFO);
}

/** Puts FIFOs in front of additions and layers, as deep as given. */
export function placeFifos(builder: StageBuilder, depths: FifoDepths): void {
  for (const stage of builder.stages.filter((s): s is LayerStage => s.kind === 'layer')) {
    const depth = depths.get(rowFifoName(stage)) ?? 0;
    if (depth > 0) insert(builder, rowFifoName(stage), stage.inputs[0], Math.max(LEAST_DEPTH, depth));
  }
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
