/**
 * Cycles of a frame on the time-shared engine, exact for streams that are always ready: every instruction begins when the results of the one before it are
 * in the map memory, so that a frame is the sum of its instructions.
 */
import { tileCount, tileSteps, type Instruction } from './instruction.js';
import type { SharedPlan } from './shared_plan.js';

/** Cycles from a step to its activations and weights at the processing elements: addresses, memories, padding. */
export const READ_LATENCY = 4;
/** Cycles from an instruction's end to the start of the next: address and word of the program memory, start. */
const FETCH = 4;
/** The same at a frame's end, with the decision whether another frame is wanted. */
const FRAME_FETCH = 5;
/** Cycles from a result to its word in the map memory, and what the table adds; from the last input beat on it is one more. */
const WRITE = 3;
const TABLE = 3;
/** Cycles from a result to the instruction's end, if it goes to the output buffer. */
const SENT = 1;
/** Cycles from a result in the output buffer to its first beat. */
const SEND = 4;
/** Cycles from the last beat of up to two elements to the index of the largest; one more for each doubling. */
const ARGMAX = 4;
/** Cycles from a vector's leaving the buffer to its being sent. */
const SENDING = 2;
/** CYCLES counts from three cycles before the first instruction's start. */
const COUNTED_BEFORE = 3;

export interface SharedCycles {
  /** CYCLES of one frame. */
  readonly latency: number;
  /** Cycles from frame to frame, back to back. */
  readonly period: number;
  /** Cycles of a frame by instruction, from start to start. */
  readonly instructions: readonly number[];
}

/** Cycles of the array or of the words' way alone: what the choice of requantizers is made by. */
export function programCycles(instructions: readonly Instruction[]): number {
  return instructions.reduce((sum, i) => sum + instructionSteps(i) + FETCH, 0);
}

/** Steps and idle cycles of an instruction, the idle ones behind its last tile left out. */
export function instructionSteps(i: Instruction): number {
  return i.op === 'receive' ? 0 : tileCount(i) * (tileSteps(i) + i.gap) - i.gap;
}

/** Cycles from a tile's last step to the last of its vectors at the requantizers. */
function drainCycles(i: Instruction, plan: Pick<SharedPlan, 'element'>): number {
  return (i.op === 'layer' ? READ_LATENCY + plan.element.latency + 1 : READ_LATENCY + 1) + i.lastVectors;
}

/** Cycles from an instruction's start to the next one's, streams always ready; the last one's to the next frame. */
function instructionCycles(i: Instruction, plan: Pick<SharedPlan, 'element' | 'input' | 'program' | 'resultLatency' | 'units'>): number {
  const fetch = i.ends ? FRAME_FETCH : FETCH;
  const write = WRITE + (plan.units.table ? TABLE : 0);
  if (i.op === 'receive') return plan.input.beatsPerFrame + (plan.program.windows?.fill ?? 0) + 1 + write + fetch;
  const steps = instructionSteps(i);
  if (i.chained) return steps + Math.max(FETCH, i.gap + 2);
  return steps + drainCycles(i, plan) + plan.resultLatency + (i.sends ? SENT : write) + fetch;
}

export function sharedCycles(plan: Pick<SharedPlan, 'element' | 'input' | 'results' | 'resultLatency' | 'units' | 'program' | 'result' | 'vector'>): SharedCycles {
  const { instructions } = plan.program;
  const each = instructions.map((i) => instructionCycles(i, plan));
  const busy = each.reduce((sum, cycles) => sum + cycles, 0);
  const last = instructions[instructions.length - 1];
  const begin = busy - each[each.length - 1];
  const { end, taken } = sending(last, plan);
  // The next frame's results wait for the last vector of this one to leave the buffer.
  const wait = Math.max(0, taken + 1 - busy);
  const argmax = plan.units.classes > 0 ? ARGMAX + Math.max(0, Math.log2(plan.results.elements) - 1) : 0;
  return { latency: begin + end + argmax + COUNTED_BEFORE, period: busy + wait, instructions: each };
}

/** Cycles from the start of the last instruction to its last beat, and to when its last vector has left the buffer. */
function sending(i: Instruction, plan: Pick<SharedPlan, 'element' | 'results' | 'resultLatency' | 'result' | 'vector'>): { end: number; taken: number } {
  const { result, results, vector } = plan;
  const tiles = tileCount(i);
  const pixelTiles = i.rounds.tiles;
  const first = drainCycles(i, plan) - i.lastVectors + 1 + plan.resultLatency;
  let end = 0;
  let begin = -Infinity;
  let taken = 0;
  let inPixel = 0;
  for (let tile = 0; tile < tiles; tile++) {
    const step = tile * (tileSteps(i) + i.gap) + tileSteps(i);
    const vectors = tile % pixelTiles === pixelTiles - 1 ? i.lastVectors : i.vectors;
    for (let v = 0; v < vectors; v++) {
      const arrival = step + first + v;
      const isLast = ++inPixel === result.pixelVectors;
      if (isLast) inPixel = 0;
      const beats = isLast ? result.lastBeats : vector / results.elements;
      taken = Math.max(arrival + 1, begin);
      begin = Math.max(taken + SENDING, end + 1);
      end = begin + beats - 1;
    }
  }
  return { end: end + SEND - SENDING - 1, taken };
}
