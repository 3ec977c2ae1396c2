/**
 * Exact cycle model of one frame: streams always ready, engine out of reset. It follows the control of the emitted sequencer,
 * input writer and output buffer event by event (rows, pixel tiles, slots), not cycle by cycle. Times count from the first
 * cycle after the start write; test/plan/cycles.test.ts holds it against simulation.
 */
import { streamedCycles } from './cycles_streamed.js';
import { InputRows, OutputSlots, clamp, drainCycles, inputLead, outputTail } from './events.js';
import type { LayerPlan } from './plan.js';

export interface CycleReport {
  /** CYCLES register after one frame. */
  readonly cycles: number;
  /** Cycles in which the array takes a step (ACTIVE). */
  readonly active: number;
  /** Cycles spent waiting for input rows (WAIT_INPUT) and for output slots (WAIT_OUTPUT). */
  readonly waitInput: number;
  readonly waitOutput: number;
  /** Cycles spent waiting for streamed weights (WAIT_WEIGHT). */
  readonly waitWeight: number;
}

/** Cycles from a row's last issued step to the state that waits for the next row. */
export const ROW_OVERHEAD = 4;
/** One more where the next row is of the next frame. */
export const FRAME_OVERHEAD = 1;

export function cycleModel(plan: LayerPlan): CycleReport {
  return plan.streamed ? streamedCycles(plan, plan.streamed) : residentCycles(plan);
}

/** Frames of a run in which the pattern of rows and slots repeats, and frames over which it is averaged. */
const SETTLED = 3;
const AVERAGED = 4;

/**
 * Cycles from frame to frame in a long run with streams that are always ready.
 */
export function cyclesBetweenFrames(plan: LayerPlan): number {
  const cyclesOf = (frames: number) => (plan.streamed ? streamedCycles(plan, plan.streamed, frames) : residentCycles(plan, frames)).cycles;
  const core = Math.ceil((cyclesOf(SETTLED + AVERAGED) - cyclesOf(SETTLED)) / AVERAGED);
  // A permuter takes frames as fast as its slower side; the one at the input pauses between frames.
  const { inputPermuter: before, outputPermuter: behind } = plan;
  return Math.max(core, before ? before.inBeats + 1 : 0, behind ? Math.max(behind.inBeats, behind.outBeats) : 0);
}

function residentCycles(plan: LayerPlan, frames = 1): CycleReport {
  const { sequencer: s, outputBuffer: o } = plan;
  const g = plan.core.geometry;
  const rows = new InputRows(plan.ring.rows, plan.coreInput.beatsPerPixel * g.inWidth, inputLead(plan), frames > 1 ? g.inHeight : undefined);
  const slots = new OutputSlots(o);
  const tilesPerPixel = g.groups * s.tiles;
  const pixelCycles = tilesPerPixel * (s.steps + s.gap) - s.gap;
  const drain = drainCycles(plan);
  let waiting = 0; // first cycle in the state that waits for a row
  let lastIssue = -Infinity;
  let waitInput = 0;
  let waitOutput = 0;
  let tile = 0;
  for (let row = 0; row < frames * g.outHeight; row++) {
    const y = row % g.outHeight;
    const before = ((row - y) / g.outHeight) * g.inHeight; // rows of the frames before
    const top = y * g.strideHeight - g.padTop;
    const end = before + clamp(top + s.span, y === 0 ? 1 : 0, g.inHeight);
    rows.release(waiting + 2, before + clamp(top, 0, g.inHeight));
    const rowsAt = Math.max(waiting, rows.ready(end));
    const enter = Math.max(rowsAt, slots.free(tile));
    waitInput += rowsAt - waiting;
    waitOutput += enter - rowsAt;
    let start = Math.max(enter + 1, lastIssue + 1 + s.gap);
    for (let x = 0; x < s.rowTiles; x++, tile++) {
      lastIssue = start + pixelCycles - 1;
      slots.fill(lastIssue + drain, x === s.rowTiles - 1 ? o.lastBeats : o.slotBeats);
      if (x === s.rowTiles - 1) break;
      const free = slots.free(tile + 1);
      // A slot that is free with the last step costs nothing; otherwise the sequencer leaves and takes up again.
      const resume = free <= lastIssue ? lastIssue : Math.max(free, lastIssue + 1);
      waitOutput += resume === lastIssue ? 0 : resume - lastIssue - 1;
      start = Math.max(resume + 1, lastIssue + 1 + s.gap);
    }
    waiting = lastIssue + ROW_OVERHEAD + (y === g.outHeight - 1 ? FRAME_OVERHEAD : 0);
  }
  // Rows that no output waits for are taken in after the last ones have been let go with the frame.
  rows.release(lastIssue + 5, frames * g.inHeight);
  const cycles = Math.max(slots.last + 3 + outputTail(plan), rows.ready(frames * g.inHeight));
  return { cycles, active: frames * g.outHeight * s.rowTiles * tilesPerPixel * s.steps, waitInput, waitOutput, waitWeight: 0 };
}
