import { describe, expect, it } from 'vitest';
import { netlistVerilog } from '../../generator/energy/netlist_verilog.js';
import { saifText } from '../../generator/energy/saif.js';
import type { Netlist } from '../../generator/synthesize/netlist.js';
import { oneModule } from './netlist.js';
import { parseSaif } from './saif_parser.js';

/** More nets than a call takes arguments: a flattened engine as large as the device has as many in one scope. */
const BITS = 200_000;

describe('saifText', () => {
  it('writes a scope of 200,000 nets, each with its toggles and times', () => {
    const bits = Array.from({ length: BITS }, (_, i) => i + 3);
    const { modules } = oneModule({}, { wide: ['input', bits] });
    const netlist = { modules: { top: { ...modules.top, netnames: { wide: { hide_name: 0, bits } } } } } as unknown as Netlist;
    const { places, groups } = netlistVerilog(netlist, 'top', []);
    const activity = { cycles: 10, toggles: new Uint32Array(groups * 64).fill(3), high: new Uint32Array(groups * 64).fill(4) };
    const { duration, nets } = parseSaif(saifText(netlist, places, activity, { top: 'top', period: 5000, program: 'test', version: '1' }));
    expect(duration).toBe(50_000);
    expect(nets.size).toBe(BITS);
    expect(nets.get(`top/wide[${BITS - 1}]`)).toEqual({ t0: 30_000, t1: 20_000, tx: 0, tc: 3 });
  });
});
