/** A network's accelerator in its folder: writing, reading back, counting by node, and everything in one go. */
import path from 'node:path';
import { z } from 'zod';
import { ShiftloomError } from '../errors.js';
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { checkAgainst } from '../layer/explain.js';
import { readJson } from '../layer/json_text.js';
import type { Network } from '../network/network.js';
import { fileSet, type FileSet } from '../output/file_set.js';
import { MARKER, addToOutput, differences, writeOutput } from '../output/write.js';
import type { Lanes } from '../plan/plan.js';
import type { NetworkPlan } from '../plan/network/network_plan.js';
import { networkSvg } from '../report/network_svg.js';
import { synthesizeDesign, type SynthesisResult } from '../synthesize/synthesize.js';
import { closeYosysWorkers } from '../synthesize/yosys.js';
import { addResult } from './design.js';
import { breathe, secondsSince, type FlowContext } from './context.js';
import { checkSameNetwork, holdsFormat, readDesignFiles } from './design_folder.js';
import { lanesSchema } from './lanes_schema.js';
import { chooseNetworkLanes, type NetworkFolding, type NetworkFoldingRequest } from './network_lanes.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from './results.js';
import { networkSimulationPassed, simulateNetworkDesign, type NetworkDesign, type NetworkSimulation, type NetworkSimulationOptions } from './simulate_network.js';

/** Drawing of the dataflow, with estimates or, after `run`, counts. */
export const NETWORK_DRAWING = 'network.svg';

const designSchema = z.looseObject({
  format: z.literal('shiftloom.network_design'),
  version: z.literal(1),
  name: z.string(),
  networkHash: z.string(),
  stages: z.array(z.looseObject({ kind: z.string(), name: z.string(), lanes: lanesSchema.optional(), depth: z.int().optional() })),
});

/** Generates in memory and measures how long that takes. */
export async function generateNetworkTimed(
  network: Network, lanes: ReadonlyMap<string, Lanes>, context: FlowContext = {},
): Promise<{ readonly generated: GeneratedNetwork; readonly seconds: number }> {
  context.onProgress?.({ stage: 'generate', message: network.description.name });
  await breathe(context);
  const started = performance.now();
  const generated = generateNetwork(network, lanes);
  await breathe(context);
  return { generated, seconds: secondsSince(started) };
}

/** Writes an accelerator as the new content of a folder. @throws ShiftloomError('input') if the folder holds something else. */
export async function writeNetworkDesign(folder: string, generated: GeneratedNetwork): Promise<void> {
  await writeOutput(folder, designFiles(generated));
}

export async function networkDesignDifferences(folder: string, generated: GeneratedNetwork): Promise<string[]> {
  return differences(folder, designFiles(generated));
}

function designFiles({ files, plan }: GeneratedNetwork): FileSet {
  return fileSet([...files, [NETWORK_DRAWING, networkSvg(plan)]]);
}

/** Whether the folder holds the accelerator of a network rather than of a layer. */
export async function holdsNetworkDesign(folder: string): Promise<boolean> {
  return holdsFormat(folder, 'shiftloom.network_design');
}

export interface OpenedNetworkDesign {
  readonly name: string;
  readonly top: string;
  readonly lanes: ReadonlyMap<string, Lanes>;
  readonly verilog: readonly string[];
  readonly files: ReadonlyMap<string, string>;
}

/**
 * An accelerator as it lies in its folder.
 * @param network if given, what it must have been generated from
 * @throws ShiftloomError('input') if it is of another network, or files are missing
 */
export async function openNetworkDesign(folder: string, network?: Network): Promise<OpenedNetworkDesign> {
  const marker = path.join(folder, MARKER);
  if (!(await holdsNetworkDesign(folder))) throw new ShiftloomError('input', folder, 'holds no accelerator of a network', 'Generate one first: shiftloom generate NET.network.json --out DIR');
  const design = checkAgainst(designSchema, await readJson(marker), marker);
  if (network) checkSameNetwork(folder, design.networkHash, network);
  const { verilog, files } = await readDesignFiles(folder);
  const lanes = new Map(design.stages.flatMap(({ name, lanes: folding }) => (folding ? [[name.replace(/^layer_/, ''), folding as Lanes] as const] : [])));
  return { name: design.name, top: `${design.name}_top`, lanes, verilog, files };
}

/** Cells of one node's engine, or of the top with all stream cells. */
export interface NodeCount {
  readonly node: string;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
}

export interface NetworkSynthesis extends SynthesisResult {
  /** In the order of the network's nodes; last `streams and control`. */
  readonly nodes: readonly NodeCount[];
}

/**
 * Counts an accelerator with Yosys for 7-series, engines kept apart, so that each node's cells are known.
 * @throws ShiftloomError('tool') with Yosys' own message
 */
export async function synthesizeNetwork(
  design: Pick<OpenedNetworkDesign, 'name' | 'top' | 'verilog' | 'files'> & { readonly layers: readonly string[] }, options: { readonly part?: string } = {}, context: FlowContext = {},
): Promise<NetworkSynthesis> {
  const memories = [...design.files.keys()].filter((file) => file.endsWith('.mem'));
  try {
    const result = await synthesizeDesign({
      files: [...design.verilog, ...memories].map((file) => ({ path: file, text: design.files.get(file)! })),
      top: design.top,
      part: options.part,
      keep: design.layers.map((layer) => `${design.name}_${layer}_engine`),
      signal: context.signal,
      onProgress: (step) => context.onProgress?.({ stage: 'synthesize', message: `Yosys: ${step}` }),
    });
    return { ...result, nodes: countsByNode(result, design.name, design.layers) };
  } finally {
    await closeYosysWorkers();
  }
}

function countsByNode({ units }: SynthesisResult, network: string, layers: readonly string[]): NodeCount[] {
  const rest = 'streams and control';
  const byLength = [...layers].sort((a, b) => b.length - a.length);
  const counts = new Map([...layers, rest].map((node) => [node, { node, lut: 0, ff: 0, dsp: 0, bram36: 0 }]));
  for (const { name, within, resources } of units) {
    const module = within.startsWith(`${network}_`) ? within : name;
    const owner = byLength.find((layer) => module.startsWith(`${network}_${layer}_`)) ?? rest;
    const count = counts.get(owner)!;
    for (const key of ['lut', 'ff', 'dsp', 'bram36'] as const) count[key] += resources[key];
  }
  return [...counts.values()];
}

/** Layer nodes of a plan, in order. */
export function layerNames({ stages }: NetworkPlan): string[] {
  return stages.flatMap((stage) => (stage.kind === 'layer' ? [stage.plan.node!.name] : []));
}

export interface NetworkRunResult {
  readonly folding: NetworkFolding;
  readonly generated: GeneratedNetwork;
  readonly simulation: NetworkSimulation;
  readonly synthesis: NetworkSynthesis;
  readonly passed: boolean;
}

/** Generates, simulates and synthesizes a network, and leaves everything in `folder`. @throws ShiftloomError as the stages do */
export async function runNetwork(
  network: Network, folder: string,
  options: { readonly folding?: NetworkFoldingRequest; readonly simulation?: NetworkSimulationOptions; readonly part?: string } = {},
  context: FlowContext = {},
): Promise<NetworkRunResult> {
  const folding = chooseNetworkLanes(network, options.folding ?? {});
  const { generated } = await generateNetworkTimed(network, folding.lanes, context);
  await writeNetworkDesign(folder, generated);
  const simulation = await simulateNetworkDesign(network, generated as NetworkDesign, options.simulation, context);
  await addResult(folder, SIMULATION_FILE, simulation);
  const synthesis = await synthesizeNetwork({ ...generated, name: generated.plan.name, layers: layerNames(generated.plan) }, { part: options.part }, context);
  await addResult(folder, SYNTHESIS_FILE, synthesis);
  const counted = new Map(synthesis.nodes.map(({ node, lut }) => [node, lut]));
  await addToOutput(folder, fileSet([[NETWORK_DRAWING, networkSvg(generated.plan, counted)]]));
  return { folding, generated, simulation, synthesis, passed: networkSimulationPassed(simulation) };
}
