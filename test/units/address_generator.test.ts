import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { randomLayer } from '../../generator/layer/random_layer.js';

const layers = Array.from({ length: 40 }, (_, seed) => randomLayer(seed, { kinds: ['conv2d'] }));
const padded = layers.find(({ geometry: g }) => g.padTop + g.padLeft + g.padBottom + g.padRight > 0)!;
const bare = layers.find(({ geometry: g }) => g.padTop + g.padLeft + g.padBottom + g.padRight === 0)!;
const LANES = { oc: 2, ic: 2, kind: 'lut' } as const;

function texts(layer: typeof padded, pixel: number): string[] {
  const { plan, files } = generateLayer(layer, { ...LANES, pixel });
  return ['sequencer', 'address_generator'].map((unit) => files.get(`rtl/${plan.name}_${unit}.v`)!);
}

describe('address_generator', () => {
  it('takes a place from the sequencer by the same ports, and rows and pixels only where there is padding', () => {
    for (const layer of [padded, bare]) {
      const [sequencer, generator] = texts(layer, 2);
      const given = [...sequencer.matchAll(/output wire(?: signed)? (\[\d+:0\] )?(step|first|tile_last|weight_last|kernel|base|x_base|channel|top|x)_o/g)];
      const taken = [...generator.matchAll(/input {2}wire(?: signed)? (\[\d+:0\] )?(\w+)_i/g)];
      expect(taken.map(([, width, name]) => `${width}${name}`)).toEqual(given.map(([, width, name]) => `${width}${name}`));
      expect(generator.includes('top_i')).toBe(layer === padded);
    }
  });

  it('has one address for each pixel lane, and a stride more for lanes that wrap round the banks', () => {
    const [, one] = texts(padded, 1);
    const [, three] = texts(padded, 3);
    expect(one.match(/reg \[\d+:0\] bank\d_address_q3/g)).toHaveLength(1);
    expect(three.match(/reg \[\d+:0\] bank\d_address_q3/g)).toHaveLength(3);
    expect(three.match(/\? column_next_q2 : column_q2/g)).toHaveLength(2);
    expect(one).not.toContain('column_next_q2');
  });
});
