/** Texts that both forms of a network share. */
import { networkSimulationPassed, type NetworkSimulation } from '../flow/simulate_network.js';
import { aligned, count, percent, seconds } from './terminal.js';

/** The outcome of a simulation in a few lines. */
export function networkSimulationText(name: string, s: NetworkSimulation): string {
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
