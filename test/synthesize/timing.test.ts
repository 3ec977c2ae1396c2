import { describe, expect, it } from 'vitest';
import type { Bit, Netlist, NetlistCell, NetlistModule } from '../../generator/synthesize/netlist.js';
import { cellTiming } from '../../generator/synthesize/timing/arcs.js';
import { NET_DELAYS, estimateTiming } from '../../generator/synthesize/timing/estimate.js';
import { hopDelay } from '../../generator/synthesize/timing/propagate.js';
import { DRIVER, SINK } from '../../generator/synthesize/timing/template.js';

const OUTPUTS = /^(Q|O|O5|O6|CO|DO[AB]?DO|P|PCOUT|DO[A-D])$/;

function cell(type: string, connections: Record<string, Bit[]>, parameters: Record<string, string> = {}, outputs = OUTPUTS): NetlistCell {
  const directions = Object.keys(connections).map((port) => [port, outputs.test(port) ? 'output' : 'input'] as const);
  return { type, parameters, connections, port_directions: Object.fromEntries(directions) };
}

/** Nets are named n<number>. */
function module(cells: Record<string, NetlistCell>, ports: Record<string, ['input' | 'output', Bit[]]> = {}): NetlistModule {
  const nets = new Set([...Object.values(cells).flatMap((c) => Object.values(c.connections).flat()), ...Object.values(ports).flatMap(([, bits]) => bits)]);
  return {
    attributes: {},
    ports: Object.fromEntries(Object.entries(ports).map(([name, [direction, bits]]) => [name, { direction, bits }])),
    cells,
    netnames: Object.fromEntries([...nets].filter((n) => typeof n === 'number').map((n) => [`n${n}`, { hide_name: 0, bits: [n] }])),
  };
}

const flip = (d: Bit, q: Bit) => cell('FDRE', { C: [1], CE: ['1'], R: ['0'], D: [d], Q: [q] });
const lut = (inputs: Bit[], o: Bit) => cell(`LUT${inputs.length}`, { ...Object.fromEntries(inputs.map((bit, i) => [`I${i}`, [bit]])), O: [o] });

describe('estimateTiming', () => {
  it('adds clock to output, routing by loads, each LUT, and nothing between a LUT and its flip-flop', () => {
    const netlist: Netlist = { modules: { top: module({ a: flip(9, 2), l1: lut([2], 3), l2: lut([3, 2], 4), b: flip(4, 5) }) } };
    const estimate = estimateTiming(netlist, 'top')!;
    // n2 has two loads, n3 one.
    const nominal = 0.303 + (1.0 + 0.1) + 0.15 + 1.0 + 0.15;
    expect(estimate.periodNs.nominal).toBeCloseTo(nominal, 2);
    expect(estimate.periodNs.optimistic).toBeCloseTo(0.303 + 0.65 + 0.15 + 0.6 + 0.15, 2);
    expect(estimate.periodNs.pessimistic).toBeCloseTo(0.303 + 1.55 + 0.15 + 1.4 + 0.15, 2);
    expect(estimate.fmaxMhz.nominal).toBe(Math.round(1000 / nominal));
    expect(estimate.label).toBe('pre-layout estimate');
  });

  it('lists the path from register to register with the time behind each cell', () => {
    const netlist: Netlist = { modules: { top: module({ a: flip(9, 2), l1: lut([2], 3), b: flip(3, 5) }) } };
    const { path } = estimateTiming(netlist, 'top')!;
    expect(path.start).toEqual({ type: 'FDRE', module: 'top', name: 'n2', cellNs: 0.303, routingNs: 0, atNs: 0.303 });
    expect(path.steps).toEqual([{ type: 'LUT1', module: 'top', name: 'n3', cellNs: 0.15, routingNs: 1, atNs: 1.453 }]);
    expect(path.end).toEqual({ type: 'FDRE', module: 'top', name: 'n5 (D)', cellNs: 0, routingNs: 0, atNs: 1.453 });
    expect(path).toMatchObject({ levels: 1, logicNs: 0.453, routingNs: 1, totalNs: 1.453 });
  });

  it('follows paths through the ports of modules, with every instance counted as a load', () => {
    const leaf = module({ r: flip(2, 3), l: lut([3], 4) }, { d: ['input', [2]], o: ['output', [4]] });
    const instance = (d: Bit, o: Bit) => cell('leaf', { d: [d], o: [o] }, {}, /^o$/);
    const top = module({ r: flip(9, 2), u0: instance(2, 5), u1: instance(2, 6), l: lut([5, 6], 7), e: flip(7, 8) });
    const estimate = estimateTiming({ modules: { top, leaf } }, 'top')!;
    // In the leaf: register, hop, LUT; then a hop to the LUT of the top.
    expect(estimate.periodNs.nominal).toBeCloseTo(0.303 + 1 + 0.15 + 1 + 0.15, 2);
    expect(estimate.path.start.name).toBe('u0.n3');
    expect(estimate.byModule).toEqual([
      { module: 'top', periodNs: 2.6 },
      { module: 'leaf', periodNs: 1.4 }, // 0.303 and a hop with two loads
    ]);
  });

  it('charges a net for the ground that the kept modules on it fill', () => {
    // A leaf of 1,120 LUTs is 200 CLBs at 70 %; two of them make a square of 20, four one of 28.3.
    const inner = Object.fromEntries(Array.from({ length: 1120 }, (_, i) => [`l${i}`, lut([2], 10 + i)]));
    const leaf = module({ ...inner, r: flip(10, 4) }, { d: ['input', [2]] });
    const period = (instances: number) => {
      const users = Object.fromEntries(Array.from({ length: instances }, (_, i) => [`u${i}`, cell('leaf', { d: [2] })]));
      return estimateTiming({ modules: { top: module({ r: flip(9, 2), ...users }), leaf } }, 'top')!.periodNs.nominal;
    };
    const hop = (loads: number, side: number) => 0.303 + 1 + 0.1 * Math.log2(loads) + 0.02 * Math.max(0, side - 12) + 0.15;
    expect(period(1)).toBeCloseTo(hop(1120, 0), 2);
    expect(period(2)).toBeCloseTo(hop(2240, 20), 2);
    expect(period(4)).toBeCloseTo(hop(4480, Math.sqrt(800)), 2);
  });

  it('joins two outer nets that a module wires through', () => {
    const wire = module({}, { i: ['input', [2]], o: ['output', [2]] });
    const top = module({ a: flip(9, 2), u: cell('wire', { i: [2], o: [3] }, {}, /^o$/), l: lut([3], 4), b: flip(4, 5) });
    expect(estimateTiming({ modules: { top, wire } }, 'top')!.path.start.name).toBe('n2');
  });

  it('runs along a carry chain without routing and takes its blocks as one level', () => {
    const chain = (ci: Bit, s: Bit[], di: Bit[], co: Bit[], o: Bit[]) => cell('CARRY4', { CI: [ci], CYINIT: ['0'], S: s, DI: di, CO: co, O: o });
    const top = module({
      a: flip(9, 2),
      l: lut([2], 3),
      c0: chain('0', [3, '0', '0', '0'], ['0', '0', '0', '0'], [10, 11, 12, 13], [14, 15, 16, 17]),
      c1: chain(13, ['0', '0', '0', '0'], ['0', '0', '0', '0'], [20, 21, 22, 23], [24, 25, 26, 27]),
      b: flip(27, 5),
    });
    const { path, periodNs } = estimateTiming({ modules: { top } }, 'top')!;
    expect(periodNs.nominal).toBeCloseTo(0.303 + 1 + 0.15 + 0.508 + 0.313, 2);
    expect(path.steps.map(({ type }) => type)).toEqual(['LUT1', 'CARRY4', 'CARRY4']);
    expect(path.levels).toBe(2);
  });

  it('counts a LUT as a wire for each carry select without a LUT of its own, but not for the unused end of a chain', () => {
    const carry = (s: Bit[], o: Bit[]) => cell('CARRY4', { CI: ['0'], CYINIT: ['0'], S: s, DI: ['0', '0', '0', '0'], CO: [], O: o });
    const flips = Object.fromEntries([14, 15, 16].map((net) => [`e${net}`, flip(net, net + 20)]));
    const top = module({ a: flip(9, 2), l: lut([2], 3), c: carry([3, 3, 2, 2], [14, 15, 16, 17]), ...flips });
    // n3 is a LUT's and serves one of two places; n2 is a register's; the fourth place leads nowhere.
    expect(estimateTiming({ modules: { top } }, 'top')!.routeThroughLuts).toBe(2);
  });

  it('takes an input of a LUT6_2 to the one output that depends on it', () => {
    // O5: majority of I0, I1, I2. O6: their sum with I3. I5 is tied high.
    const sum = (i: number) => ((i ^ (i >> 1) ^ (i >> 2) ^ (i >> 3)) & 1).toString();
    const majority = (i: number) => ((i & 1) + ((i >> 1) & 1) + ((i >> 2) & 1) > 1 ? '1' : '0');
    const half = (of: (i: number) => string) => Array.from({ length: 32 }, (_, i) => of(31 - i)).join('');
    const pair = (a: Bit, carry: Bit, o6: Bit, o5: Bit) =>
      cell('LUT6_2', { I0: [a], I1: ['1'], I2: ['0'], I3: [carry], I4: ['0'], I5: ['1'], O6: [o6], O5: [o5] }, { INIT: half(sum) + half(majority) });
    const top = module({ a: flip(9, 2), l0: pair(2, '0', 3, 4), l1: pair(2, 4, 5, 6), b: flip(5, 7), c: flip(6, 8) });
    const { path, periodNs } = estimateTiming({ modules: { top } }, 'top')!;
    expect(path.steps.map(({ name }) => name)).toEqual(['n4', 'n5']);
    expect(periodNs.nominal).toBeCloseTo(0.303 + 1.1 + 0.18 + 1 + 0.15, 2);
  });

  it('goes through an unregistered DSP48E1 from every input bit to every output bit as one step', () => {
    const unregistered = Object.fromEntries(['AREG', 'BREG', 'CREG', 'DREG', 'ADREG', 'MREG', 'PREG'].map((name) => [name, '0'.repeat(32)]));
    const top = module({ a: flip(9, 2), d: cell('DSP48E1', { A: [2, '0'], B: [2], P: [3, 4] }, unregistered), b: flip(4, 5) });
    const { path } = estimateTiming({ modules: { top } }, 'top')!;
    expect(path.steps).toHaveLength(1);
    expect(path.steps[0]).toMatchObject({ type: 'DSP48E1', name: 'n4', cellNs: 2.823, routingNs: 1.1 });
  });

  it('keeps ports apart from the register paths', () => {
    const top = module({ l: lut([2], 3), a: flip(3, 4), b: flip(4, 5), m: lut([5], 6) }, { i: ['input', [2]], o: ['output', [6]] });
    const estimate = estimateTiming({ modules: { top } }, 'top')!;
    expect(estimate.periodNs.nominal).toBe(1.3);
    expect(estimate.inputToRegisterNs).toBe(1.15);
    expect(estimate.registerToOutputNs).toBe(1.45);
  });

  it('cuts a combinational loop and says how many arcs', () => {
    const top = module({ a: flip(9, 2), x: lut([2, 4], 3), y: lut([3], 4), b: flip(4, 5) });
    const estimate = estimateTiming({ modules: { top } }, 'top')!;
    expect(estimate.loopArcs).toBe(1);
    expect(estimate.periodNs.nominal).toBeCloseTo(0.303 + 1 + 0.15 + 1 + 0.15, 2);
  });

  it('names cells it has no delays for, and gives nothing for a design without registers', () => {
    expect(estimateTiming({ modules: { top: module({ l: lut([2], 3) }) } }, 'top')).toBeUndefined();
    const top = module({ a: flip(9, 2), b: flip(2, 3), z: cell('XADC', { I: [3], O: [9] }) });
    expect(estimateTiming({ modules: { top } }, 'top')!.unknownCells).toEqual(['XADC']);
  });
});

describe('cellTiming', () => {
  it('gives a block RAM a third of the delay with its output register', () => {
    const ram = (register: string) => cell('RAMB36E1', { CLKARDCLK: [1], ADDRARDADDR: [2], DOADO: [3] }, { DOA_REG: register });
    expect(cellTiming(ram('0'.repeat(32)))!.launch.DOADO).toBe(2.454);
    expect(cellTiming(ram('0'.repeat(31) + '1'))!.launch.DOADO).toBe(0.882);
    expect(cellTiming(ram('0'))!.capture).toEqual({ ADDRARDADDR: 0.566 });
  });

  it('reads RAM in LUTs through its own address port', () => {
    const ram = cell('RAM32M', { WCLK: [1], WE: [2], ADDRA: [3, 4], ADDRD: [5], DIA: [6], DOA: [7, 8] });
    const { arcs, capture } = cellTiming(ram)!;
    expect(arcs.map(({ from, fromBit, to, toBit }) => `${from}${fromBit} ${to}${toBit}`)).toEqual(['ADDRA0 DOA0', 'ADDRA0 DOA1', 'ADDRA1 DOA0', 'ADDRA1 DOA1']);
    expect(Object.keys(capture)).not.toContain('WCLK');
  });

  it('takes a DSP48E1 with all registers, and with parameters left at their defaults, as clocked at both ends', () => {
    const { launch, capture, bundle } = cellTiming(cell('DSP48E1', { A: [2], B: [3], P: [4] }))!;
    expect(bundle).toBeUndefined();
    expect(launch.P).toBe(0.329);
    expect(capture).toMatchObject({ A: 0.254, B: 0.324 });
  });
});

describe('hopDelay', () => {
  const { nominal } = NET_DELAYS;
  it('is free inside a slice and down a DSP column only', () => {
    expect(hopDelay(DRIVER.LUT, SINK.FF_D, 1, nominal)).toBe(0);
    expect(hopDelay(DRIVER.CARRY_LAST, SINK.CARRY_CI, 1, nominal)).toBe(0);
    expect(hopDelay(DRIVER.LUT_O5, SINK.CARRY_DI, 1, nominal)).toBe(0);
    expect(hopDelay(DRIVER.CASCADE, SINK.CASCADE, 1, nominal)).toBe(0);
    expect(hopDelay(DRIVER.LUT, SINK.CARRY_DI, 1, nominal)).toBe(1);
    expect(hopDelay(DRIVER.OTHER, SINK.FF_D, 1, nominal)).toBe(1);
  });

  it('grows with the loads and takes a LUT on the way into a carry select from elsewhere', () => {
    expect(hopDelay(DRIVER.OTHER, SINK.OTHER, 1024, nominal)).toBeCloseTo(2, 12);
    expect(hopDelay(DRIVER.OTHER, SINK.CARRY_S, 1, nominal)).toBeCloseTo(1.15, 12);
  });
});
