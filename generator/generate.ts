/** From a layer and its folding to the emitted files, in memory. */
import { createHash } from 'node:crypto';
import type { Layer } from './layer/layer.js';
import { FACTOR_SELECT, factorMemoryNames, factorWords } from './plan/factor_contents.js';
import { beatsText, loadWords, memoryFiles, parameterWords, weightBeats, weightWords, type MemoryWords } from './plan/contents.js';
import { FACTOR_MEMORIES } from './plan/loadable_memories.js';
import type { LoadableMemoryPlan } from './plan/memory.js';
import { layerPermuters } from './plan/permuter_tables.js';
import type { Estimate, Lanes, LayerPlan } from './plan/plan.js';
import { planLayer } from './plan/plan_layer.js';
import { estimateLayer } from './plan/estimate.js';
import { instantiatedCells } from './render/cells.js';
import { cellText, render } from './render/engine.js';
import { fileSet, type FileSet } from './output/file_set.js';
import { designJson, designReport } from './output/design_report.js';
import { addressGeneratorView } from './units/address_generator.js';
import { factorReconstructionView } from './units/factor_reconstruction.js';
import { arrayFile, loadableMemoryView } from './units/loadable_memory.js';
import { pairOperandsView } from './units/pair_operands.js';
import { permuterUnits } from './units/permuter.js';
import { processingElementView } from './units/processing_element.js';
import { processingElementPairView } from './units/processing_element_pair.js';
import { rankSumView } from './units/rank_sum.js';
import { sequencerView, streamedSequencerView } from './units/sequencer.js';
import { topUnit, topView } from './units/top.js';
import { weightHalvesView } from './units/weight_halves.js';

/** Beats of one pass of streamed weights, a line each. */
export const WEIGHT_STREAM_FILE = 'stream/weights.hex';

export interface Generated {
  readonly plan: LayerPlan;
  readonly estimate: Estimate;
  readonly files: FileSet;
  /** Verilog files in compile order, as in files.f. */
  readonly verilog: readonly string[];
  readonly top: string;
  /** Words for LOAD_DATA by LOAD_SELECT: 0 weights (unless they are streamed or rebuilt), 1 requantization parameters, 2..5 factors and recoding shifts, 6..9 tables of permuters, 10 residual entries. */
  readonly loads: readonly { readonly select: number; readonly words: Uint32Array }[];
}

/** Eight hex digits that stand for the layer's arithmetic: geometry, formats, tensors (not names, samples or statistics). */
export function layerHash(layer: Layer): string {
  const { compression, sample, tensors, $schema, ...rest } = layer.description;
  void compression, sample, tensors, $schema;
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const name of ['weight', 'exponent', 'bias', 'multiplier', 'shift'] as const) {
    const tensor = layer.tensors[name];
    if (tensor) hash.update(name).update(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength));
  }
  for (const tensor of Object.values(layer.blocks?.tensors ?? {}) as Int32Array[]) hash.update(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength));
  return hash.digest('hex').slice(0, 8);
}

/**
 * Generates one layer's engine.
 * @throws ShiftloomError if the layer or the folding cannot be built
 */
export function generateLayer(layer: Layer, lanes: Lanes): Generated {
  const plan = planLayer(layer, lanes);
  const estimate = estimateLayer(plan);
  const hash = layerHash(layer);
  const { units, memories, loads } = engineParts(plan, hash);
  const { verilog, sources } = verilogSources(units);
  const entries: (readonly [string, string])[] = [
    ...sources,
    ...memories,
    ['files.f', `${verilog.join('\n')}\n`],
    ['design.json', designJson(plan, estimate, hash)],
    ['REPORT.md', designReport(plan, estimate, hash, verilog)],
  ];
  return { plan, estimate, files: fileSet(entries), verilog, top: `${plan.name}_top`, loads };
}

/** The emitted parts of one engine; a stand-alone layer's and one in a network differ in their names and in the top. */
export interface EngineParts {
  /** Module name and text, a unit after those that it instantiates. */
  readonly units: readonly (readonly [string, string])[];
  /** Path and text of first contents, or of the weight stream. */
  readonly memories: readonly (readonly [string, string])[];
  readonly loads: Generated['loads'];
}

/** Renders the units of a planned engine and works out what its memories hold. */
export function engineParts(plan: LayerPlan, hash: string): EngineParts {
  const weights = weightWords(plan);
  const parameters = parameterWords(plan);
  const factors = factorContents(plan);
  const permuters = permuterParts(plan, hash);
  return {
    units: [
      [`${plan.name}_sequencer`, sequencerText(plan, hash)],
      [`${plan.name}_address_generator`, render('rtl/address_generator.v', addressGeneratorView(plan, hash))],
      plan.streamed
        ? [`${plan.name}_weight_halves`, render('rtl/weight_halves.v', weightHalvesView(plan, hash))]
        : [`${plan.name}_weight_memory`, memoryText(plan, hash, 'weight_memory')],
      ...reconstructionUnits(plan, hash),
      [`${plan.name}_parameter_memory`, memoryText(plan, hash, 'parameter_memory')],
      ...arrayUnits(plan, hash),
      ...permuters.units,
      [`${plan.name}_${topUnit(plan)}`, render('rtl/top.v', topView(plan, hash))],
    ],
    memories: [
      ...weightEntries(plan, weights),
      ...factors.flatMap(({ name, memory, words }) => memoryEntries(plan, name, memory, words)),
      ...memoryEntries(plan, 'parameter_memory', plan.parameterMemory, parameters),
      ...permuters.memories,
    ],
    loads: [
      ...(plan.streamed ? [] : [{ select: 0, words: loadWords(plan.weightMemory, weights) }]),
      { select: 1, words: loadWords(plan.parameterMemory, parameters) },
      ...factors.map(({ select, memory, words }) => ({ select, words: loadWords(memory, words) })),
      ...permuters.loads,
    ],
  };
}

/** Verilog files of units and of the cells that they need, in compile order. */
export function verilogSources(units: EngineParts['units']): { readonly verilog: readonly string[]; readonly sources: readonly [string, string][] } {
  const cells = instantiatedCells(units.map(([, text]) => text));
  const sources = [...cells.map((name): [string, string] => [`rtl/${name}.v`, cellText(name)]), ...units.map(([name, text]): [string, string] => [`rtl/${name}.v`, text])];
  return { verilog: sources.map(([path]) => path), sources };
}

/** Permuters at the ports of a block-permuted layer. */
function permuterParts(plan: LayerPlan, hash: string): EngineParts {
  const parts = layerPermuters(plan).map(({ permuter, place }) => permuterUnits(plan, permuter, hash, place));
  return {
    units: parts.flatMap(({ units }) => units.map(({ module, template, view }): [string, string] => [module, render(template, view)])),
    memories: parts.flatMap(({ files }) => files),
    loads: parts.flatMap(({ loads }) => loads),
  };
}

/** The units of the kinds of lanes that the array has. */
function arrayUnits(plan: LayerPlan, hash: string): [string, string][] {
  const units: [string, string][] = [];
  if (plan.array.elementLanes > 0) {
    units.push([`${plan.name}_processing_element`, render('rtl/processing_element.v', processingElementView(plan, hash))]);
  }
  const pair = plan.processingElementPair;
  if (pair) {
    units.push([`${plan.name}_pair_operands`, render('rtl/pair_operands.v', pairOperandsView(plan, pair, hash))]);
    units.push([`${plan.name}_processing_element_pair`, render('rtl/processing_element_pair.v', processingElementPairView(plan, pair, hash))]);
  }
  return units;
}

/** The unit that rebuilds weights, its sums of ranks and its memories. */
function reconstructionUnits(plan: LayerPlan, hash: string): [string, string][] {
  const unit = plan.reconstruction;
  if (!unit) return [];
  const memories = factorMemoryNames(unit).map((name): [string, string] => [
    `${plan.name}_${FACTOR_MEMORIES[name].unit}`,
    render('rtl/loadable_memory.v', loadableMemoryView(plan, unit.memories[name]!, hash, FACTOR_MEMORIES[name].unit, FACTOR_MEMORIES[name].description)),
  ]);
  return [
    ...memories,
    [`${plan.name}_rank_sum`, render('rtl/rank_sum.v', rankSumView(plan, unit, hash))],
    [`${plan.name}_factor_reconstruction`, render('rtl/factor_reconstruction.v', factorReconstructionView(plan, unit, hash))],
  ];
}

interface FactorContents {
  readonly name: string;
  readonly select: number;
  readonly memory: LoadableMemoryPlan;
  readonly words: MemoryWords;
}

function factorContents(plan: LayerPlan): FactorContents[] {
  const unit = plan.reconstruction;
  if (!unit) return [];
  return factorMemoryNames(unit).map((name) => ({
    name: FACTOR_MEMORIES[name].unit, select: FACTOR_SELECT[name], memory: unit.memories[name]!, words: factorWords(plan, unit, name),
  }));
}

/** First contents of the weight memory, or the beats of the weight stream; weights that are rebuilt are stored nowhere. */
function weightEntries(plan: LayerPlan, weights: MemoryWords): [string, string][] {
  if (plan.reconstruction) return [];
  return plan.streamed ? [[WEIGHT_STREAM_FILE, beatsText(weightBeats(weights))]] : memoryEntries(plan, 'weight_memory', plan.weightMemory, weights);
}

function sequencerText(plan: LayerPlan, hash: string): string {
  return plan.streamed ? render('rtl/sequencer_streamed.v', streamedSequencerView(plan, hash)) : render('rtl/sequencer.v', sequencerView(plan, hash));
}

function memoryEntries(plan: LayerPlan, unit: string, memory: LoadableMemoryPlan, words: MemoryWords): [string, string][] {
  return memoryFiles(memory, words).map((f) => [arrayFile(plan, unit, f.segment, f.chunk), f.text]);
}

function memoryText(plan: LayerPlan, hash: string, unit: 'weight_memory' | 'parameter_memory'): string {
  const [memory, content] =
    unit === 'weight_memory'
      ? ([plan.weightMemory, 'weight codes and group exponents in the order of the steps'] as const)
      : ([plan.parameterMemory, 'folded bias, multiplier and shift of each output channel'] as const);
  return render('rtl/loadable_memory.v', loadableMemoryView(plan, memory, hash, unit, content, unit === 'weight_memory' && plan.sequencer.turns > 1));
}
