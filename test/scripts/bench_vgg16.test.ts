import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VGG16_SHAPES, macsOfShape } from '../../scripts/vgg16/shapes.js';

describe('VGG16 shapes', () => {
  it('are the 13 convolutions of the paper, 15.3 G multiply-accumulates', () => {
    expect(VGG16_SHAPES.map(({ name, size, inChannels, outChannels }) => `${name} ${size} ${inChannels}-${outChannels}`)).toEqual([
      'conv1_1 224 3-64', 'conv1_2 224 64-64', 'conv2_1 112 64-128', 'conv2_2 112 128-128', 'conv3_1 56 128-256', 'conv3_2 56 256-256', 'conv3_3 56 256-256',
      'conv4_1 28 256-512', 'conv4_2 28 512-512', 'conv4_3 28 512-512', 'conv5_1 14 512-512', 'conv5_2 14 512-512', 'conv5_3 14 512-512',
    ]);
    expect(VGG16_SHAPES.reduce((sum, shape) => sum + macsOfShape(shape), 0)).toBe(15_346_630_656);
  });
});

describe('bench:vgg16', () => {
  it('finds a folding for each layer that keeps the array busy for 85 % and fits the part, and says what binds', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'shiftloom-vgg16-')), 'vgg16.json');
    const text = execFileSync(process.execPath, ['dist/scripts/bench_vgg16.js', '--simulate', 'none', '--out', file], { encoding: 'utf8' });
    expect(text).toContain('in sum: ');
    const rows = JSON.parse(readFileSync(file, 'utf8')) as { layer: string; cycles: number; utilization: number; simulated: boolean; bound: string; lut: number; bram36: number }[];
    expect(rows.map(({ layer }) => layer)).toEqual(VGG16_SHAPES.map(({ name }) => name));
    for (const { layer, cycles, utilization, simulated, lut, bram36 } of rows) {
      expect(utilization, layer).toBeGreaterThanOrEqual(0.85);
      expect(utilization, layer).toBeLessThanOrEqual(1);
      expect(lut, layer).toBeLessThanOrEqual(0.7 * 171_900);
      expect(bram36, layer).toBeLessThanOrEqual(450);
      expect(Number.isInteger(cycles) && !simulated, layer).toBe(true);
    }
    // 224 * 224 * 64 output bytes leave over 8 bytes a cycle: no engine is faster.
    expect(rows[0]).toMatchObject({ layer: 'conv1_1', bound: 'output stream' });
    expect(rows[0].cycles).toBeGreaterThanOrEqual(401_408);
    expect(rows[0].cycles).toBeLessThan(1.02 * 401_408);
    expect(rows.find(({ layer }) => layer === 'conv4_1')).toMatchObject({ bound: 'LUT' });
  });

  it('refuses a layer that VGG16 does not have', () => {
    expect(() => execFileSync(process.execPath, ['dist/scripts/bench_vgg16.js', '--simulate', 'conv6_1'], { encoding: 'utf8', stdio: 'pipe' })).toThrow(/there is no layer 'conv6_1'/);
  });
});
