/** The loadable tables of permuters, and where an engine has permuters. */
import type { MemoryWords } from './contents.js';
import type { LoadableMemoryPlan } from './memory.js';
import type { PermuterPlan } from './permuter.js';
import type { LayerPlan } from './plan.js';

/** Where a permuter stands: its unit's name, what it is for, and what LOAD_SELECT calls its tables. */
export interface PermuterPlace {
  readonly unit: string;
  readonly purpose: string;
  readonly writeSelect: number;
  readonly readSelect: number;
  /** The input is gated by a count of frames, which needs a cycle between frames. */
  readonly gated: boolean;
}

/** A table of a permuter: `<owner>_<unit>`. */
export interface PermuterTable {
  readonly side: 'write' | 'read';
  readonly unit: string;
  readonly description: string;
  readonly select: number;
  readonly memory: LoadableMemoryPlan;
  readonly words: MemoryWords;
}

/** The tables that a permuter has, by rising select. */
export function permuterTables(plan: PermuterPlan, place: PermuterPlace): PermuterTable[] {
  const { unit, writeSelect, readSelect } = place;
  const tables: PermuterTable[] = [];
  if (plan.writeTable) {
    const description = `where the elements of each beat go that comes to ${unit}`;
    tables.push({ side: 'write', unit: `${unit}_write_memory`, description, select: writeSelect, memory: plan.writeTable, words: plan.writeWords! });
  }
  if (plan.readTable) {
    const description = `where the elements of each beat come from that leaves ${unit}`;
    tables.push({ side: 'read', unit: `${unit}_read_memory`, description, select: readSelect, memory: plan.readTable, words: plan.readWords! });
  }
  return tables;
}

const INPUT_PERMUTER: PermuterPlace = { unit: 'input_permuter', purpose: 'puts the inputs into the order of the blocks.', writeSelect: 6, readSelect: 7, gated: true };
const OUTPUT_PERMUTER: PermuterPlace = { unit: 'output_permuter', purpose: 'puts the outputs of the blocks into natural order.', writeSelect: 8, readSelect: 9, gated: false };

/** The permuters that a layer's engine has. */
export function layerPermuters({ inputPermuter, outputPermuter }: Pick<LayerPlan, 'inputPermuter' | 'outputPermuter'>): { readonly permuter: PermuterPlan; readonly place: PermuterPlace }[] {
  return [
    ...(inputPermuter ? [{ permuter: inputPermuter, place: INPUT_PERMUTER }] : []),
    ...(outputPermuter ? [{ permuter: outputPermuter, place: OUTPUT_PERMUTER }] : []),
  ];
}
