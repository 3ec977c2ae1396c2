/** What `generate`, `simulate`, `synthesize` and `run` do with networks (*.network.json): the same options, folding by node. */
import type { FlowContext } from '../flow/context.js';
import { addResult, holdsDesign } from '../flow/design.js';
import {
  generateNetworkTimed, layerNames, networkDesignDifferences, openNetworkDesign, runNetwork, synthesizeNetwork, writeNetworkDesign, type NetworkSynthesis,
} from '../flow/network_design.js';
import { chooseNetworkLanes, type NetworkFolding } from '../flow/network_lanes.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from '../flow/results.js';
import { networkSimulationPassed, simulateNetworkDesign, type NetworkSimulation } from '../flow/simulate_network.js';
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { readNetwork } from '../network/read.js';
import { framesPerSecond } from '../output/network_report.js';
import { lanesText } from '../plan/lanes_text.js';
import type { NetworkPlan } from '../plan/network/network_plan.js';
import { networkFoldingRequest, simulationRequest, type FoldingFlags, type SimulationFlags } from './options.js';
import { checked, synthesisText } from './result_text.js';
import { aligned, count, percent, seconds, type CommandResult } from './terminal.js';

export async function generateFromNetwork(source: string, flags: FoldingFlags & { readonly out: string; readonly check?: boolean }, context: FlowContext): Promise<CommandResult> {
  const network = await readNetwork(source);
  const folding = chooseNetworkLanes(network, networkFoldingRequest(flags));
  const { generated, seconds: time } = await generateNetworkTimed(network, folding.lanes, context);
  if (flags.check) return checked(flags.out, await networkDesignDifferences(flags.out, generated));
  await writeNetworkDesign(flags.out, generated);
  return {
    json: { ...networkFacts(generated, folding), folder: flags.out, files: [...generated.files.keys()], seconds: time },
    text: `${networkText(generated, folding)}\n${aligned([['written', `${generated.files.size} files to ${flags.out} in ${seconds(time)}`]])}`,
  };
}

export async function simulateFromNetwork(source: string, flags: SimulationFlags & { readonly out: string; readonly lanes?: string }, context: FlowContext): Promise<CommandResult> {
  const network = await readNetwork(source);
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
  source: string, flags: FoldingFlags & SimulationFlags & { readonly out: string; readonly part?: string }, context: FlowContext,
): Promise<CommandResult> {
  const network = await readNetwork(source);
  const options = { folding: networkFoldingRequest(flags), simulation: simulationRequest(flags), part: flags.part ?? flags.target };
  const { folding, generated, simulation, synthesis, passed } = await runNetwork(network, flags.out, options, context);
  const name = generated.plan.name;
  return {
    json: { ...networkFacts(generated, folding), folder: flags.out, passed, simulation, synthesis },
    text: [networkText(generated, folding), networkSimulationText(name, simulation), networkSynthesisText(name, synthesis)].join('\n'),
    exitCode: passed ? 0 : 1,
  };
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

function networkSimulationText(name: string, s: NetworkSimulation): string {
  const first = s.firstMismatch;
  const version = s.engine === 'verilator' ? `Verilator ${s.engineVersion}` : `the embedded engine (${s.engineVersion})`;
  return [
    `${name} in ${version}: ${networkSimulationPassed(s) ? 'every output is right' : 'WRONG'}`,
    aligned([
      ['golden network', `${count(s.outputs)} outputs, ${count(s.mismatches)} wrong`],
      first ? ['first wrong', `frame ${first.frame}, element ${first.index}: ${first.got}, expected ${first.expected}`] : undefined,
      s.timedOut ? ['hung', 'the accelerator was stopped at the limit of cycles'] : undefined,
      ...s.protocolErrors.slice(0, 8).map((text) => ['protocol', text] as const),
      ['frames', `one every ${count(s.cyclesPerFrame)} cycles (planned ${count(s.plannedCyclesPerFrame)}), ${percent(s.utilization)} of peak; the first after ${count(s.latency)}`],
      s.stalledCycles === undefined ? undefined : ['pauses', `pauses ${s.stalls.in} in, ${s.stalls.out} out after a reset in mid-frame: ${count(s.stalledCycles)} cycles`],
      ['input', s.input.source === 'given' ? `${s.input.frames} frames as given` : `${s.input.frames} random frames, seed ${s.input.seed}`],
      ['time', `${seconds(s.seconds.build)} to build the model, ${seconds(s.seconds.run)} to run it`],
    ]),
  ].join('\n');
}

function networkSynthesisText(name: string, result: NetworkSynthesis): string {
  const rows = result.nodes.map(({ node, lut, ff, dsp, bram36 }) => [node, `${count(lut)} LUT, ${count(ff)} FF, ${dsp} DSP, ${bram36} RAMB36`] as const);
  return [synthesisText(name, result), 'by node', aligned(rows)].join('\n');
}
