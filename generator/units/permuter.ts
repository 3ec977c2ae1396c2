/** View of a permuter: nn_permuter with its tables in loadable memories; and the texts and first contents of all of it. */
import { loadWords, memoryFiles } from '../plan/contents.js';
import type { PermuterPlan } from '../plan/permuter.js';
import { permuterTables, type PermuterPlace } from '../plan/permuter_tables.js';
import { unsignedWidth } from '../verilog/literal.js';
import { header, type Owner } from './header.js';
import { arrayFile, loadableMemoryView } from './loadable_memory.js';

/** Views of the permuter and of its tables by template and module; the tables' first contents and their words for LOAD_DATA. */
export function permuterUnits(owner: Owner, plan: PermuterPlan, hash: string, place: PermuterPlace) {
  const tables = permuterTables(plan, place);
  return {
    units: [
      ...tables.map(({ unit, memory, description }) => ({ module: `${owner.name}_${unit}`, template: 'rtl/loadable_memory.v', view: loadableMemoryView(owner, memory, hash, unit, description) })),
      { module: `${owner.name}_${place.unit}`, template: 'rtl/permuter.v', view: permuterView(owner, plan, hash, place) },
    ],
    files: tables.flatMap(({ unit, memory, words }) => memoryFiles(memory, words).map((f): [string, string] => [arrayFile(owner, unit, f.segment, f.chunk), f.text])),
    loads: tables.map(({ select, memory, words }) => ({ select, words: loadWords(memory, words) })),
  };
}

export function permuterView(owner: Owner, plan: PermuterPlan, hash: string, place: PermuterPlace): object {
  const { elementBits, inElements, outElements, inBeats, outBeats } = plan;
  const tables = permuterTables(plan, place);
  const writeBeatWidth = unsignedWidth(inBeats - 1);
  const readBeatWidth = unsignedWidth(outBeats - 1);
  const writeWidth = plan.writeTable?.width ?? 1;
  const readWidth = plan.readTable?.width ?? 1;
  return Object.freeze({
    ...header(owner, hash, place.unit, place.purpose, [
      `${inBeats} beats of ${inElements} in, ${outBeats} beats of ${outElements} out, ${plan.banks} bank(s) of two halves; addresses in the ${plan.addressed} table`,
      'Tables: loaded over AXI4-Lite; docs/units/permuter.md has their words.',
    ], 'permuter'),
    inMsb: inElements * elementBits - 1,
    outMsb: outElements * elementBits - 1,
    writeBeatMsb: writeBeatWidth - 1,
    readBeatMsb: readBeatWidth - 1,
    writeWordMsb: writeWidth - 1,
    readWordMsb: readWidth - 1,
    hasNoTable: tables.length === 0,
    hasSegments: tables.some(({ memory }) => memory.segments.length > 1),
    tables: tables.map(({ side, select, unit, memory }) => ({ side, select, memory: `${owner.name}_${unit}`, hasSegments: memory.segments.length > 1 })),
    missing: (['write', 'read'] as const).filter((side) => !tables.some((table) => table.side === side)).map((side) => ({ side })),
    elementBits,
    inElements,
    outElements,
    banks: plan.banks,
    inBeats,
    outBeats,
    writeAddressed: plan.addressed === 'write' ? 1 : 0,
    addressWidth: plan.addressWidth,
    depth: plan.depth,
    block: plan.block ? 1 : 0,
    gated: place.gated ? 1 : 0,
    writeBeatWidth,
    readBeatWidth,
    writeWidth,
    readWidth,
  });
}
