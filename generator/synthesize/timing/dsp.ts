/** Timing of a DSP48E1 by the registers that are switched on. With none on the way, its inputs reach P within the cycle. */
import { parameterNumber, type NetlistCell } from '../netlist.js';
import type { CellTiming } from './arcs.js';

/** Delays in nanoseconds by what the slice does: multiply, multiply behind the pre-adder, or add only. */
interface Mode {
  /** Data input to the register behind the multiplier. */
  readonly toM: { readonly A: number; readonly B: number; readonly D: number };
  /** Data input to the output register. */
  readonly toP: { readonly A: number; readonly B: number; readonly D: number };
  /** Data input to P with no register on the way. */
  readonly through: { readonly A: number; readonly B: number; readonly D: number };
  /** Clock of the input registers to P. */
  readonly launch: number;
}

const MULTIPLY: Mode = {
  toM: { A: 1.416, B: 1.285, D: 0 },
  toP: { A: 2.739, B: 2.608, D: 0 },
  through: { A: 2.823, B: 2.69, D: 0 },
  launch: 2.952,
};
const PRE_ADD: Mode = {
  toM: { A: 2.4, B: 1.285, D: 2.31 },
  toP: { A: 3.723, B: 2.608, D: 3.635 },
  through: { A: 3.806, B: 2.69, D: 3.717 },
  launch: 3.935,
};
const ADD: Mode = {
  toM: { A: 0, B: 0, D: 0 },
  toP: { A: 1.441, B: 1.428, D: 0 },
  through: { A: 1.523, B: 1.509, D: 0 },
  launch: 1.632,
};
const INPUT_REGISTER = { A: ['AREG', 0.254], B: ['BREG', 0.324], D: ['DREG', 0.248] } as const;
const CONTROL_SETUP = 0.4;
/** The cascade output lies a little behind P. */
const CASCADE = 0.15;

export function dspTiming(cell: NetlistCell): CellTiming {
  // The default of every register is 1, and Yosys may leave defaults out of the netlist.
  const on = (register: string) => (parameterNumber(cell.parameters[register]) ?? 1) !== 0;
  const multiplies = !/^NONE/.test(cell.parameters.USE_MULT ?? 'MULTIPLY');
  const preAdds = /^TRUE/.test(cell.parameters.USE_DPORT ?? 'FALSE');
  const mode = multiplies ? (preAdds ? PRE_ADD : MULTIPLY) : ADD;
  const stages = { p: on('PREG'), m: multiplies && on('MREG'), c: on('CREG') };
  const capture: Record<string, number> = {};
  const open: Record<string, number> = {};
  for (const port of ['A', 'B', ...(preAdds ? ['D'] : [])] as const) {
    const data = port as 'A' | 'B' | 'D';
    const [register, setup] = INPUT_REGISTER[data];
    if (on(register)) capture[data] = setup;
    else if (stages.m) capture[data] = mode.toM[data];
    else if (stages.p) capture[data] = mode.toP[data];
    else open[data] = mode.through[data];
  }
  if (stages.c) capture.C = 0.168;
  else if (stages.p) capture.C = 1.244;
  else open.C = 1.325;
  if (stages.p) capture.PCIN = 1.025;
  else open.PCIN = 1.107;
  for (const port of Object.keys(cell.connections)) {
    if (/^(CE|RST|OPMODE|ALUMODE|INMODE|CARRYIN)/.test(port)) capture[port] = CONTROL_SETUP;
  }
  const launchP = launchDelay(stages, on('AREG') || on('BREG'), mode);
  return {
    arcs: [],
    bundle: stages.p ? undefined : { inputs: open, outputs: { P: 0, PCOUT: CASCADE } },
    launch: launchP === undefined ? {} : { P: launchP, PCOUT: launchP + CASCADE },
    capture,
  };
}

/** Clock to P, from the last register on the slowest way; undefined if the slice has no register. */
function launchDelay(stages: { p: boolean; m: boolean; c: boolean }, inputs: boolean, mode: Mode): number | undefined {
  if (stages.p) return 0.329;
  if (stages.m) return 1.687;
  if (inputs) return mode.launch;
  return stages.c ? 1.687 : undefined;
}
