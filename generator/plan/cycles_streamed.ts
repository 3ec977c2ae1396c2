/** The cycle model of the loop order for streamed weights; as exact as the other one, and held against simulation by the same tests. */
import type { CycleReport } from './cycles.js';
import { ADDRESS_STAGES, InputRows, OutputSlots, clamp, drainCycles, inputLead, outputTail } from './events.js';
import type { LayerPlan, StreamedPlan } from './plan.js';
import { LOADABLE_LATENCY } from './plan_layer.js';

/** Cycles from a row's start to when the next one is worked out. */
const PREPARE = 6;

/** Halves of the weight memory: when each channel tile's weights are there, given when the halves are let go. */
class WeightHalves {
  private readonly released: number[] = [];
  private end = 0; // first cycle after the last beat

  /**
   * @param beats cycles that it takes to fill a half
   * @param fillDelay cycles from the last of these to the pulse that says the half is full
   */
  constructor(private readonly beats: number, private readonly fillDelay: number, private readonly releaseDelay: number) {}

  /** First cycle in which the weights of tile n (of all bands) count as there; asked once for each, in order. */
  ready(tile: number): number {
    const free = tile < 2 ? 0 : this.released[tile - 2];
    this.end = Math.max(this.end, free) + this.beats;
    return this.end + this.fillDelay + 1;
  }

  /** The last step that needs a tile's weights has been issued at `time`. */
  release(time: number): void {
    this.released.push(time + this.releaseDelay);
  }
}

/** @param frames frames back to back; counts are of all of them */
export function streamedCycles(plan: LayerPlan, streamed: StreamedPlan, frames = 1): CycleReport {
  const model = new StreamedModel(plan, streamed, frames);
  for (let frame = 0; frame < frames; frame++) {
    for (let band = 0; band < streamed.bands; band++) model.band(band, frame);
  }
  return model.report();
}

/**
 * Cycle of the first step of an output row of the first band, in its second channel tile (the first one may wait for its input rows).
 * @param row 0 is the band's first
 */
export function streamedRowStart(plan: LayerPlan, streamed: StreamedPlan, row: number): number {
  const model = new StreamedModel(plan, streamed);
  model.band(0);
  const rows = streamed.bands === 1 ? streamed.lastBandRows : streamed.bandRows;
  return model.starts[Math.min(model.starts.length - 1, rows + row)];
}

class StreamedModel {
  /** First steps of all rows so far, in the order in which they run. */
  readonly starts: number[] = [];
  private readonly rows: InputRows;
  private readonly slots: OutputSlots;
  private readonly halves: WeightHalves;
  private readonly drain: number;
  private readonly tiles: number;
  private lastIssue = -1; // so that the first row is waited for from cycle 0
  private entered = -PREPARE;
  private gone = 0;
  private before = 0; // input rows of the frames before
  private slot = 0;
  private waitInput = 0;
  private waitOutput = 0;
  private waitWeight = 0;

  constructor(private readonly plan: LayerPlan, private readonly streamed: StreamedPlan, private readonly frames = 1) {
    const { geometry: g } = plan.core;
    this.rows = new InputRows(plan.ring.rows, plan.coreInput.beatsPerPixel * g.inWidth, inputLead(plan), frames > 1 ? g.inHeight : undefined);
    this.slots = new OutputSlots(plan.outputBuffer);
    const releaseDelay = ADDRESS_STAGES + plan.readLatency - LOADABLE_LATENCY + 1;
    const { reconstruction } = plan;
    this.halves = reconstruction
      ? new WeightHalves(reconstruction.tileCycles, reconstruction.fillDelay, releaseDelay)
      : new WeightHalves(plan.sequencer.words * streamed.beatsPerWord, 1, releaseDelay);
    this.drain = drainCycles(plan);
    this.tiles = g.groups * plan.sequencer.tiles;
  }

  band(band: number, frame = 0): void {
    this.before = frame * this.plan.core.geometry.inHeight;
    const { bands, bandRows, lastBandRows } = this.streamed;
    const rows = band === bands - 1 ? lastBandRows : bandRows;
    for (let tile = 0; tile < this.tiles; tile++) {
      const weights = this.halves.ready((frame * bands + band) * this.tiles + tile);
      for (let row = 0; row < rows; row++) this.row(band * bandRows + row, row === 0, row === 0 ? weights : 0, tile);
      this.halves.release(this.lastIssue);
    }
  }

  /** One output row of one channel tile: `weights` is when they are there, 0 within a tile. */
  private row(y: number, first: boolean, weights: number, tile: number): void {
    const { plan, rows, slots } = this;
    const { geometry: g } = plan.core;
    const top = y * g.strideHeight - g.padTop;
    const prepared = this.entered + PREPARE;
    const boundary = this.lastIssue; // the earliest time to begin is the last step of the row before
    if (first || tile === this.tiles - 1) this.release(this.before + clamp(top, 0, g.inHeight), Math.max(boundary, prepared));
    const rowsAt = Math.max(prepared, rows.ready(this.before + clamp(top + plan.sequencer.span, y === 0 ? 1 : 0, g.inHeight)) + 2);
    const slotAt = slots.free(this.slot);
    const direct = this.slot > 0 && Math.max(rowsAt, weights, slotAt) <= boundary;
    const enter = direct ? boundary : this.wait(Math.max(boundary + 1, prepared), rowsAt, weights, slotAt);
    this.entered = enter;
    const start = Math.max(enter + 1, this.lastIssue + 1 + (this.slot > 0 ? plan.sequencer.gap : 0));
    this.starts.push(start);
    this.pixelTiles(start, tile);
  }

  /** Counts what a row waits for, one after the other, and gives the cycle in which it is entered. */
  private wait(from: number, rowsAt: number, weightsAt: number, slotAt: number): number {
    const input = Math.max(from, rowsAt);
    const weight = Math.max(input, weightsAt);
    const output = Math.max(weight, slotAt);
    this.waitInput += input - from;
    this.waitWeight += weight - input;
    this.waitOutput += output - weight;
    return output;
  }

  private pixelTiles(first: number, tile: number): void {
    const { sequencer: s, outputBuffer: o } = this.plan;
    const end = tile % s.tiles === s.tiles - 1;
    let start = first;
    for (let x = 0; x < s.rowTiles; x++, this.slot++) {
      this.lastIssue = start + s.steps - 1;
      const last = x === s.rowTiles - 1;
      this.slots.fill(this.lastIssue + this.drain, end ? (last ? o.endLastBeats : o.endSlotBeats) : last ? o.lastBeats : o.slotBeats);
      if (last) continue;
      const free = this.slots.free(this.slot + 1);
      const resume = free <= this.lastIssue ? this.lastIssue : Math.max(free, this.lastIssue + 1);
      this.waitOutput += resume === this.lastIssue ? 0 : resume - this.lastIssue - 1;
      start = Math.max(resume + 1, this.lastIssue + 1 + s.gap);
    }
  }

  /** Rows are let go at `time`; the writer sees that four cycles later. */
  private release(rows: number, time: number): void {
    if (rows <= this.gone) return;
    this.gone = rows;
    this.rows.release(time + 4, rows);
  }

  report(): CycleReport {
    const { plan, rows, slots } = this;
    const { geometry: g } = plan.core;
    this.release(this.frames * g.inHeight, Math.max(this.lastIssue, this.entered + PREPARE));
    return {
      cycles: Math.max(slots.last + 3 + outputTail(plan), rows.ready(this.frames * g.inHeight)),
      active: this.frames * g.outHeight * plan.sequencer.rowTiles * this.tiles * plan.sequencer.steps,
      waitInput: this.waitInput,
      waitOutput: this.waitOutput,
      waitWeight: this.waitWeight,
    };
  }
}
