/** From a network and a folding to the emitted files of its time-shared form, in memory. */
import type { Network } from './network/network.js';
import { loadWords, memoryFiles, type MemoryWords } from './plan/contents.js';
import type { LoadableMemoryPlan } from './plan/memory.js';
import { sharedParameterWords } from './plan/shared/parameters.js';
import { planShared } from './plan/shared/plan_shared.js';
import { estimateShared, type SharedEstimate } from './plan/shared/shared_estimate.js';
import type { LoadableMemory } from './plan/loadable_memories.js';
import { programWords, tableWords } from './plan/shared/program_words.js';
import type { SharedLanes, SharedPlan } from './plan/shared/shared_plan.js';
import { instantiatedCells } from './render/cells.js';
import { cellText, render } from './render/engine.js';
import { fileSet, type FileSet } from './output/file_set.js';
import { networkHash } from './generate_network.js';
import { sharedDesignJson, sharedReport } from './output/shared_report.js';
import { arrayFile, loadableMemoryView } from './units/loadable_memory.js';
import { ownedProcessingElementView } from './units/processing_element.js';
import { sharedOwner, sharedTopView } from './units/shared_top.js';

export interface GeneratedShared {
  readonly plan: SharedPlan;
  readonly estimate: SharedEstimate;
  readonly files: FileSet;
  /** Verilog files in compile order, as in files.f. */
  readonly verilog: readonly string[];
  readonly top: string;
  /** Words for LOAD_DATA by LOAD_SELECT: 0 weights, 1 parameters, 2 layer program, 3 table of places if there is one. */
  readonly loads: readonly { readonly select: number; readonly words: Uint32Array }[];
}

/**
 * Generates the time-shared form of a network: one engine, a layer program, all weights and maps on chip.
 * @throws ShiftloomError as `planShared`
 */
export function generateShared(network: Network, lanes: SharedLanes): GeneratedShared {
  const plan = planShared(network, lanes);
  const estimate = estimateShared(plan);
  const hash = networkHash(network);
  const owner = sharedOwner(plan);
  const memories = memoriesOf(plan);
  const units: [string, string][] = [
    ...memories.map(({ unit, content, memory }): [string, string] => [`${plan.name}_${unit}`, render('rtl/loadable_memory.v', loadableMemoryView(owner, memory, hash, unit, content))]),
    [`${plan.name}_processing_element`, render('rtl/processing_element.v', ownedProcessingElementView(owner, plan.element, hash))],
    [`${plan.name}_top`, render('rtl/shared_top.v', sharedTopView(plan, hash))],
  ];
  const cells = instantiatedCells(units.map(([, text]) => text));
  const verilog = [...cells, ...units.map(([name]) => name)].map((name) => `rtl/${name}.v`);
  const entries: [string, string][] = [
    ...cells.map((name): [string, string] => [`rtl/${name}.v`, cellText(name)]),
    ...units.map(([name, text]): [string, string] => [`rtl/${name}.v`, text]),
    ...memories.flatMap(({ unit, memory, words }) => memoryFiles(memory, words).map((f): [string, string] => [arrayFile({}, unit, f.segment, f.chunk), f.text])),
    ['files.f', `${verilog.join('\n')}\n`],
    ['design.json', sharedDesignJson(plan, estimate, hash, memories.map(loadable))],
    ['REPORT.md', sharedReport(plan, estimate, hash, verilog)],
  ];
  return {
    plan,
    estimate,
    files: fileSet(entries),
    verilog,
    top: `${plan.name}_top`,
    loads: memories.map(({ select, memory, words }) => ({ select, words: loadWords(memory, words) })),
  };
}

/** A memory as `design.json` lists it for whoever loads it. */
function loadable({ select, unit, content, memory: { depth, width, chunkWidth, chunks, segments } }: Memory): LoadableMemory {
  const name = { weight_memory: 'weights', parameter_memory: 'parameters', program_memory: 'program', place_memory: 'places' }[unit]!;
  return { name, select, description: content, depth, width, chunkWidth, chunks, unit, segments: segments.map((segment) => segment.depth) };
}

interface Memory {
  readonly select: number;
  readonly unit: string;
  readonly content: string;
  readonly memory: LoadableMemoryPlan;
  readonly words: MemoryWords;
}

function memoriesOf(plan: SharedPlan): Memory[] {
  const parameters = sharedParameterWords(plan.program, plan.operands, plan.requantize, plan.accumulatorWidth, plan.vector);
  return [
    { select: 0, unit: 'weight_memory', content: 'weight codes and group exponents of all layers in the order of the steps', memory: plan.weightMemory, words: plan.operands.words },
    { select: 1, unit: 'parameter_memory', content: 'folded bias, multiplier and shift of the output channels of all layers', memory: plan.parameterMemory, words: parameters },
    { select: 2, unit: 'program_memory', content: 'the layer program, an instruction a word', memory: plan.programMemory, words: programWords(plan) },
    ...(plan.placeMemory ? [{ select: 3, unit: 'place_memory', content: 'word and lane that the elements of each vector go to', memory: plan.placeMemory, words: tableWords(plan) }] : []),
  ];
}
