import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { energyFigures, energyRatio } from '../../generator/energy/energy.js';
import { FIGURES, loadEnergyTable, type EnergyTable, type Figure } from '../../generator/energy/energy_table.js';

const table = loadEnergyTable();
const none = Object.fromEntries(FIGURES.map((name) => [name, 0])) as Record<Figure, number>;

function broken(change: (table: { figures: Record<string, Record<string, unknown>> }) => void): () => EnergyTable {
  const folder = mkdtempSync(join(tmpdir(), 'energy-'));
  const content = JSON.parse(readFileSync('constraints/energy/xc7.json', 'utf8')) as Parameters<typeof change>[0];
  change(content);
  writeFileSync(join(folder, 'xc7.json'), JSON.stringify(content));
  return () => loadEnergyTable('xc7', folder);
}

describe('energy tables', () => {
  it('all have every figure with a range and a source, and are named as their file', () => {
    for (const file of readdirSync('constraints/energy')) {
      const name = file.replace('.json', '');
      expect(loadEnergyTable(name).name).toBe(name);
    }
    expect(Object.keys(table.figures).sort()).toEqual([...FIGURES].sort());
  });

  it('are refused with the place of the fault', () => {
    expect(broken((t) => delete t.figures.net)).toThrow(/xc7\.json: figures\.net: /);
    expect(broken((t) => (t.figures.lut.high = 0.001))).toThrow(/figures\.lut: low, nominal and high must ascend/);
    expect(broken((t) => (t.figures.lut.source = 'guess'))).toThrow(/figures\.lut\.source/);
    expect(() => loadEnergyTable('xc9')).toThrow(/xc9\.json: there is no such energy table/);
  });
});

describe('energy of counted events', () => {
  const groups = [
    { unit: 'x_processing_element', primitive: 'LUT' as const, counts: { lut: 100, net: 50, sink: 200 } },
    { unit: 'x_processing_element', primitive: 'FF' as const, counts: { clock: 1000 } },
    { unit: 'x_weight_memory', primitive: 'RAM' as const, counts: { blockRam: 10 } },
    { unit: 'x_sequencer', primitive: 'FF' as const, counts: { flipFlop: 20 } },
  ];

  it('is the sum of events times figures, whichever way it is split', () => {
    const f = table.figures;
    const { perMac, byPart, byUnit, byPrimitive } = energyFigures(groups, table, 100, 'x');
    const want = f.lut.nominal + 0.5 * f.net.nominal + 2 * f.sink.nominal + 10 * f.clock.nominal + 0.1 * f.blockRam.nominal + 0.2 * f.flipFlop.nominal;
    expect(perMac.nominal).toBeCloseTo(want, 12);
    for (const split of [byPart, byUnit, byPrimitive]) expect(split.reduce((sum, { nominal }) => sum + nominal, 0)).toBeCloseTo(want, 12);
    expect(byPart.map(({ name }) => name)).toEqual(['array', 'memories', 'control', 'clock']);
    expect(byPart[1].nominal).toBeCloseTo(0.1 * f.blockRam.nominal, 12);
    expect(byPart[3].nominal).toBeCloseTo(10 * f.clock.nominal, 12);
  });

  it('gives the ratio of two engines over the whole range of the figures', () => {
    const { figures: f } = table;
    const ratio = energyRatio({ ...none, lut: 2, dspBit: 1 }, { ...none, dspBit: 4 }, table);
    const at = (lut: number, bit: number) => (2 * lut + bit) / (4 * bit);
    expect(ratio.nominal).toBeCloseTo(at(f.lut.nominal, f.dspBit.nominal), 12);
    expect(ratio.smallest).toBeCloseTo(at(f.lut.low, f.dspBit.high), 12);
    expect(ratio.largest).toBeCloseTo(at(f.lut.high, f.dspBit.low), 12);
    expect(ratio.byFigure.lut.high).toBeCloseTo(at(f.lut.high, f.dspBit.nominal), 12);
    expect(ratio.byFigure.net).toEqual({ low: ratio.nominal, high: ratio.nominal });
  });
});
