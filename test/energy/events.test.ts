import { describe, expect, it } from 'vitest';
import { countEvents } from '../../generator/energy/events.js';
import { netlistVerilog } from '../../generator/energy/netlist_verilog.js';
import type { Netlist } from '../../generator/synthesize/netlist.js';
import { cell, oneModule } from './netlist.js';

const CYCLES = 100;

/** Events by primitive of a netlist whose nets have the given toggles; a net not named has none, and is 1 in all cycles. */
function events(netlist: Netlist, toggles: Record<number, number>, boxes: string[] = []) {
  const { places, groups } = netlistVerilog(netlist, 'top', boxes);
  const activity = { cycles: CYCLES, toggles: new Uint32Array(groups * 64), high: new Uint32Array(groups * 64).fill(CYCLES) };
  for (const { at, nets } of places) nets.forEach((bit, i) => (activity.toggles[at * 64 + i] = toggles[bit] ?? 0));
  const sums: Record<string, Record<string, number>> = {};
  for (const { primitive, counts } of countEvents(netlist, places, activity)) {
    const sum = (sums[primitive] ??= {});
    for (const [figure, count] of Object.entries(counts)) sum[figure] = (sum[figure] ?? 0) + count;
  }
  return sums;
}

describe('events of a netlist', () => {
  it('a LUT before a register is one slice: no routing between them, a clock for the register, a net behind it', () => {
    const netlist = oneModule({
      lut: cell('LUT2', { I0: 5, I1: 7, O: 6 }),
      ff: cell('FDRE', { C: 2, CE: '1', D: 6, R: '0', Q: 7 }),
    }, { a: ['input', [5]] });
    expect(events(netlist, { 6: 10, 7: 10 })).toEqual({
      LUT: { lut: 10 },
      FF: { flipFlop: 10, net: 10, sink: 10, clock: CYCLES },
    });
  });

  it('counts every reader over the routing; a second register is one', () => {
    const netlist = oneModule({
      lut: cell('LUT1', { I0: 5, O: 6 }),
      first: cell('FDRE', { C: 2, CE: '1', D: 6, R: '0', Q: 8 }),
      second: cell('FDRE', { C: 2, CE: '1', D: 6, R: '0', Q: 9 }),
      third: cell('LUT1', { I0: 6, O: 10 }),
    });
    expect(events(netlist, { 6: 3 }).LUT).toEqual({ lut: 3, net: 3, sink: 6 });
  });

  it('takes the ways of a carry chain as dedicated: LUT to S and DI, carry to carry, sum to its register', () => {
    const netlist = oneModule({
      half: cell('LUT6_2', { I0: 5, I1: 7, I2: '0', I3: '0', I4: '0', I5: '1', O6: 10, O5: 11 }),
      low: cell('CARRY4', { CI: '0', CYINIT: '0', S: [10, '0', '0', '0'], DI: [11, '0', '0', '0'], O: [12, 13, 14, 15], CO: [20, 21, 22, 23] }),
      high: cell('CARRY4', { CI: 23, CYINIT: '0', S: ['0', '0', '0', '0'], DI: ['0', '0', '0', '0'], O: [30, 31, 32, 33], CO: [40, 41, 42, 43] }),
      ff: cell('FDRE', { C: 2, CE: '1', D: 12, R: '0', Q: 7 }),
    });
    const found = events(netlist, { 10: 4, 11: 2, 12: 6, 23: 1 });
    expect(found.LUT).toEqual({ lut: 6 });
    expect(found.CARRY4).toEqual({ carry: 7 });
  });

  it('follows a net into the instances that read it', () => {
    const inner = oneModule({ ff: cell('FDRE', { C: 2, CE: '1', D: 5, R: '0', Q: 6 }) }, { d: ['input', [5]], q: ['output', [6]] }).modules.top;
    const netlist: Netlist = {
      modules: {
        ...oneModule({
          source: cell('FDRE', { C: 2, CE: '1', D: 7, R: '0', Q: 7 }),
          one: { type: 'inner', parameters: {}, port_directions: { clk: 'input', d: 'input', q: 'output' }, connections: { clk: [2], d: [7], q: [8] } },
          two: { type: 'inner', parameters: {}, port_directions: { clk: 'input', d: 'input', q: 'output' }, connections: { clk: [2], d: [7], q: [9] } },
        }).modules,
        inner,
      },
    };
    // The register reads its own output, and so does one register of each instance.
    expect(events(netlist, { 7: 5 }).FF).toEqual({ flipFlop: 5, net: 5, sink: 15, clock: 3 * CYCLES });
  });

  it('counts accesses of block RAM by primitives and enables, operand bits of a DSP block with their copies', () => {
    const number = (value: number) => value.toString(2).padStart(32, '0');
    const ram = cell('nn_ram', { clk: 2, read_enable_i: '1', write_enable_i: '0', read_address_i: 5, read_data_o: [6, 7] }, { WIDTH: number(72), DEPTH: number(512), BLOCK: number(1) });
    const dsp = cell('DSP48E1', { CLK: 2, A: [6, 6, 6], B: [7], P: [8] });
    const found = events(oneModule({ ram, dsp }), { 6: 20, 7: 30 }, ['nn_ram']);
    expect(found.RAM).toEqual({ blockRam: CYCLES, net: 50, sink: 90 });
    expect(found.DSP48E1).toEqual({ dspCycle: 90, dspBit: 90 });
  });
});
