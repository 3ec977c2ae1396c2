/** What `generate`, `simulate`, `synthesize` and `run` do with networks on one time-shared engine. */
import type { FlowContext } from '../flow/context.js';
import { addResult, holdsDesign } from '../flow/design.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from '../flow/results.js';
import { chooseSharedLanes, generateSharedTimed, openSharedDesign, runShared } from '../flow/shared_design.js';
import { networkSimulationPassed, simulateNetworkDesign } from '../flow/simulate_network.js';
import { synthesizeFlow } from '../flow/synthesize.js';
import { ShiftloomError } from '../errors.js';
import { generateShared, type GeneratedShared } from '../generate_shared.js';
import type { Network } from '../network/network.js';
import { framesPerSecond } from '../output/network_report.js';
import { differences, writeOutput } from '../output/write.js';
import { sharedCycles } from '../plan/shared/shared_cycles.js';
import { networkSimulationText } from './network_text.js';
import { refuseWeights, simulationRequest, type FoldingFlags, type SimulationFlags } from './options.js';
import { checked, synthesisText } from './result_text.js';
import { aligned, count, percent, seconds, type CommandResult } from './terminal.js';

export async function generateSharedNetwork(network: Network, flags: FoldingFlags & { readonly out: string; readonly check?: boolean }, context: FlowContext): Promise<CommandResult> {
  const lanes = chooseSharedLanes(network, sharedRequest(flags));
  const { generated, seconds: time } = await generateSharedTimed(network, lanes, context);
  if (flags.check) return checked(flags.out, await differences(flags.out, generated.files));
  await writeOutput(flags.out, generated.files);
  return {
    json: { ...sharedFacts(generated, flags.clock), folder: flags.out, files: [...generated.files.keys()], seconds: time },
    text: `${sharedText(generated, flags.clock)}\n${aligned([['written', `${generated.files.size} files to ${flags.out} in ${seconds(time)}`]])}`,
  };
}

export async function simulateSharedNetwork(network: Network, flags: SimulationFlags & { readonly out: string; readonly lanes?: string }, context: FlowContext): Promise<CommandResult> {
  if (!(await holdsDesign(flags.out))) {
    const { generated } = await generateSharedTimed(network, chooseSharedLanes(network, { lanes: flags.lanes }), context);
    await writeOutput(flags.out, generated.files);
  }
  const design = await openSharedDesign(flags.out, network);
  const generated = generateShared(network, design.lanes);
  const result = await simulateNetworkDesign(network, { ...generated, verilog: design.verilog, files: design.files }, simulationRequest(flags), context);
  await addResult(flags.out, SIMULATION_FILE, result);
  const passed = networkSimulationPassed(result);
  return { json: { network: design.name, folder: flags.out, form: 'shared', passed, ...result }, text: networkSimulationText(design.name, result), exitCode: passed ? 0 : 1 };
}

export async function synthesizeSharedNetwork(folder: string, part: string | undefined, context: FlowContext): Promise<CommandResult> {
  const design = await openSharedDesign(folder);
  const result = await synthesizeFlow(design, { part }, context);
  await addResult(folder, SYNTHESIS_FILE, result);
  return { json: { folder, form: 'shared', ...result }, text: synthesisText(design.name, result) };
}

export async function runSharedNetwork(
  network: Network, flags: FoldingFlags & SimulationFlags & { readonly out: string; readonly part?: string }, context: FlowContext,
): Promise<CommandResult> {
  const options = { folding: sharedRequest(flags), simulation: simulationRequest(flags), part: flags.part };
  const { generated, simulation, synthesis, passed } = await runShared(network, flags.out, options, context);
  const { name } = generated.plan;
  return {
    json: { ...sharedFacts(generated, flags.clock), folder: flags.out, passed, simulation, synthesis },
    text: [sharedText(generated, flags.clock), networkSimulationText(name, simulation), synthesisText(name, synthesis)].join('\n'),
    exitCode: passed ? 0 : 1,
  };
}

/** @throws ShiftloomError('usage') for limits, which only the dataflow form searches within */
function sharedRequest({ lanes, fps, clock, target, maxLut, maxDsp, maxBram, latency, weights }: FoldingFlags) {
  refuseWeights(weights);
  const limit = Object.entries({ target, 'max-lut': maxLut, 'max-dsp': maxDsp, 'max-bram': maxBram, latency }).find(([, value]) => value !== undefined);
  if (limit) throw new ShiftloomError('usage', `--${limit[0]}`, 'is not for the time-shared form', 'Give --lanes oc=16,ic=16, or ask for a frame rate: --fps 1000');
  return { lanes, fps, clock };
}

function sharedFacts({ plan, estimate }: GeneratedShared, clock: number): object {
  const { instructions } = sharedCycles(plan);
  return {
    network: plan.name,
    form: 'shared',
    lanes: plan.lanes,
    encoding: plan.encoding,
    macs: plan.macs,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    cyclesPerFrame: plan.cyclesPerFrame,
    framesPerSecond: framesPerSecond(plan, clock),
    estimate,
    program: plan.program.instructions.map(({ op, node }, i) => ({ op, node, cycles: instructions[i] })),
  };
}

function sharedText({ plan, estimate }: GeneratedShared, clock: number): string {
  const { lanes, program, weightMemory, map, placeMemory } = plan;
  const cycles = sharedCycles(plan);
  const byNode = new Map<string, number>();
  program.instructions.forEach(({ op, node }, i) => {
    const name = op === 'copy' ? `copy for ${node}` : node;
    byNode.set(name, (byNode.get(name) ?? 0) + cycles.instructions[i]);
  });
  return [
    `${plan.name} on one engine: ${plan.network.nodes.length} nodes, ${program.instructions.length} instructions, ${plan.encoding.encoding} weights, ${count(plan.macs)} multiply-accumulates a frame`,
    aligned([
      ['lanes', `oc=${lanes.oc},ic=${lanes.ic}: ${count(plan.peakMacsPerCycle)} multiply-accumulates per cycle, ${percent(plan.macs / (plan.cyclesPerFrame * plan.peakMacsPerCycle))} used`],
      ['frames', `one every ${count(plan.cyclesPerFrame)} cycles, ${count(framesPerSecond(plan, clock))} a second at ${clock} MHz`],
      ['memory', `weights ${weightMemory.bram36} RAMB36, maps ${map.bram36}${placeMemory ? `, table of places ${placeMemory.bram36}` : ''}`],
      ['estimate', `${count(estimate.lut)} LUT, ${count(estimate.ff)} FF, ${count(estimate.dsp)} DSP, ${estimate.bram36} block RAM (RAMB36)`],
    ]),
    'instructions',
    aligned([...byNode].map(([node, used]) => [node, `${count(used)} cycles, ${percent(used / plan.cyclesPerFrame)}`])),
    ...(program.dense.length > 0 ? [`run as dense matrices, because their outputs are needed in natural order: ${program.dense.join(', ')}`] : []),
  ].join('\n');
}
