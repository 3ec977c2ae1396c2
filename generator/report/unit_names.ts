/** Modules of an engine under the names that a reader of the report knows. */
import type { ReportUnit } from './report_parts.js';

export type UnitGroup = 'array' | 'rebuild' | 'memory' | 'stream' | 'output' | 'control';

const KNOWN: Readonly<Record<string, readonly [string, UnitGroup]>> = {
  weight_memory: ['Weight memory', 'memory'],
  weight_halves: ['Weight halves', 'memory'],
  weight_stream: ['Weight stream', 'stream'],
  factor_reconstruction: ['Rest of the reconstruction of weights', 'rebuild'],
  rank_sum: ['Sums over ranks', 'rebuild'],
  output_factor_memory: ['Output factors', 'rebuild'],
  input_factor_memory: ['Input factors', 'rebuild'],
  kernel_factor_memory: ['Kernel factors', 'rebuild'],
  recode_shift_memory: ['Recoding shifts', 'rebuild'],
  residual_memory: ['Residual entries', 'rebuild'],
  rebuild_residual: ['Residual entries in their order', 'rebuild'],
  power_add: ['Sums with residual entries', 'rebuild'],
  rebuild_walk: ['Loops over the factors', 'rebuild'],
  rebuild_fill: ['Parts of rebuilt words', 'rebuild'],
  power_term: ['Exponents of the terms', 'rebuild'],
  power_pair: ['Sums of two terms', 'rebuild'],
  power_coefficient: ['Coefficients', 'rebuild'],
  recode_pot: ['Recoders', 'rebuild'],
  recode_bpot: ['Recoders', 'rebuild'],
  recode_rounded: ['Recoders', 'rebuild'],
  leading_one: ['Leading ones', 'rebuild'],
  parameter_memory: ['Parameter memory', 'memory'],
  activation_buffer: ['Input ring', 'stream'],
  input_writer: ['Input writer', 'stream'],
  drain: ['Drain', 'output'],
  requantize: ['Requantizer', 'output'],
  output_buffer: ['Output buffer', 'output'],
  sequencer: ['Sequencer', 'control'],
  tile_walk: ['Order of tiles', 'output'],
  address_generator: ['Read addresses', 'control'],
  control_registers: ['Control registers', 'control'],
  delay: ['Delay lines', 'control'],
  top: ['Wiring of the top', 'control'],
  processing_element: ['Rest of the elements', 'array'],
  processing_element_pair: ['Rest of the pairs', 'array'],
  pair_operands: ['Operands of the pairs', 'array'],
  wait: ['Sums that wait for the pairs', 'array'],
  ternary_adder: ['Ternary adders', 'array'],
  adder: ['Adders', 'array'],
  accumulator: ['Accumulators', 'array'],
  shift_select: ['Group shifts', 'array'],
};

/** Name for people and group of a unit; modules of a processing element belong to the array. */
export function unitName({ name, within }: Pick<ReportUnit, 'name' | 'within'>, layer: string): { title: string; group: UnitGroup } {
  const plain = bare(name, layer);
  const inRebuild = /^(rank_sum|factor_reconstruction)$/.test(bare(within, layer));
  const inArray = /^processing_element(_pair)?$/.test(bare(within, layer));
  const lane = /^lane_(.+)$/.exec(plain);
  if (lane) return { title: `Lanes (${lane[1].replace(/_/g, ' ')})`, group: 'array' };
  const [title, group] = KNOWN[plain] ?? [plain, 'control'];
  if (inRebuild) return { title: plain === 'delay' ? 'Delay lines of the reconstruction' : title, group: 'rebuild' };
  return inArray ? { title: plain === 'delay' ? 'Delay lines of the elements' : title, group: 'array' } : { title, group };
}

function bare(name: string, layer: string): string {
  return name.startsWith(`${layer}_`) ? name.slice(layer.length + 1) : name.replace(/^nn_/, '');
}

export const GROUP_TITLES: Readonly<Record<UnitGroup, string>> = {
  array: 'Array',
  rebuild: 'Reconstruction of weights',
  memory: 'Memories of weights and parameters',
  stream: 'Input',
  output: 'Output',
  control: 'Control',
};
export const UNIT_GROUPS: readonly UnitGroup[] = ['array', 'rebuild', 'memory', 'stream', 'output', 'control'];
