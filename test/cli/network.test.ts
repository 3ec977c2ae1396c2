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

  it('refuses what is a layer\'s alone, and a layer what is a network\'s', async () => {
    const { path: file } = await writtenNetwork();
    const out = join(temporaryFolder(), 'out');
    expect((await cli(['generate', file, '--out', out, '--latency', '1ms'])).stderr).toContain('--latency: is for one layer. Ask for a frame rate of the network: --fps 1000');
    expect((await cli(['generate', join('examples', 'tiny', 'tiny.layer.json'), '--out', out, '--fps', '100'])).stderr).toContain('--fps: is for networks (*.network.json)');
  });
});
