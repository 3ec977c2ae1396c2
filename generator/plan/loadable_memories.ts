/** The memories of an engine that software may load over AXI4-Lite. */
import { FACTOR_SELECT, factorMemoryNames } from './factor_contents.js';
import type { FactorMemory } from './factor_contents.js';
import type { LoadableMemoryPlan } from './memory.js';
import { layerPermuters, permuterTables } from './permuter_tables.js';
import type { LayerPlan } from './plan.js';

/** One memory: what LOAD_SELECT calls it, its size, and where its first contents are. */
export interface LoadableMemory {
  /** As software names it: letters, digits and underscores. */
  readonly name: string;
  /** Value of LOAD_SELECT. */
  readonly select: number;
  readonly description: string;
  /** Words; bits of a word; bits that one LOAD_DATA brings; writes of LOAD_DATA that make a word. */
  readonly depth: number;
  readonly width: number;
  readonly chunkWidth: number;
  readonly chunks: number;
  /** First contents: `mem/<unit>_s<segment>_c<chunk>.mem`, and the words in each segment. */
  readonly unit: string;
  readonly segments: readonly number[];
}

/** All memories that can be loaded, by rising `select`; `design.json` has them as `memories`. */
export function loadableMemories(plan: LayerPlan): LoadableMemory[] {
  const memory = (name: string, select: number, unit: string, description: string, numbers: LoadableMemoryPlan): LoadableMemory => {
    const { depth, width, chunkWidth, chunks, segments } = numbers;
    return { name, select, description, depth, width, chunkWidth, chunks, unit, segments: segments.map((segment) => segment.depth) };
  };
  return [
    ...(plan.streamed ? [] : [memory('weights', 0, 'weight_memory', 'weight codes in the order of the steps', plan.weightMemory)]),
    memory('parameters', 1, 'parameter_memory', 'requantization parameters of the output channels', plan.parameterMemory),
    ...layerPermuters(plan).flatMap(({ permuter, place }) => permuterTables(permuter, place)).map((table) => memory(table.unit.replace('_memory', '_table'), table.select, table.unit, table.description, table.memory)),
    ...factors(plan).map(({ name, select, unit, description, numbers }) => memory(name, select, unit, description, numbers)),
  ];
}

/** Name, module and contents of each memory of the unit that rebuilds weights. */
export const FACTOR_MEMORIES: Readonly<Record<FactorMemory, { readonly name: string; readonly unit: string; readonly description: string }>> = {
  output: { name: 'output_factors', unit: 'output_factor_memory', description: 'codes of the output factors in the order of the steps' },
  input: { name: 'input_factors', unit: 'input_factor_memory', description: 'codes of the input factors, block by block' },
  kernel: { name: 'kernel_factors', unit: 'kernel_factor_memory', description: 'codes of the kernel factors, block by block' },
  shift: { name: 'recode_shifts', unit: 'recode_shift_memory', description: 'recoding shifts of the output channels' },
  residual: { name: 'residual', unit: 'residual_memory', description: 'residual entries in the order of the sums, with the steps between them' },
};

function factors({ reconstruction: unit }: LayerPlan) {
  if (!unit) return [];
  return factorMemoryNames(unit).map((name) => ({ ...FACTOR_MEMORIES[name], select: FACTOR_SELECT[name], numbers: unit.memories[name]! }));
}
