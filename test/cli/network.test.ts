import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writtenNetwork } from '../network/fixture.js';
import { cli, temporaryFolder } from './cli.js';

describe('generate with a network', () => {
  it('writes an accelerator with report and drawing, is the same again, and tells what was changed', async () => {
    const { path: file } = await writtenNetwork();
    const out = join(temporaryFolder(), 'out');
    const { code, stdout } = await cli(['generate', file, '--out', out, '--fps', '100000', '--json']);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout) as { framesPerSecond: number; cyclesPerFrame: number; balancedTo: number; files: string[] };
    expect(facts.balancedTo).toBe(2000);
    expect(facts.cyclesPerFrame).toBeLessThanOrEqual(2000);
    expect(facts.framesPerSecond).toBeGreaterThanOrEqual(100_000);
    expect(readFileSync(join(out, 'REPORT.md'), 'utf8')).toContain('frames a second at 200 MHz; bound by');
    expect(readFileSync(join(out, 'network.svg'), 'utf8')).toContain('(sets the rate)');
    expect((await cli(['generate', file, '--out', out, '--fps', '100000', '--check'])).code).toBe(0);
    expect((await cli(['report', out])).stderr).toContain("holds the accelerator of a network; this is for a layer's");
    appendFileSync(join(out, 'REPORT.md'), 'changed\n');
    const changed = await cli(['generate', file, '--out', out, '--fps', '100000', '--check']);
    expect(changed).toMatchObject({ code: 1 });
    expect(changed.stdout).toContain('  REPORT.md');
  }, 30_000);

  it('refuses a place for weights, which only a layer has', async () => {
    const { path: file } = await writtenNetwork();
    for (const form of ['dataflow', 'shared']) {
      const { code, stderr } = await cli(['generate', file, '--out', join(temporaryFolder(), 'out'), '--form', form, '--weights', 'rebuilt']);
      expect([code, stderr]).toEqual([2, 'shiftloom: --weights: is for layers (*.layer.json). Leave it out\n']);
    }
  });

  it('writes one time-shared engine with --form shared, and refuses foldings that are not its own', async () => {
    const { path: file } = await writtenNetwork();
    const out = join(temporaryFolder(), 'out');
    const { code, stdout } = await cli(['generate', file, '--out', out, '--form', 'shared', '--lanes', 'oc=4,ic=4', '--json']);
    expect(code).toBe(0);
    const facts = JSON.parse(stdout) as { form: string; cyclesPerFrame: number; program: { op: string; cycles: number }[] };
    expect(facts.form).toBe('shared');
    expect(facts.program[0].op).toBe('receive');
    expect(facts.program.reduce((sum, { cycles }) => sum + cycles, 0)).toBe(facts.cyclesPerFrame);
    expect(readFileSync(join(out, 'REPORT.md'), 'utf8')).toContain('time-shared: one engine runs them one after the other');
    expect((await cli(['generate', file, '--out', out, '--form', 'shared', '--lanes', 'oc=4,ic=4', '--check'])).code).toBe(0);
    const refused = await cli(['generate', file, '--out', out, '--form', 'shared', '--target', 'XC7Z035']);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('--target: is not for the time-shared form');
    expect((await cli(['generate', join('examples', 'tiny', 'tiny.layer.json'), '--out', out, '--form', 'shared'])).stderr).toContain('--form: is for networks (*.network.json)');
  }, 30_000);

  it('refuses what is a layer\'s alone, and a layer what is a network\'s', async () => {
    const { path: file } = await writtenNetwork();
    const out = join(temporaryFolder(), 'out');
    expect((await cli(['generate', file, '--out', out, '--hold', 'auto'])).stderr).toContain('--hold: is for one layer. Give it with a node\'s folding: --lanes conv1:oc=4,ic=8,hold=4');
    expect((await cli(['generate', file, '--out', out, '--latency', '1ms'])).stderr).toContain('--latency: is for one layer. Ask for a frame rate of the network: --fps 1000');
    expect((await cli(['generate', join('examples', 'tiny', 'tiny.layer.json'), '--out', out, '--fps', '100'])).stderr).toContain('--fps: is for networks (*.network.json)');
  });
});
