/** Ports and parameters of an emitted top, read from its Verilog: what is written about an engine is written about what is there. */
import { ShiftloomError } from '../errors.js';

export interface Port {
  readonly name: string;
  readonly direction: 'in' | 'out';
  /** Bits. */
  readonly width: number;
}

export interface TopModule {
  readonly name: string;
  readonly ports: readonly Port[];
  /** Names and default values. */
  readonly parameters: readonly { readonly name: string; readonly value: number }[];
}

/**
 * Header of a module in the form that `templates/rtl/top.v.hbs` has: a port or parameter a line.
 * @throws ShiftloomError('input') if there is no such header
 */
export function readTop(verilog: string, place: string): TopModule {
  const header = /^module (\w+) (?:#\(([\s\S]*?)^\) )?\(\n([\s\S]*?)^\);/m.exec(verilog);
  if (!header) throw new ShiftloomError('input', place, 'holds no module header in the form that shiftloom writes', 'Generate the design again');
  const [, name, parameters = '', ports] = header;
  return {
    name,
    parameters: [...parameters.matchAll(/^ *parameter (\w+) = (\d+)/gm)].map(([, parameter, value]) => ({ name: parameter, value: Number(value) })),
    ports: [...ports.matchAll(/^ *(input|output) +wire +(?:\[(\d+):0\] +)?(\w+),?$/gm)].map(([, direction, msb, port]) => ({
      name: port,
      direction: direction === 'input' ? ('in' as const) : ('out' as const),
      width: msb === undefined ? 1 : Number(msb) + 1,
    })),
  };
}
