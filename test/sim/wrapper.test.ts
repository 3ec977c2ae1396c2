import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../sim/package_paths.js';
import { missingVerilator } from '../../sim/tools.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-wrapper-'));
const wrapper = join(folder, 'dist', 'sim', 'verilator_wrapper.js');

// The bin is JavaScript that tsc makes; the test compiles just what it imports, so that no earlier build is needed.
beforeAll(() => {
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, rootDir: packageRoot(), outDir: join(folder, 'dist'), skipLibCheck: true };
  ts.createProgram([join(packageRoot(), 'sim', 'verilator_wrapper.ts')], options).emit();
  symlinkSync(join(packageRoot(), 'package.json'), join(folder, 'package.json'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

function run(args: string[], env: NodeJS.ProcessEnv = process.env): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [wrapper, ...args], { env, encoding: 'utf8' });
}

describe('the verilator wrapper', { timeout: 60_000 }, () => {
  it('passes arguments and output through', () => {
    const { status, stdout } = run(['--version']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Verilator \d+\.\d+/);
  });

  it('passes the exit code of a failing Verilator through', () => {
    const { status, stderr } = run(['--lint-only', 'no_such_file.v']);
    expect(status).toBe(1);
    expect(stderr).toContain('no_such_file.v');
  });

  it('says the one command and ends with code 2 where there is no Verilator', () => {
    const { status, stdout, stderr } = run(['--version'], { PATH: '' });
    expect([status, stdout, stderr]).toEqual([2, '', `${missingVerilator().message}\n`]);
  });
});
