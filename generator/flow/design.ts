/** Writing a generated design into its output folder and reading it back. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';
import { WEIGHT_STREAM_FILE, generateLayer, layerHash, type Generated } from '../generate.js';
import { checkAgainst } from '../layer/explain.js';
import { formatJson, readJson } from '../layer/json_text.js';
import type { Layer } from '../layer/layer.js';
import { MARKER, addToOutput, differences, writeOutput } from '../output/write.js';
import { fileSet, type FileSet } from '../output/file_set.js';
import type { Lanes } from '../plan/plan.js';
import { executionMarkdown } from '../report/execution.js';
import { breathe, secondsSince, type FlowContext } from './context.js';
import { lanesSchema } from './lanes_schema.js';
import { EXAMPLE_FILE, exampleText } from './example_frames.js';
import { layerFacts } from './layer_facts.js';
import type { ExecutionComparison } from './execution.js';
import { EXECUTION_FILE, LAYER_FACTS_FILE } from './results.js';

/** What of design.json the later stages need; the rest of the file is for people. */
const designSchema = z.looseObject({
  format: z.literal('shiftloom.design'),
  version: z.literal(1),
  name: z.string(),
  layerHash: z.string(),
  lanes: lanesSchema,
});

/** What was generated, for people: `generateLayer` writes it. */
const DESIGN_REPORT = 'REPORT.md';

/** A design as it lies in its folder. */
export interface OpenedDesign {
  readonly folder: string;
  readonly name: string;
  readonly layerHash: string;
  readonly lanes: Lanes;
  readonly top: string;
  /** Verilog files in compile order, from files.f. */
  readonly verilog: readonly string[];
  /** Verilog, memory files and the weight stream by path. */
  readonly files: ReadonlyMap<string, string>;
}

export interface GeneratedInto {
  readonly generated: Generated;
  readonly seconds: number;
}

/** Generates a design in memory and measures how long that takes. */
export async function generateTimed(layer: Layer, lanes: Lanes, context: FlowContext = {}): Promise<GeneratedInto> {
  context.onProgress?.({ stage: 'generate', message: `oc=${lanes.oc}, ic=${lanes.ic}, pixel=${lanes.pixel}` });
  await breathe(context);
  const started = performance.now();
  const generated = generateLayer(layer, lanes);
  const seconds = secondsSince(started);
  await breathe(context);
  return { generated, seconds };
}

/**
 * Everything that generating writes: the design, what the report will say about the layer, and frames that a board is checked with.
 * @param execution of a layer stored as factors: the ways to run it, for REPORT.md and the report
 */
export function designFiles(generated: Generated, execution?: ExecutionComparison): FileSet {
  const { layer } = generated.plan;
  const files = new Map(generated.files);
  if (execution) {
    files.set(DESIGN_REPORT, `${files.get(DESIGN_REPORT)!}\n${executionMarkdown(execution)}\n`);
    files.set(EXECUTION_FILE, `${JSON.stringify(execution, null, 2)}\n`);
  }
  return fileSet([...files, [LAYER_FACTS_FILE, formatJson(layerFacts(layer))], [EXAMPLE_FILE, exampleText(layer)]]);
}

/** Writes a design as the new content of a folder. @throws ShiftloomError('input') if the folder holds something else. */
export async function writeDesign(folder: string, generated: Generated, execution?: ExecutionComparison): Promise<void> {
  await writeOutput(folder, designFiles(generated, execution));
}

/** Files of the folder that differ from the design, or are missing. */
export async function designDifferences(folder: string, generated: Generated, execution?: ExecutionComparison): Promise<string[]> {
  return differences(folder, designFiles(generated, execution));
}

/** True if the folder holds a design of ours. */
export async function holdsDesign(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [] as string[])).includes(MARKER);
}

/** design.json, checked as far as the flow depends on it. @throws ShiftloomError('input') if the folder holds no design */
export async function readDesignNumbers(folder: string): Promise<z.infer<typeof designSchema>> {
  if (!(await holdsDesign(folder))) {
    throw new ShiftloomError('input', folder, `holds no design (no ${MARKER})`, 'Generate one first: shiftloom generate LAYER.layer.json --out DIR');
  }
  const marker = path.join(folder, MARKER);
  const value = await readJson(marker);
  if (typeof value === 'object' && value !== null && 'networkHash' in value) {
    throw new ShiftloomError('unsupported', folder, "holds the accelerator of a network; this is for a layer's", 'For networks there are generate, simulate, synthesize, run and evaluate');
  }
  return checkAgainst(designSchema, value, marker);
}

/** @throws ShiftloomError('input') if the folder holds no design, or files that it lists are missing. */
export async function openDesign(folder: string): Promise<OpenedDesign> {
  const design = await readDesignNumbers(folder);
  const verilog = (await fileOf(folder, 'files.f')).split('\n').filter((line) => line !== '');
  const memories = (await readdir(path.join(folder, 'mem')).catch(() => [] as string[])).filter((name) => name.endsWith('.mem')).sort();
  const files = new Map<string, string>();
  const stream = design.lanes.weights === 'streamed' ? [WEIGHT_STREAM_FILE] : [];
  for (const file of [...verilog, ...memories.map((name) => `mem/${name}`), ...stream]) files.set(file, await fileOf(folder, file));
  return { folder, name: design.name, layerHash: design.layerHash, lanes: design.lanes, top: `${design.name}_top`, verilog, files };
}

/** @throws ShiftloomError('input') if the design was generated from other contents than the layer's. */
export function checkSameLayer(design: OpenedDesign, layer: Layer): void {
  const hash = layerHash(layer);
  if (hash === design.layerHash) return;
  throw new ShiftloomError(
    'input',
    design.folder,
    `was generated from layer ${design.layerHash}, the layer given is ${hash}`,
    'Generate it again, or give the layer it was made from',
  );
}

/** Adds a stage's result to the folder as JSON. */
export async function addResult(folder: string, file: string, result: object): Promise<void> {
  await addToOutput(folder, fileSet([[file, `${JSON.stringify(result, null, 2)}\n`]]));
}

/** A stage's result as it was added, or undefined. @throws ShiftloomError('input') if it is not JSON. */
export async function readResult<T>(folder: string, file: string): Promise<T | undefined> {
  const place = path.join(folder, file);
  const present = (await readdir(folder).catch(() => [] as string[])).includes(file);
  return present ? ((await readJson(place)) as T) : undefined;
}

async function fileOf(folder: string, file: string): Promise<string> {
  const place = path.join(folder, file);
  return readFile(place, 'utf8').catch(() => {
    throw new ShiftloomError('input', place, 'belongs to the design and is missing', 'Generate the design again');
  });
}
