/** What `generate`, `simulate`, `synthesize` and `run` do with networks (*.network.json): the same options, folding by node. */
import { ShiftloomError } from '../errors.js';
import type { FlowContext } from '../flow/context.js';
import { addResult, holdsDesign } from '../flow/design.js';
import {
  generateNetworkTimed, layerNames, networkDesignDifferences, openNetworkDesign, runNetwork, synthesizeNetwork, writeNetworkDesign, type NetworkSynthesis,
} from '../flow/network_design.js';
import { chooseNetworkLanes, type NetworkFolding } from '../flow/network_lanes.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from '../flow/results.js';
import { holdsSharedDesign } from '../flow/shared_design.js';
import { networkSimulationPassed, simulateNetworkDesign } from '../flow/simulate_network.js';
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { readNetwork } from '../network/read.js';
import { framesPerSecond } from '../output/network_report.js';
import { lanesText } from '../plan/lanes_text.js';
import type { NetworkPlan } from '../plan/network/network_plan.js';
import { generateSharedNetwork, runSharedNetwork, simulateSharedNetwork } from './network_shared.js';
import { networkSimulationText } from './network_text.js';
import { networkFoldingRequest, simulationRequest, type FoldingFlags, type FormFlags, type SimulationFlags } from './options.js';
import { checked, synthesisText } from './result_text.js';
import { aligned, count, percent, seconds, type CommandResult } from './terminal.js';

export async function generateFromNetwork(source: string, flags: FoldingFlags & FormFlags & { readonly out: string; readonly check?: boolean }, context: FlowContext): Promise<CommandResult> {
  const network = await readNetwork(source);
  if (flags.form === 'shared') return generateSharedNetwork(network, flags, context);
  const folding = chooseNetworkLanes(network, networkFoldingRequest(flags));
  const { generated, seconds: time } = await generateNetworkTimed(network, folding.lanes, context);
  if (flags.check) return checked(flags.out, await networkDesignDifferences(flags.out, generated));
  await writeNetworkDesign(flags.out, generated);
  return {
    json: { ...networkFacts(generated, folding), folder: flags.out, files: [...generated.files.keys()], seconds: time },
    text: `${networkText(generated, folding)}\n${aligned([['written', `${generated.files.size} files to ${flags.out} in ${seconds(time)}`]])}`,
  };
}

export async function simulateFromNetwork(source: string, flags: SimulationFlags & FormFlags & { readonly out: string; readonly lanes?: string }, context: FlowContext): Promise<CommandResult> {
  const network = await readNetwork(source);
  if (await isShared(flags)) return simulateSharedNetwork(network, flags, context);
  if (!(await holdsDesign(flags.out))) {
    const { lanes } = chooseNetworkLanes(network, { lanes: flags.lanes });
    await writeNetworkDesign(flags.out, (await generateNetworkTimed(network, lanes, context)).generated);
  }
  const design = await openNetworkDesign(flags.out, network);
  const generated = generateNetwork(network, design.lanes);
  const result = await simulateNetworkDesign(network, { ...generated, verilog: design.verilog, files: design.files }, simulationRequest(flags), context);
  await addResult(flags.out, SIMULATION_FILE, result);
  const passed = networkSimulationPassed(result);
  return { json: { network: design.name, folder: flags.out, passed, ...result }, text: networkSimulationText(design.name, result), exitCode: passed ? 0 : 1 };
}

export async function synthesizeFromNetwork(folder: string, part: string | undefined, context: FlowContext): Promise<CommandResult> {
  const design = await openNetworkDesign(folder);
  const result = await synthesizeNetwork({ ...design, layers: [...design.lanes.keys()] }, { part }, context);
  await addResult(folder, SYNTHESIS_FILE, result);
  return { json: { folder, ...result }, text: networkSynthesisText(design.name, result) };
}

export async function runFromNetwork(
  source: string, flags: FoldingFlags & SimulationFlags & FormFlags & { readonly out: string; readonly part?: string }, context: FlowContext,
): Promise<CommandResult> {
  const network = await readNetwork(source);
  if (flags.form === 'shared') return runSharedNetwork(network, flags, context);
  const options = { folding: networkFoldingRequest(flags), simulation: simulationRequest(flags), part: flags.part ?? flags.target };
  const { folding, generated, simulation, synthesis, passed } = await runNetwork(network, flags.out, options, context);
  const name = generated.plan.name;
  return {
    json: { ...networkFacts(generated, folding), folder: flags.out, passed, simulation, synthesis },
    text: [networkText(generated, folding), networkSimulationText(name, simulation), networkSynthesisText(name, synthesis)].join('\n'),
    exitCode: passed ? 0 : 1,
  };
}

/** The form of the design that is in the folder, or else the one that is asked for. */
async function isShared({ out, form }: FormFlags & { readonly out: string }): Promise<boolean> {
  const shared = await holdsSharedDesign(out);
  if (form === 'shared' && !shared && (await holdsDesign(out))) {
    throw new ShiftloomError('usage', '--form', `is shared, ${out} holds another design`, 'Leave --form out, or generate into another folder');
  }
  return shared || form === 'shared';
}

function networkFacts({ plan }: GeneratedNetwork, { lanes, balancedTo, clock }: NetworkFolding): object {
  return {
    network: plan.name,
    lanes: Object.fromEntries([...lanes].map(([name, folding]) => [name, lanesText(folding)])),
    ...(balancedTo === undefined ? {} : { balancedTo }),
    macs: plan.macs,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    cyclesPerFrame: plan.cyclesPerFrame,
    framesPerSecond: framesPerSecond(plan, clock),
    slowest: plan.slowest.name,
    estimate: plan.estimate,
    stages: plan.stages.map(({ kind, name, cycles, cost }) => ({ kind, name, cycles, cost })),
  };
}

function networkText({ plan }: GeneratedNetwork, { balancedTo, clock }: NetworkFolding): string {
  const { estimate, network } = plan;
  const how = balancedTo === undefined ? '' : `; layers folded to ${count(balancedTo)} cycles`;
  return [
    `${plan.name}: ${network.nodes.length} nodes, ${layerNames(plan).length} layers, ${count(plan.macs)} multiply-accumulates a frame`,
    aligned([
      ['frames', `one every ${count(plan.cyclesPerFrame)} cycles, ${count(framesPerSecond(plan, clock))} a second at ${clock} MHz, bound by ${plan.slowest.name}${how}`],
      ['peak', `${count(plan.peakMacsPerCycle)} multiply-accumulates per cycle, ${percent(plan.macs / (plan.cyclesPerFrame * plan.peakMacsPerCycle))} used`],
      ['estimate', `${count(estimate.lut)} LUT, ${count(estimate.ff)} FF, ${count(estimate.dsp)} DSP, ${estimate.bram36} block RAM (RAMB36)`],
    ]),
    'stages',
    aligned(plan.stages.filter(({ kind }) => kind !== 'gate').map((stage) => stageRow(plan, stage))),
  ].join('\n');
}

function stageRow({ cyclesPerFrame }: NetworkPlan, stage: NetworkPlan['stages'][number]): [string, string] {
  const folding = stage.kind === 'layer' ? `, ${lanesText(stage.plan.lanes)}` : stage.kind === 'fifo' ? `, ${count(stage.depth)} beats` : '';
  return [stage.name, `${count(stage.cycles)} cycles a frame, busy ${percent(stage.cycles / cyclesPerFrame)}${folding}`];
}

function networkSynthesisText(name: string, result: NetworkSynthesis): string {
  const rows = result.nodes.map(({ node, lut, ff, dsp, bram36 }) => [node, `${count(lut)} LUT, ${count(ff)} FF, ${dsp} DSP, ${bram36} RAMB36`] as const);
  return [synthesisText(name, result), 'by node', aligned(rows)].join('\n');
}
