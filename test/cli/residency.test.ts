import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
interface PlanFile {
  network: string;
  bram36: number;
  factors: number;
  memories: { name: string; words: number; bits: number; builtWords: number; bram36: number }[];
  layers: { name: string; rank: number; places: Record<string, { base: number; words: number }> }[];
}

describe('shiftloom residency', () => {
  it('prints the plan, a line for each layer, and writes it with its memory map', async () => {
    const { code, stdout } = await cli(['residency', '--network', 'vgg16', '--out', join(folder, 'vgg16')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^vgg16: 14,710,464 weights as [\d,]+ factors of 3, 3 and 3 bits/);
    expect(stdout).toMatch(/^\d+(\.\d)? of 500 block RAMs: output \d+/m);
    expect(stdout.split('\n').filter((line) => /^conv\d_\d +\d+x\d+ /.test(line))).toHaveLength(13);
    expect(readdirSync(join(folder, 'vgg16')).sort()).toEqual(['residency.json', 'residency.svg', 'residency.txt']);
    const plan = JSON.parse(readFileSync(join(folder, 'vgg16', 'residency.json'), 'utf8')) as PlanFile;
    const output = plan.memories.find(({ name }) => name === 'output')!;
    const last = plan.layers[plan.layers.length - 1].places.output;
    expect(last.base + last.words).toBe(output.words);
    const map = readFileSync(join(folder, 'vgg16', 'residency.svg'), 'utf8');
    expect(map).toContain(`conv5_3, rank ${plan.layers[12].rank}: words ${last.base} to ${last.base + last.words - 1}`);
  });

  it('takes ranks, the unit, factor bits and the engine by hand', async () => {
    const options = ['--ranks', 'conv4_1=152', '--ratio', '12', '--unit', '8,2,16', '--factor-bits', '5,4,6', '--lanes', 'oc=8,ic=32,pixel=4', '--ring', '64'];
    const { code, stdout } = await cli(['residency', '--network', 'vgg19', ...options, '--json']);
    const plan = JSON.parse(stdout) as PlanFile & { lanes: string };
    expect([code, plan.network, plan.lanes]).toEqual([0, 'vgg19', 'oc=8,ic=32,pixel=4,kind=lut']);
    expect(plan.layers.find(({ name }) => name === 'conv4_1')!.rank).toBe(152);
    expect(plan.memories.slice(0, 3).map(({ bits }) => bits)).toEqual([8 * 2 * 5, 8 * 16 * 4, 8 * 6]);
  });

  it('refuses what it cannot plan, with the way out', async () => {
    const refused = async (...options: string[]) => {
      const { code, stderr } = await cli(['residency', ...options]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused()).toContain('--network: is needed');
    expect(await refused('--network', 'vgg17')).toContain("Did you mean 'vgg16'?");
    expect(await refused('--network', 'vgg16', '--ratio', '2')).toContain('The smallest ratio that fits is');
    expect(await refused('--network', 'vgg16', '--ranks', 'conv1_1')).toContain('allowed: NAME=RANK with commas between');
    expect(await refused('--network', 'vgg16', '--unit', '16,0,4')).toContain('allowed: whole numbers 1..256');
    expect(await refused('--network', 'vgg16', '--factor-bits', '4,9,4')).toContain('allowed: whole numbers 2..8');
    expect(await refused('--network', 'vgg16', '--lanes', 'oc=16,ic=32,dsp=4')).toContain('dsp is not chosen here');
  });
});
