/** Mixed assignment over float layer files, within stored bits, LUTs or time; and carrying an assignment out. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { type AssignResult, assignEncodings } from '../assign/assign.js';
import { type Assignment, ASSIGNMENT_FILE, ASSIGNMENT_FORMAT, ASSIGNMENT_REFERENCE, assignmentSchema } from '../assign/assignment_schema.js';
import type { CompressedLayer } from '../compress/compress.js';
import { compressLayer } from '../compress/compress.js';
import { type EncodingChoice, scalarChoice } from '../compress/options.js';
import { ShiftloomError } from '../errors.js';
import type { FloatLayer } from '../import/float_layer.js';
import { checkAgainst } from '../layer/explain.js';
import { writeStaged } from '../layer/files.js';
import { formatJson, readJson } from '../layer/json_text.js';
import { geometryOf, type Layer } from '../layer/layer.js';
import { layerSchema } from '../layer/schema.js';
import { schemaReference } from '../layer/schema_reference.js';
import { findLanes } from '../plan/search.js';
import { checkTargets, makeFolder, writeCompressed } from './compressed_files.js';
import { breathe, type FlowContext } from './context.js';
import { limitsOf, type FoldingRequest } from './lanes.js';
import { openFloatLayer } from './layers.js';

/** What the layers together may take: bits stored, LUTs of an engine for each layer, or cycles of the layers one after the other. */
export type AssignmentBudget =
  | { readonly of: 'bits'; readonly limit: number }
  | { readonly of: 'bits'; readonly perWeight: number }
  | { readonly of: 'lut'; readonly request: FoldingRequest }
  | { readonly of: 'cycles'; readonly request: FoldingRequest };

export interface AssignFlowOptions {
  readonly budget: AssignmentBudget;
  readonly candidates: readonly { readonly name: string; readonly encoding: EncodingChoice }[];
  /** By layer name; 1 where missing. */
  readonly sensitivity?: ReadonlyMap<string, number>;
  readonly calibrate?: boolean;
}

export interface FloatLayerFile {
  readonly file: string;
  readonly layer: FloatLayer;
}

/**
 * Float layers of files and folders (`*.float.json`), in the order given, a folder's by name.
 * @throws ShiftloomError if there are none, or one cannot be read
 */
export async function openFloatLayers(places: readonly string[]): Promise<FloatLayerFile[]> {
  const files: string[] = [];
  for (const place of places) {
    const isFolder = await stat(place).then((found) => found.isDirectory(), () => false);
    if (!isFolder) files.push(place);
    else files.push(...(await readdir(place)).filter((name) => name.endsWith('.float.json')).sort().map((name) => path.join(place, name)));
  }
  if (files.length === 0) throw new ShiftloomError('input', places.join(', ') || 'layers', 'has no float layers (*.float.json)', 'Import some: shiftloom import --help');
  const layers: FloatLayerFile[] = [];
  for (const file of files) layers.push(await openFile(file));
  return layers;
}

async function openFile(file: string): Promise<FloatLayerFile> {
  return { file, layer: await openFloatLayer(file) };
}

/**
 * Measures candidates on every layer and chooses.
 * @returns the result, and the assignment as a file at `target` would hold it
 * @throws ShiftloomError as `assignEncodings`; 'usage' for a sensitivity of no layer
 */
export async function assignLayers(
  files: readonly FloatLayerFile[],
  target: string,
  options: AssignFlowOptions,
  context: FlowContext = {},
): Promise<{ result: AssignResult; assignment: Assignment }> {
  const { sensitivity = new Map<string, number>(), calibrate = false, candidates } = options;
  const unknown = [...sensitivity.keys()].find((name) => !files.some(({ layer }) => layer.name === name));
  if (unknown !== undefined) throw new ShiftloomError('usage', '--sensitivity', `names '${unknown}', which is none of the layers`, `Layers: ${files.map(({ layer }) => layer.name).join(', ')}`);
  const limit = limitOf(options.budget, files);
  const result = await assignEncodings(files.map(({ layer }) => ({ layer, sensitivity: sensitivity.get(layer.name) })), limit, {
    candidates: candidates.map(({ encoding }) => encoding),
    costOf: costOf(options.budget),
    compress: { calibrate },
    onCandidate: async (layer, encoding, done, of) => {
      const name = candidates.find((candidate) => candidate.encoding === encoding)!.name;
      context.onProgress?.({ stage: 'assign', message: `${layer} as ${name}, ${done + 1} of ${of}` });
      await breathe(context);
    },
  });
  return { result, assignment: assignmentOf(result, files, target, options, limit) };
}

/** Figures for people: six digits are more than they need. */
const short = (value: number) => Number(value.toPrecision(6));

function assignmentOf(
  result: AssignResult,
  files: readonly FloatLayerFile[],
  target: string,
  { budget, sensitivity, calibrate = false }: AssignFlowOptions,
  limit: number,
): Assignment {
  type FileEncoding = Assignment['layers'][number]['encoding'];
  return {
    $schema: schemaReference(target, ASSIGNMENT_FILE, ASSIGNMENT_REFERENCE),
    format: ASSIGNMENT_FORMAT,
    version: 1,
    calibrate,
    loss: short(result.loss),
    budget: { of: budget.of, limit, used: result.cost },
    layers: result.layers.map(({ name, chosen, candidates: measured }, l) => ({
      layer: path.relative(path.dirname(target), files[l].file).split(path.sep).join('/'),
      encoding: chosen.encoding as FileEncoding,
      sensitivity: sensitivity?.get(name) ?? 1,
      candidates: measured.map(({ encoding, loss, outputSqnrDb, bitsPerWeight, cost }) => ({
        encoding: encoding as FileEncoding,
        loss: short(loss),
        outputSqnrDb: outputSqnrDb === null ? null : short(outputSqnrDb),
        bitsPerWeight: short(bitsPerWeight),
        cost,
      })),
    })),
  };
}

function limitOf(budget: AssignmentBudget, files: readonly FloatLayerFile[]): number {
  if (budget.of === 'bits') {
    if ('limit' in budget) return budget.limit;
    return Math.floor(budget.perWeight * files.reduce((sum, { layer }) => sum + layer.weight.length, 0));
  }
  const { limits } = limitsOf(budget.request)!;
  return budget.of === 'lut' ? limits.maxLut! : limits.latencyCycles!;
}

/** Cost of a compressed layer in the unit of the budget; undefined if no engine within the limits computes it. */
function costOf(budget: AssignmentBudget): (compressed: CompressedLayer) => number | undefined {
  if (budget.of === 'bits') return ({ stats }) => stats.stored.total;
  const { limits } = limitsOf(budget.request)!;
  // For LUTs every layer has its own engine, without DSP blocks, as large as its time asks for. For time the engine may be as large as the limits.
  const { latencyCycles, maxLut, maxDsp, maxBram } = limits;
  const own = budget.of === 'lut' ? { kind: 'lut' as const, latencyCycles, maxLut: latencyCycles === undefined ? undefined : maxLut, maxBram } : { maxLut, maxDsp, maxBram };
  return (compressed) => {
    try {
      const { estimate } = findLanes(layerOf(compressed), own);
      return budget.of === 'lut' ? estimate.lut : estimate.cycles;
    } catch (error) {
      if (error instanceof ShiftloomError && (error.code === 'resource' || error.code === 'unsupported')) return undefined;
      throw error;
    }
  };
}

function layerOf({ description, tensors, sample }: CompressedLayer): Layer {
  const checked = layerSchema.parse({ ...description, tensors: `${description.name}.safetensors` });
  return { description: checked, geometry: geometryOf(checked), tensors, sample };
}

/** Refuses to write an assignment over anything but an assignment. @throws ShiftloomError('usage') */
export async function checkAssignmentTarget(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || (found.isFile() && (await isAssignment(file).catch(() => false)))) return;
  throw new ShiftloomError('usage', '--out', `is ${file}, ${found.isFile() ? 'a file that is no assignment and would be overwritten' : 'which is no file'}`, 'Name another file, as in --out network.assignment.json');
}

/** Writes an assignment as `assignmentSchema` has it. */
export async function writeAssignment(file: string, assignment: Assignment): Promise<void> {
  await makeFolder(path.dirname(file));
  await writeStaged([{ path: file, content: formatJson(assignment) }]);
}

/** @throws ShiftloomError('input') naming the JSON path, its value and what is allowed */
export async function readAssignment(file: string): Promise<Assignment> {
  const assignment = checkAgainst(assignmentSchema, await readJson(file), file);
  assignment.layers.forEach(({ encoding }, l) => {
    try {
      scalarChoice(encoding, '$');
    } catch (error) {
      if (!(error instanceof ShiftloomError)) throw error;
      throw error.at(`${file} $.layers[${l}].encoding${error.place.replace(/^\$ \$/, '')}`);
    }
  });
  return assignment;
}

/** True for an assignment file, also a damaged one; false for any other file or a folder. */
export async function isAssignment(file: string): Promise<boolean> {
  if (!file.endsWith('.json')) return false;
  const value = await readJson(file);
  if (typeof value !== 'object' || value === null) return false;
  const { format, layers } = value as Record<string, unknown>;
  return format === ASSIGNMENT_FORMAT || Array.isArray(layers);
}

export interface AppliedLayer {
  readonly name: string;
  readonly file: string;
  readonly stats: CompressedLayer['stats'];
}

/**
 * Compresses every layer of an assignment and writes `NAME.layer.json` into the folder; nothing is written unless all can be compressed.
 * @param file where the assignment lies: its layers are relative to it
 */
export async function applyAssignment(file: string, { layers, calibrate }: Assignment, folder: string, context: FlowContext = {}): Promise<AppliedLayer[]> {
  const files: FloatLayerFile[] = [];
  for (const { layer } of layers) files.push(await openFile(path.resolve(path.dirname(file), layer)));
  const names = files.map(({ layer }) => layer.name);
  const twice = names.findIndex((name, l) => names.indexOf(name) !== l);
  if (twice >= 0) throw new ShiftloomError('input', `${file} $.layers[${twice}].layer`, `is a second layer of the name '${names[twice]}'`, 'Give each layer its own');
  const targets = names.map((name) => path.join(folder, `${name}.layer.json`));
  await checkTargets(targets, files.map((source) => source.file));
  const compressed: CompressedLayer[] = [];
  for (const [l, { layer }] of files.entries()) {
    context.onProgress?.({ stage: 'compress', message: `${layer.name}, ${l + 1} of ${files.length}` });
    await breathe(context);
    compressed.push(compressLayer(layer, { encoding: layers[l].encoding, calibrate }));
  }
  await makeFolder(folder);
  const applied: AppliedLayer[] = [];
  for (const [l, layer] of compressed.entries()) {
    await writeCompressed(targets[l], layer);
    applied.push({ name: names[l], file: targets[l], stats: layer.stats });
  }
  return applied;
}
