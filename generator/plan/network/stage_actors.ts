/** What the units of a dataflow accelerator take and give, step by step, for the token game. */
import type { MaxPoolNode } from '../../network/network.js';
import { FRAME_OVERHEAD, ROW_OVERHEAD } from '../cycles.js';
import { clamp, drainCycles } from '../events.js';
import { PERMUTER_LATENCY, type PermuterPlan } from '../permuter.js';
import type { LayerPlan } from '../plan.js';
import type { Actor, Edge, Step, TokenGraph } from './token_game.js';

/** Cycles from a beat's handshake to that of the output that it completes (docs/units). */
const LATENCY = { register: 1, window: 3, add: 7, argmax: 4, fifo: 2 } as const;
/** Cycles from the last beat of a slot until the sequencer counts it as free, and from a row's wait until the ring counts its rows as let go. */
const SLOT_RELEASE = 2;
const ROW_RELEASE = 2;

/** A window along one axis, as ONNX spells it. */
export interface WindowAxis {
  readonly length: number;
  readonly kernel: number;
  readonly stride: number;
  readonly before: number;
  readonly after: number;
}

/** A graph that grows unit by unit. Edges are outputs' registers of one beat if nothing else is said. */
export class GraphBuilder implements TokenGraph {
  readonly actors: Actor[] = [];
  readonly edges: Edge[] = [];

  edge(name: string, more: Partial<Edge> = { capacity: 1 }): number {
    return this.edges.push({ name, ...more }) - 1;
  }

  actor(name: string, inputs: readonly number[], outputs: readonly number[], frame: () => Iterable<Step>): void {
    this.actors.push({ name, inputs, outputs, frame });
  }

  /** Gives a beat per cycle. */
  source(output: number, beats: number): void {
    this.actor('source', [], [output], () => [{ give: [1], cycles: 1, latency: -1, times: beats }]);
  }

  /** Takes a beat per cycle. */
  sink(input: number, beats: number): void {
    this.actor('sink', [input], [], () => [{ take: [1], cycles: 1, times: beats }]);
  }

  /** Hands beats on, `latency` cycles later. */
  pass(name: string, input: number, output: number, beats: number, latency: number = LATENCY.register): void {
    this.actor(name, [input], [output], () => [{ take: [1], give: [1], cycles: 1, latency: latency - 1, times: beats }]);
  }

  fork(name: string, input: number, outputs: readonly number[], beats: number): void {
    this.actor(name, [input], outputs, () => [{ take: [1], give: outputs.map(() => 1), cycles: 1, latency: LATENCY.register - 1, times: beats }]);
  }

  add(name: string, inputs: readonly [number, number], output: number, beats: number): void {
    this.actor(name, inputs, [output], () => [{ take: [1, 1], give: [1], cycles: 1, latency: LATENCY.add - 1, times: beats }]);
  }

  argmax(name: string, input: number, output: number, beats: number): void {
    this.actor(name, [input], [output], () => [{ take: [1], cycles: 1, times: beats - 1 }, { take: [1], give: [1], cycles: 1, latency: LATENCY.argmax - 1 }].filter(({ times }) => times !== 0));
  }

  /** Beats of `from` elements to beats of `to`; `beats` come in. */
  width(name: string, input: number, output: number, beats: number, from: number, to: number): void {
    const ratio = from < to ? to / from : from / to;
    const gather: Step[] = [{ take: [1], cycles: 1, times: ratio - 1 }, { take: [1], give: [1], cycles: 1, latency: 0 }];
    const parts: Step[] = [{ take: [1], give: [1], cycles: 1, latency: 1 }, { give: [1], cycles: 1, latency: 1, times: ratio - 1 }];
    const steps = from < to ? gather : parts;
    this.actor(name, [input], [output], () => repeated(steps, from < to ? beats / ratio : beats));
  }

  /** A FIFO in front of a unit; its depth is found if it is not given. Returns the edge to read from. */
  fifo(name: string, input: number, beats: number, depth?: number): number {
    const output = this.edge(name, { latency: LATENCY.fifo, ...(depth !== undefined && { capacity: depth }) });
    this.actor(name, [input], [output], () => [{ take: [1], give: [1], cycles: 1, latency: -1, times: beats }]);
    return output;
  }

  /** Max pooling: along the rows, then across them, a beat of a pixel `channelBeats` times. */
  maxPool(name: string, input: number, output: number, rows: WindowAxis, columns: WindowAxis, channelBeats: number): void {
    const between = this.edge(`${name} rows`);
    const outWidth = windowCount(columns);
    this.actor(`${name} along rows`, [input], [between], () => repeated([...windowSteps(columns, channelBeats)], rows.length));
    this.actor(`${name} across rows`, [between], [output], () => windowSteps(rows, outWidth * channelBeats));
  }

  /** An engine with its weights on chip, with the permuters of a block-permuted layer where it has them. */
  engine(name: string, input: number, output: number, plan: LayerPlan): void {
    const { inputPermuter, outputPermuter } = plan;
    const coreInput = inputPermuter ? this.permuter(`${name} input permuter`, input, inputPermuter) : input;
    if (!outputPermuter) return this.core(name, coreInput, output, plan);
    const behind = this.edge(`${name} core`);
    this.core(name, coreInput, behind, plan);
    this.permuter(`${name} output permuter`, behind, outputPermuter, output);
  }

  /** Two halves: a frame is written into one while the one before is read from the other. */
  private permuter(name: string, input: number, { inBeats, outBeats }: PermuterPlan, output = this.edge(name)): number {
    const free = this.edge(`${name} free halves`, { capacity: Infinity, initial: 2 });
    const full = this.edge(`${name} halves`, { capacity: Infinity });
    this.actor(`${name} write`, [input, free], [full], () => [{ take: [0, 1], cycles: 0 }, { take: [1], cycles: 1, times: inBeats }, { give: [1], cycles: 0, latency: PERMUTER_LATENCY - 1 }]);
    this.actor(`${name} read`, [full], [output, free], () => [{ take: [1], cycles: 0 }, { give: [1], cycles: 1, latency: -1, times: outBeats }, { give: [0, 1], cycles: 0 }]);
    return output;
  }

  /** Input writer, sequencer, output buffer, with the ring's rows and the buffer's slots between them. */
  private core(name: string, input: number, output: number, plan: LayerPlan): void {
    const { ring, outputBuffer: o } = plan;
    const freeRows = this.edge(`${name} free rows`, { capacity: Infinity, initial: ring.rows });
    const fullRows = this.edge(`${name} rows`, { capacity: Infinity });
    const freeSlots = this.edge(`${name} free slots`, { capacity: Infinity, initial: o.slots });
    const fullSlots = this.edge(`${name} slots`, { capacity: Infinity });
    this.actor(`${name} input`, [input, freeRows], [fullRows], () => writerSteps(plan));
    this.actor(`${name} array`, [fullRows, freeSlots], [freeRows, fullSlots], () => arraySteps(plan));
    this.actor(`${name} output`, [fullSlots], [output, freeSlots], () => outputSteps(plan));
  }
}

function* repeated(steps: readonly Step[], times: number): Iterable<Step> {
  for (let i = 0; i < times; i++) yield* steps;
}

export function windowCount({ length, kernel, stride, before, after }: WindowAxis): number {
  return Math.floor((length + before + after - kernel) / stride) + 1;
}

/** A node's windows across and along the rows. */
export function poolAxes({ description: { kernel, strides, pads }, inputFormats: [map] }: MaxPoolNode): [WindowAxis, WindowAxis] {
  const axis = (index: number, length: number): WindowAxis => ({ length, kernel: kernel[index], stride: strides[index], before: pads[index], after: pads[index + 2] });
  return [axis(0, map.height), axis(1, map.width)];
}

/** Cycles of max pooling from frame to frame: its beats, and those sent behind the end of each row and of the map while none is taken. */
export function poolCycles(rows: WindowAxis, columns: WindowAxis, channelBeats: number): number {
  const behind = (axis: WindowAxis) => [...windowSteps(axis, 1)].length - axis.length;
  return channelBeats * (rows.length * (columns.length + behind(columns)) + behind(rows) * windowCount(columns));
}

/** nn_window_max: a window goes out at its last position; of those that reach beyond the last position one goes there, the others behind it. */
function* windowSteps(axis: WindowAxis, inner: number): Iterable<Step> {
  const { length, kernel, stride, before } = axis;
  const outputs = windowCount(axis);
  const out = { give: [1], cycles: 1, latency: LATENCY.window - 1, times: inner } as const;
  let sent = 0;
  for (let position = 0; position < length; position++) {
    const closes = sent < outputs && (sent * stride - before + kernel - 1 === position || position === length - 1);
    yield closes ? { take: [1], ...out } : { take: [1], cycles: 1, times: inner };
    if (closes) sent++;
  }
  for (; sent < outputs; sent++) yield out;
}

function* writerSteps({ coreInput, core: { geometry: g } }: LayerPlan): Iterable<Step> {
  for (let row = 0; row < g.inHeight; row++) {
    yield { take: [0, 1], cycles: 0 };
    yield { take: [1], cycles: 1, times: coreInput.beatsPerPixel * g.inWidth };
    yield { give: [1], cycles: 0 };
  }
  yield { cycles: 1 };
}

/** As the cycle model has them (plan/cycles.ts). */
function* arraySteps(plan: LayerPlan): Iterable<Step> {
  const { sequencer: s, core: { geometry: g } } = plan;
  const pixelCycles = g.groups * s.tiles * (s.steps + s.gap) - s.gap;
  let seen = 0; // rows that have been in a window
  let released = 0;
  const release = (until: number): Step => {
    const count = until - released;
    released = until;
    return { take: [count], give: [count], cycles: 0, latency: ROW_RELEASE };
  };
  for (let y = 0; y < g.outHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const end = clamp(top + s.span, y === 0 ? 1 : 0, g.inHeight);
    const below = clamp(top, 0, g.inHeight);
    if (Math.min(below, seen) > released) yield release(Math.min(below, seen));
    yield { need: [end - released], cycles: 1 };
    seen = Math.max(seen, end);
    if (below > released) yield release(below);
    for (let x = 0; x < s.rowTiles; x++) {
      yield { take: [0, 1], give: [0, 1], cycles: pixelCycles, latency: drainCycles(plan) };
      if (x < s.rowTiles - 1 && s.gap > 0) yield { cycles: s.gap };
    }
    yield { cycles: Math.max(ROW_OVERHEAD - 1, s.gap - 1) };
  }
  yield { cycles: FRAME_OVERHEAD };
  if (released < g.inHeight) yield release(g.inHeight);
}

function* outputSteps({ outputBuffer: o, sequencer: s, core: { geometry: g } }: LayerPlan): Iterable<Step> {
  const pause = Math.min(o.slotBeats, o.lastBeats, o.endSlotBeats, o.endLastBeats) === 1 ? 1 : 0;
  for (let row = 0; row < g.outHeight; row++) {
    for (let x = 0; x < s.rowTiles; x++) {
      yield { take: [1], cycles: 0 };
      yield { give: [1], cycles: 1, latency: -1, times: x === s.rowTiles - 1 ? o.lastBeats : o.slotBeats };
      yield { give: [0, 1], cycles: pause, latency: SLOT_RELEASE - pause };
    }
  }
}
