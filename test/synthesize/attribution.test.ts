import { describe, expect, it } from 'vitest';
import { attributeUnits } from '../../generator/synthesize/attribution.js';
import type { Bit, NetlistCell, NetlistModule } from '../../generator/synthesize/netlist.js';
import type { ModuleUse } from '../../generator/synthesize/statistics.js';

const cell = (type: string, inputs: Bit[], output: Bit, attributes: Record<string, string> = {}): NetlistCell => ({
  type,
  parameters: {},
  attributes,
  connections: { I: inputs, O: [output] },
  port_directions: { I: 'input', O: 'output' },
});
const scope = (module: string): NetlistCell => ({
  type: '$scopeinfo', parameters: {}, connections: {}, port_directions: {}, attributes: { module_hdlname: module },
});
const use = (module: string, instances = 1) => ({ module, name: module, instances }) as ModuleUse;

function module(cells: Record<string, NetlistCell>, names: Record<string, Bit[]>): NetlistModule {
  const netnames = Object.fromEntries(Object.entries(names).map(([name, bits]) => [name, { hide_name: 0 as const, bits }]));
  return { attributes: {}, ports: {}, cells, netnames };
}
const summary = (top: NetlistModule, uses = [use('top')], others: Record<string, NetlistModule> = {}) =>
  Object.fromEntries(attributeUnits({ modules: { top, ...others } }, uses).map((unit) => [unit.name, [unit.resources.lut, unit.resources.ff]]));

describe('attributeUnits', () => {
  const scopes = { u_a: scope('nn_a'), u_b: scope('nn_b') };

  it('gives a register to the unit that names it with _q, not to those that see it at a port', () => {
    const top = module({ ...scopes, $1: cell('FDRE', ['x'], 2) }, { sum: [2], 'u_a.sum_q': [2], 'u_a.sum_o': [2], 'u_b.sum_i': [2] });
    expect(summary(top)).toEqual({ nn_a: [0, 1], nn_b: [0, 0], top: [0, 0] });
  });

  it('gives a LUT without a name to the unit of most of the cells that it feeds, through other such LUTs', () => {
    const top = module(
      { ...scopes, $1: cell('LUT2', [9], 2), $2: cell('LUT3', [2], 3), $3: cell('FDRE', [3], 4), $4: cell('FDRE', [3], 5), $5: cell('FDRE', [3], 6) },
      { 'u_b.x_q': [4, 5], 'u_a.y_q': [6] },
    );
    expect(summary(top)).toEqual({ nn_b: [2, 2], nn_a: [0, 1], top: [0, 0] });
  });

  it('takes instantiated cells by their own name and carry chains by their source file', () => {
    const top = module(
      { ...scopes, 'u_a.u_lut': cell('LUT6_2', [9], 2), $c: cell('CARRY4', [3], 4, { src: 'rtl/nn_b.v:3.1-4.2|/share/arith_map.v:1.1' }), $l: cell('LUT1', [9], 3) },
      {},
    );
    expect(summary(top)).toEqual({ nn_a: [1, 0], nn_b: [1, 0], top: [0, 0] });
  });

  it('leaves to the top what several units or none can claim', () => {
    const top = module({ ...scopes, $1: cell('FDRE', [9], 2), $2: cell('FDRE', [9], 3) }, { rst: [2], 'u_a.rst': [2], 'u_b.rst': [2], plain: [3] });
    expect(summary(top)).toEqual({ top: [0, 2], nn_a: [0, 0], nn_b: [0, 0] });
  });

  it('counts a module that was kept to be mapped once with the unit that holds it', () => {
    const ram = module({ b: cell('RAMB36E1', [2], 3), r: cell('LUT2', [2], 4) }, {});
    const top = module({ ...scopes, 'u_b.u_ram': cell('ram', [2], 3), 'u_b.u_other': cell('ram', [2], 4) }, {});
    const units = attributeUnits({ modules: { top, ram } }, [use('top'), use('ram', 2)], ['ram']);
    expect(units.map(({ name, resources: { lut, bram36 } }) => [name, lut, bram36])).toEqual([['nn_b', 2, 2], ['nn_a', 0, 0], ['top', 0, 0]]);
  });

  it('multiplies a kept module by its instances, tells its parts apart and adds no shares but 1', () => {
    const element = module({ u_lane: scope('nn_lane'), $1: cell('LUT4', [9], 2), $2: cell('FDRE', [2], 3), $3: cell('LUT2', [3], 4) }, { 'u_lane.y_q': [3] });
    const top = module({ e0: cell('element', [9], 2), $1: cell('LUT2', [9], 7) }, {});
    const units = attributeUnits({ modules: { top, element } }, [use('top'), use('element', 8)]);
    expect(units.map(({ name, within, instances, exact, resources: { lut } }) => [name, within, instances, exact, lut])).toEqual([
      ['element', 'element', 8, false, 8],
      ['nn_lane', 'element', 8, false, 8],
      ['top', 'top', 1, true, 1],
    ]);
    expect(units.reduce((sum, { lutShare }) => sum + lutShare, 0)).toBeCloseTo(1, 12);
  });
});
