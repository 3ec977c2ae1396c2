/** Events that the cycle models of both loop orders share: input rows, output slots, and the way of a tile to its slot. */
import { PERMUTER_LATENCY } from './permuter.js';
import type { LayerPlan, OutputPlan } from './plan.js';
import { tilePixels, turnsOf } from './turns.js';

/** Stages between an issued step and its addresses. */
export const ADDRESS_STAGES = 3;

/** Input rows: when each is completely written, given when ring rows are let go. */
export class InputRows {
  private readonly written: number[] = [];
  private readonly releases: { time: number; released: number }[] = [];

  /**
   * @param lead cycles that the first row comes later, having been permuted
   * @param frameRows rows of a frame if several follow each other: the writer pauses for a cycle between frames
   */
  constructor(private readonly ringRows: number, private readonly beatsPerRow: number, private readonly lead = 0, private readonly frameRows = Infinity) {}

  /** From `time` on the ring counts `released` rows of the frame as let go. */
  release(time: number, released: number): void {
    this.releases.push({ time, released });
  }

  /** First cycle in which `rows` rows count as written. */
  ready(rows: number): number {
    while (this.written.length < rows) {
      const row = this.written.length;
      const previous = row === 0 ? this.lead : this.written[row - 1];
      const freed = row < this.ringRows ? 0 : (this.releases.find((r) => r.released > row - this.ringRows)?.time ?? Infinity);
      const pause = row > 0 && row % this.frameRows === 0 ? 1 : 0;
      this.written.push(Math.max(previous + pause, freed) + this.beatsPerRow);
    }
    return rows <= 0 ? 0 : this.written[rows - 1];
  }
}

/** Output slots: when each pixel tile has been sent. */
export class OutputSlots {
  private readonly sent: number[] = [];

  private readonly slots: number;
  /** Cycles between the last beats of two slots at least: where slots may be of one beat, every other cycle is left out. */
  private readonly pause: number;

  constructor({ slots, slotBeats, lastBeats, endSlotBeats, endLastBeats }: OutputPlan) {
    this.slots = slots;
    this.pause = Math.min(slotBeats, lastBeats, endSlotBeats, endLastBeats) === 1 ? 2 : 1;
  }

  /** Records that tile n's last vector is in its slot at `time`; its beats follow one per cycle. */
  fill(time: number, beats: number): void {
    const start = Math.max(time + 1, this.sent.length === 0 ? 0 : this.sent[this.sent.length - 1] + this.pause);
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

export const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));

/** Cycles that an input permuter holds the first beat back: a frame, and its own; none without one. */
export function inputLead({ inputPermuter }: LayerPlan): number {
  return inputPermuter ? inputPermuter.inBeats + PERMUTER_LATENCY - 1 : 0;
}

/** Cycles from the core's last output beat to the port's last one. */
export function outputTail({ outputPermuter }: LayerPlan): number {
  return outputPermuter ? PERMUTER_LATENCY + outputPermuter.outBeats - 1 : 0;
}

/** Cycles from a tile's last issued step to its last vector's place in the output slot. */
export function drainCycles({ lanes, requantize, readLatency, array }: LayerPlan): number {
  const queue = turnsOf(lanes) > 1 ? 1 : 0;
  return ADDRESS_STAGES + readLatency + array.latency + 1 + queue + (lanes.oc * tilePixels(lanes)) / requantize.lanes + 2 + requantize.latency;
}
