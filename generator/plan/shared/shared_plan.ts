/** The time-shared form of a network: one engine that runs all layers one after the other. Numbers only, as in `LayerPlan`. */
import type { Network } from '../../network/network.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import type { LoadableMemoryPlan } from '../memory.js';
import type { StreamPlan } from '../plan.js';
import type { ProcessingElementPlan } from '../processing_element.js';
import type { LayerProgram } from './program.js';
import type { Instruction } from './instruction.js';
import type { Operands } from './operands.js';

/** Folding of the time-shared engine: oc * ic multiply-accumulates per cycle, on one pixel. */
export interface SharedLanes {
  readonly oc: number;
  readonly ic: number;
}

/** A field of an instruction word. */
export interface ProgramField {
  readonly name: string;
  readonly low: number;
  readonly width: number;
}

/** Bits of loop rounds (less one), positions, and what else an instruction counts. */
export interface ProgramWidths {
  readonly word: number;
  readonly kernel: number;
  readonly tile: number;
  readonly side: number;
  readonly position: number;
  readonly gap: number;
  /** Vectors of a tile, less one. */
  readonly vectors: number;
  readonly bound: number;
}

export interface SharedRequantizePlan {
  readonly multiplierWidth: number;
  readonly shiftMin: number;
  readonly shiftWidth: number;
  /** Bits of one channel's parameters: bias, multiplier, shift. */
  readonly parameterBits: number;
  /** Bits of a result: 8, or 16 if the last layer gives more than 8. */
  readonly outBits: 8 | 16;
}

export interface MapMemoryPlan {
  readonly words: number;
  readonly depth: number;
  readonly addressWidth: number;
  readonly block: boolean;
  /** Each lane has a write address of its own, because a table says where results go. */
  readonly scatter: boolean;
  readonly laneWidth: number;
  readonly bram36: number;
  readonly lut: number;
}

/** The output buffer: all vectors of a frame. */
export interface ResultPlan {
  readonly pixels: number;
  readonly pixelVectors: number;
  readonly lastBeats: number;
  readonly depth: number;
  readonly addressWidth: number;
  readonly block: boolean;
  readonly signed: boolean;
  readonly bram36: number;
  readonly lut: number;
}

/** Units that a network may do without. */
export interface SharedUnits {
  readonly padding: boolean;
  readonly pool: boolean;
  readonly add: boolean;
  readonly table: boolean;
  /** Classes that the argmax behind the engine compares; 0 without one. */
  readonly classes: number;
}

export interface SharedPlan {
  readonly name: string;
  readonly network: Network;
  readonly lanes: SharedLanes;
  /** Elements that are requantized and written at once. */
  readonly vector: number;
  /** Of the lanes; all layers' weights are spelled in it. */
  readonly encoding: ScalarEncoding;
  readonly element: ProcessingElementPlan;
  readonly accumulatorWidth: number;
  readonly program: LayerProgram;
  readonly operands: Operands;
  readonly fields: readonly ProgramField[];
  readonly widths: ProgramWidths;
  readonly units: SharedUnits;
  readonly requantize: SharedRequantizePlan;
  readonly map: MapMemoryPlan;
  readonly result: ResultPlan;
  readonly weightMemory: LoadableMemoryPlan;
  readonly parameterMemory: LoadableMemoryPlan;
  readonly programMemory: LoadableMemoryPlan;
  readonly placeMemory?: LoadableMemoryPlan;
  readonly input: StreamPlan;
  /** Of the engine, before an argmax. */
  readonly results: StreamPlan;
  readonly output: StreamPlan;
  /** Of all layers, zeros of blocks left out. */
  readonly macs: number;
  readonly peakMacsPerCycle: number;
  /** Cycles from frame to frame, back to back. */
  readonly cyclesPerFrame: number;
  /** Cycles from a vector of sums to its results. */
  readonly resultLatency: number;
}

export type { Instruction };
