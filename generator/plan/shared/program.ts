/** A layer program: what the time-shared engine runs, and what its memories hold. */
import type { AddNode, LayerNode } from '../../network/network.js';
import type { LayerGrid } from './grid.js';
import type { Instruction } from './instruction.js';
import type { WordShape } from './layout.js';
import type { InputWindows } from './windows.js';

/** What of a folding decides the program. */
export interface ProgramShape extends WordShape {
  /** Output lanes; a multiple of `vector`, as `lanes` is. */
  readonly oc: number;
  /** Whether an input of one channel is stored as windows where it can be. */
  readonly windows: boolean;
}

/** One layer's parameters: output channel of each element of each vector, in the order in which they are read; -1 for none. */
export interface LayerParameters {
  readonly node: LayerNode;
  readonly channels: Int32Array;
}

/** An addition's parameters, the same for all its vectors. */
export interface AddParameters {
  readonly node: AddNode;
  readonly vectors: number;
}

export interface LayerProgram {
  readonly instructions: readonly Instruction[];
  /** Words of the map memory. */
  readonly mapWords: number;
  /** Grids in the order of their instructions; `weightBase` counts their words. */
  readonly grids: readonly LayerGrid[];
  readonly parameters: readonly (LayerParameters | AddParameters)[];
  readonly parameterVectors: number;
  /** Place (word * lanes + lane) of each element of each scattered vector, -1 for none. */
  readonly table: Int32Array;
  /** Layers with blocks that are worked on as dense ones. */
  readonly dense: readonly string[];
  /** The network's input, if it is stored as windows. */
  readonly windows?: InputWindows;
}
