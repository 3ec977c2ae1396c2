/**
 * Exact cycle model of one frame: streams always ready, engine out of reset. It follows the control of the emitted sequencer,
 * input writer and output buffer event by event (rows, pixel tiles, slots), not cycle by cycle. Times count from the first
 * cycle after the start write; test/plan/cycles.test.ts holds it against simulation.
 */
import type { LayerPlan } from './plan.js';

export interface CycleReport {
  /** CYCLES register after one frame. */
  readonly cycles: number;
  /** Cycles in which the array takes a step (ACTIVE). */
  readonly active: number;
  /** Cycles spent waiting for input rows (WAIT_INPUT) and for output slots (WAIT_OUTPUT). */
  readonly waitInput: number;
  readonly waitOutput: number;
}

/** Cycles from a row's last issued step to the state that waits for the next row. */
export const ROW_OVERHEAD = 4;
/** Stages between an issued step and its addresses. */
const ADDRESS_STAGES = 3;

/** Input rows: when each is completely written, given when ring rows are let go. */
class InputRows {
  private readonly written: number[] = [];
  private readonly releases: { time: number; released: number }[] = [];

  constructor(private readonly ringRows: number, private readonly beatsPerRow: number) {}

  /** From `time` on the ring counts `released` rows of the frame as let go. */
  release(time: number, released: number): void {
    this.releases.push({ time, released });
  }

  /** First cycle in which `rows` rows count as written. */
  ready(rows: number): number {
    while (this.written.length < rows) {
      const row = this.written.length;
      const previous = row === 0 ? 0 : this.written[row - 1];
      const freed = row < this.ringRows ? 0 : (this.releases.find((r) => r.released > row - this.ringRows)?.time ?? Infinity);
      this.written.push(Math.max(previous, freed) + this.beatsPerRow);
    }
    return rows <= 0 ? 0 : this.written[rows - 1];
  }
}

/** Output slots: when each pixel tile has been sent. */
class OutputSlots {
  private readonly sent: number[] = [];

  constructor(private readonly slots: number) {}

  /** Records that tile n's last vector is in its slot at `time`; its beats follow one per cycle. */
  fill(time: number, beats: number): void {
    const start = Math.max(time + 1, this.sent.length === 0 ? 0 : this.sent[this.sent.length - 1] + 1);
    this.sent.push(start + beats - 1);
  }

  /** First cycle in which a slot is free for tile n: the release of a slot is registered on its way to the sequencer. */
  free(tile: number): number {
    return tile < this.slots ? 0 : this.sent[tile - this.slots] + 2;
  }

  get last(): number {
    return this.sent[this.sent.length - 1];
  }
}

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

export function cycleModel(plan: LayerPlan): CycleReport {
  const { sequencer: s, outputBuffer: o, lanes, requantize } = plan;
  const g = plan.layer.geometry;
  const rows = new InputRows(plan.ring.rows, plan.input.beatsPerPixel * g.inWidth);
  const slots = new OutputSlots(o.slots);
  const tilesPerPixel = g.groups * s.tiles;
  const pixelCycles = tilesPerPixel * (s.steps + s.gap) - s.gap;
  const drain = ADDRESS_STAGES + plan.readLatency + plan.array.latency + 1 + (lanes.oc * lanes.pixel) / requantize.lanes + 2 + requantize.latency;
  let waiting = 0; // first cycle in the state that waits for a row
  let lastIssue = -Infinity;
  let waitInput = 0;
  let waitOutput = 0;
  let tile = 0;
  for (let y = 0; y < g.outHeight; y++) {
    const top = y * g.strideHeight - g.padTop;
    const end = clamp(top + s.span, y === 0 ? 1 : 0, g.inHeight);
    rows.release(waiting, clamp(top, 0, g.inHeight));
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
    waiting = lastIssue + ROW_OVERHEAD;
  }
  // Rows that no output waits for are taken in after the last ones have been let go with the frame.
  rows.release(lastIssue + 3, g.inHeight);
  const cycles = Math.max(slots.last + 3, rows.ready(g.inHeight));
  return { cycles, active: g.outHeight * s.rowTiles * tilesPerPixel * s.steps, waitInput, waitOutput };
}
