/** A netlist written by hand, for tests of what is counted. */
import type { Bit, Netlist, NetlistCell } from '../../generator/synthesize/netlist.js';

export type Pins = Record<string, Bit | readonly Bit[]>;

/** A cell; its outputs are told by their names. */
export function cell(type: string, pins: Pins, parameters: Record<string, string> = {}): NetlistCell {
  const outputs = new Set(['O', 'O5', 'O6', 'Q', 'CO', 'P', 'read_data_o']);
  const connections = Object.fromEntries(Object.entries(pins).map(([port, bits]) => [port, Array.isArray(bits) ? bits : [bits]])) as Record<string, readonly Bit[]>;
  const carry = type === 'CARRY4';
  const directions = Object.fromEntries(
    Object.keys(pins).map((port) => [port, outputs.has(port) && !(carry && port === 'CI') ? 'output' : 'input']),
  ) as Record<string, 'input' | 'output'>;
  return { type, parameters, port_directions: directions, connections };
}

/** One module named `top` with a clock as net 2. */
export function oneModule(cells: Record<string, NetlistCell>, ports: Record<string, readonly ['input' | 'output', readonly Bit[]]> = {}): Netlist {
  const all = { clk: ['input', [2]] as const, ...ports };
  return {
    modules: {
      top: {
        attributes: {},
        ports: Object.fromEntries(Object.entries(all).map(([name, [direction, bits]]) => [name, { direction, bits }])),
        cells,
        netnames: {},
      },
    },
  };
}
