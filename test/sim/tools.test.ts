import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { simulate } from '../../sim/simulate.js';
import { findIverilog, findVerilator, missingVerilator, verilatorInstallHint } from '../../sim/tools.js';
import { echoJob } from './echo_job.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-tools-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that prints `text`, in a folder of its own. */
function fakeTool(name: string, text: string): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, name), `#!/bin/sh\necho '${text}'\n`);
  chmodSync(join(bin, name), 0o755);
  return bin;
}

describe('finding tools', () => {
  it('reads the versions of the installed ones', async () => {
    expect((await findVerilator())?.version).toMatch(/^\d+\.\d+$/);
    expect((await findIverilog())?.version).toMatch(/^\d+\.\d+$/);
  });

  it('prefers VERILATOR_ROOT to PATH', async () => {
    const root = mkdtempSync(join(folder, 'root-'));
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin', 'verilator'), "#!/bin/sh\necho 'Verilator 5.038 2025-07-08 rev v5.038'\n");
    chmodSync(join(root, 'bin', 'verilator'), 0o755);
    const found = await findVerilator({ PATH: process.env.PATH, VERILATOR_ROOT: root });
    expect(found).toEqual({ path: join(root, 'bin', 'verilator'), version: '5.038', warning: undefined });
  });

  it('warns about a version older than the tested one and refuses one that is too old', async () => {
    const older = await findVerilator({ PATH: fakeTool('verilator', 'Verilator 4.228 2022-10-01 rev v4.228') });
    expect(older?.warning).toBe('shiftloom is tested with Verilator 5.006 and newer');
    const bin = fakeTool('verilator', 'Verilator 4.038 2020-07-11 rev v4.036');
    await expect(findVerilator({ PATH: bin })).rejects.toThrow(`${bin}/verilator: Verilator 4.038 is too old, 4.200 is needed`);
  });

  it('does not find its own wrapper, which npx puts first on PATH', async () => {
    const bin = mkdtempSync(join(folder, 'own-'));
    const wrapper = join(bin, 'verilator_wrapper.js');
    writeFileSync(wrapper, "#!/bin/sh\necho 'Verilator 9.999'\n");
    chmodSync(wrapper, 0o755);
    symlinkSync(wrapper, join(bin, 'verilator'));
    expect((await findVerilator({ PATH: `${bin}:${process.env.PATH}` }))?.version).not.toBe('9.999');
  });

  it('says the one command that installs Verilator, by platform', () => {
    expect(missingVerilator().message).toContain('verilator: not found by VERILATOR_ROOT, on PATH or in the usual folders. Install it with: ');
    expect(missingVerilator().exitCode).toBe(2);
    expect(verilatorInstallHint('linux')).toBe('Install it with: sudo apt-get install verilator');
    expect(verilatorInstallHint('darwin')).toBe('Install it with: brew install verilator');
  });
});

describe('a machine without Verilator', { timeout: 300_000 }, () => {
  const env = { PATH: '' };

  it('is told so when Verilator is asked for', async () => {
    await expect(simulate(echoJob(), { engine: 'verilator', env })).rejects.toThrow(missingVerilator().message);
  });

  it('gets the embedded engine by default, and hears why', async () => {
    const messages: string[] = [];
    const result = await simulate(echoJob(), { env, onProgress: (progress) => messages.push(progress.message) });
    expect(result).toMatchObject({ engine: 'embedded', mismatches: 0 });
    expect(messages[0]).toContain(`using the embedded engine, which is slower: ${missingVerilator().message}`);
  });
});
