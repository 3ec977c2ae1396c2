/**
 * Delays through 7-series cells, in nanoseconds. Slow-corner figures that Project X-Ray measured on this fabric (they also stand
 * in Yosys' cell library), without routing. LUT inputs are taken alike: which pin a net lands on is only known after placement.
 */
import { parameterNumber, type NetlistCell } from '../netlist.js';
import { dspTiming } from './dsp.js';

/** Combinational way through a cell, between single bits of ports. */
export interface Arc {
  readonly from: string;
  readonly fromBit: number;
  readonly to: string;
  readonly toBit: number;
  readonly delay: number;
}

/** Ways from every bit of some ports to every bit of others: input delay + output delay. */
export interface Bundle {
  readonly inputs: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
}

/** How a cell type takes part in timing. Ports left out of `launch` or `capture` are not clocked. */
export interface CellTiming {
  readonly arcs: readonly Arc[];
  readonly bundle?: Bundle;
  /** Clock to output, by output port. */
  readonly launch: Readonly<Record<string, number>>;
  /** Set-up before the clock, by input port. */
  readonly capture: Readonly<Record<string, number>>;
}

const LUT_DELAY = 0.15;
/** Second output of a LUT that gives two functions. */
const LUT_O5_DELAY = 0.18;
const NONE: CellTiming = { arcs: [], launch: {}, capture: {} };

/** Rows: O0..O3, CO0..CO3. Columns: CYINIT, CI, DI0..DI3, S0..S3. Zero: no way. */
const CARRY_DELAYS: readonly (readonly number[])[] = [
  [0.482, 0.222, 0, 0, 0, 0, 0.223, 0, 0, 0],
  [0.598, 0.334, 0.407, 0, 0, 0, 0.4, 0.205, 0, 0],
  [0.584, 0.239, 0.556, 0.537, 0, 0, 0.523, 0.558, 0.226, 0],
  [0.642, 0.313, 0.615, 0.596, 0.438, 0, 0.582, 0.618, 0.33, 0.227],
  [0.536, 0.271, 0.379, 0, 0, 0, 0.34, 0, 0, 0],
  [0.494, 0.157, 0.465, 0.445, 0, 0, 0.433, 0.469, 0, 0],
  [0.592, 0.228, 0.54, 0.52, 0.356, 0, 0.512, 0.548, 0.292, 0],
  [0.58, 0.114, 0.526, 0.507, 0.398, 0.385, 0.508, 0.528, 0.378, 0.38],
];
const CARRY_INPUTS: readonly (readonly [string, number])[] = [
  ['CYINIT', 0], ['CI', 0], ['DI', 0], ['DI', 1], ['DI', 2], ['DI', 3], ['S', 0], ['S', 1], ['S', 2], ['S', 3],
];

function carryArcs(): Arc[] {
  return CARRY_DELAYS.flatMap((row, output) =>
    row.flatMap((delay, input) => {
      if (delay === 0) return [];
      const [from, fromBit] = CARRY_INPUTS[input];
      return [{ from, fromBit, to: output < 4 ? 'O' : 'CO', toBit: output % 4, delay }];
    }),
  );
}

function lutTiming(inputs: number, outputs: Readonly<Record<string, number>>): CellTiming {
  const arcs: Arc[] = [];
  for (const [to, delay] of Object.entries(outputs)) {
    for (let i = 0; i < inputs; i++) arcs.push({ from: `I${i}`, fromBit: 0, to, toBit: 0, delay });
  }
  return { ...NONE, arcs };
}

function muxTiming(data: number, select: number): CellTiming {
  const arc = (from: string, delay: number): Arc => ({ from, fromBit: 0, to: 'O', toBit: 0, delay });
  return { ...NONE, arcs: [arc('I0', data), arc('I1', data), arc('S', select)] };
}

function flipFlop(reset: string): CellTiming {
  return { arcs: [], launch: { Q: 0.303 }, capture: { D: 0, CE: 0.109, [reset]: 0.404 } };
}

/** Asynchronous clear and preset are not timed from data: the engine has none. */
const FIXED: Readonly<Record<string, CellTiming>> = {
  LUT1: lutTiming(1, { O: LUT_DELAY }),
  LUT2: lutTiming(2, { O: LUT_DELAY }),
  LUT3: lutTiming(3, { O: LUT_DELAY }),
  LUT4: lutTiming(4, { O: LUT_DELAY }),
  LUT5: lutTiming(5, { O: LUT_DELAY }),
  LUT6: lutTiming(6, { O: LUT_DELAY }),
  LUT6_2: lutTiming(6, { O6: LUT_DELAY, O5: LUT_O5_DELAY }),
  // Taken in by the next cell.
  INV: { ...NONE, arcs: [{ from: 'I', fromBit: 0, to: 'O', toBit: 0, delay: 0 }] },
  MUXF7: muxTiming(0.22, 0.296),
  MUXF8: muxTiming(0.104, 0.273),
  CARRY4: { ...NONE, arcs: carryArcs() },
  FDRE: flipFlop('R'),
  FDSE: flipFlop('S'),
  FDCE: { arcs: [], launch: { Q: 0.303 }, capture: { D: 0, CE: 0.109 } },
  FDPE: { arcs: [], launch: { Q: 0.303 }, capture: { D: 0, CE: 0.109 } },
};

/** The tap is selected within the cycle: A0..A3 of an SRL16E, A of an SRLC32E. */
const SHIFT_REGISTER: CellTiming = {
  arcs: [],
  bundle: { inputs: { A: LUT_DELAY, A0: LUT_DELAY, A1: LUT_DELAY, A2: LUT_DELAY, A3: LUT_DELAY }, outputs: { Q: 0 } },
  launch: { Q: 1.472, Q15: 1.114, Q31: 1.114 },
  capture: { D: 0.173, CE: 0.109 },
};

/** Set-up of every data and control input of a block RAM, and clock to output without or with its output register. */
function blockRam(cell: NetlistCell): CellTiming {
  const capture: Record<string, number> = {};
  for (const [port, direction] of Object.entries(cell.port_directions)) {
    if (direction !== 'input' || port.startsWith('CLK')) continue;
    capture[port] = port.startsWith('DI') ? 0.737 : port.startsWith('ADDR') ? 0.566 : port.startsWith('WE') ? 0.532 : 0.443;
  }
  const out = (register: string) => (parameterNumber(cell.parameters[register]) ? 0.882 : 2.454);
  const a = out('DOA_REG');
  const b = out('DOB_REG');
  return { arcs: [], launch: { DOADO: a, DOPADOP: a, DOBDO: b, DOPBDOP: b }, capture };
}

/** RAM in LUTs: written on the clock, read through. Reading pairs address port x with data port x. */
function lutRam(cell: NetlistCell): CellTiming {
  const arcs: Arc[] = [];
  const launch: Record<string, number> = {};
  const capture: Record<string, number> = {};
  for (const [port, direction] of Object.entries(cell.port_directions)) {
    if (direction === 'output') {
      launch[port] = 1.19;
      for (const [from, bit] of readAddress(cell, port)) {
        for (let i = 0; i < (cell.connections[port]?.length ?? 0); i++) arcs.push({ from, fromBit: bit, to: port, toBit: i, delay: LUT_DELAY });
      }
    } else if (!port.endsWith('CLK')) capture[port] = port.startsWith('WE') ? 0.654 : port.startsWith('D') && !port.startsWith('DPRA') ? 0.46 : 0.362;
  }
  return { arcs, launch, capture };
}

function readAddress(cell: NetlistCell, output: string): [string, number][] {
  const inputs = Object.keys(cell.connections).filter((port) => cell.port_directions[port] === 'input');
  const wide = /^DO([A-H])$/.exec(output);
  const wanted = wide ? new RegExp(`^ADDR${wide[1]}$`) : output === 'DPO' ? /^DPRA\d*$/ : /^A\d*$/;
  return inputs.filter((port) => wanted.test(port)).flatMap((port) => cell.connections[port].map((_, bit) => [port, bit] as [string, number]));
}

/** Timing of a cell; undefined for a type that is not known. */
export function cellTiming(cell: NetlistCell): CellTiming | undefined {
  const fixed = FIXED[cell.type];
  if (fixed) return fixed;
  if (/^FD[RSCP]E_1$/.test(cell.type)) return FIXED[cell.type.slice(0, 4)];
  if (/^SRL/.test(cell.type)) return SHIFT_REGISTER;
  if (/^RAMB(18|36)E1$/.test(cell.type)) return blockRam(cell);
  if (/^RAM\d/.test(cell.type)) return lutRam(cell);
  if (cell.type === 'DSP48E1') return dspTiming(cell);
  if (/^(GND|VCC|BUFG|\$scopeinfo)$/.test(cell.type)) return NONE;
  return undefined;
}
