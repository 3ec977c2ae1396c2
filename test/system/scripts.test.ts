import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lastCounts, vitestCounts } from '../../scripts/checks.js';
import { missingPackages } from '../../scripts/setup_tools.js';
import { cli, temporaryFolder } from '../cli/cli.js';
import { pythonWithNumpy } from '../layer/python.js';

const script = (name: string, ...args: string[]) => spawnSync(process.execPath, [join('dist', 'scripts', `${name}.js`), ...args], { encoding: 'utf8' });

describe('check:random', () => {
  it('ends with the line that is read by machine', () => {
    const { status, stdout } = script('check_random', '--count', '2', '--seed', '3', '--no-lint');
    expect(stdout.trimEnd().split('\n').pop()).toBe('2 passed, 0 failed');
    expect(status).toBe(0);
  });

  it('refuses options it does not have', () => {
    const { status, stderr } = script('check_random', '--seeds', '3');
    expect(stderr).toContain("unknown option '--seeds'");
    expect(status).not.toBe(0);
  });
});

describe('the sums of npm run check', () => {
  it('take the last line of counts, and count silence as a failure', () => {
    expect(lastCounts('7 passed, 1 failed\nmore\n200 passed, 0 failed\n')).toEqual({ passed: 200, failed: 0 });
    expect(lastCounts('Segmentation fault')).toEqual({ passed: 0, failed: 1 });
  });

  it('count skipped tests and files that could not be loaded as failures', () => {
    expect(vitestCounts({ numPassedTests: 9, numFailedTests: 0, numPendingTests: 0, success: true })).toEqual({ passed: 9, failed: 0 });
    expect(vitestCounts({ numPassedTests: 9, numFailedTests: 1, numPendingTests: 2, success: false })).toEqual({ passed: 9, failed: 3 });
    expect(vitestCounts({ numPassedTests: 9, numFailedTests: 0, numPendingTests: 0, success: false })).toEqual({ passed: 9, failed: 1 });
  });

  it('the set-up knows the Debian package of every tool that is not from npm', () => {
    const tool = (name: string, found: boolean) => ({ name, found, need: 'tests', use: '' }) as const;
    const tools = [tool('Verilator', false), tool('C++ compiler', true), tool('Icarus Verilog', false), tool('Python 3 with numpy', false), tool('Yosys (WebAssembly)', false)];
    expect(missingPackages({ demo: false, tools })).toEqual(['verilator', 'iverilog', 'python3-numpy']);
  });
});

describe('a layer written from Python with numpy, by the script in docs/layer_format.md', () => {
  it('runs through to its report without our compressor', async () => {
    const page = readFileSync('docs/layer_format.md', 'utf8');
    const python = /```python\n([\s\S]*?)```/.exec(page)![1];
    const folder = temporaryFolder();
    execFileSync(pythonWithNumpy(), ['-c', python], { cwd: folder });
    const layer = execFileSync('find', [folder, '-name', '*.layer.json'], { encoding: 'utf8' }).trim();
    expect(existsSync(layer)).toBe(true);
    const { code, stdout, stderr } = await cli(['run', layer, '--out', join(folder, 'rtl'), '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({ mismatches: 0, oracleMismatches: 0, bitExact: true });
  });
});
