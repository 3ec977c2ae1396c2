import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors } from '../../generator/layer/safetensors.js';
import { Interrupted } from '../../generator/cli/run_cli.js';
import { TINY, cli, temporaryFolder } from './cli.js';

const COMMANDS = ['import', 'compress', 'assign', 'explore', 'generate', 'simulate', 'synthesize', 'energy', 'report', 'run', 'doctor'];
const PROGRAM = join('dist', 'generator', 'cli', 'main.js');

describe('help', () => {
  it.each(COMMANDS)('of %s tells its use and shows an example that starts with it', async (command) => {
    const { code, stdout, stderr } = await cli([command, '--help']);
    expect(stdout).toContain(`Usage: shiftloom ${command}`);
    expect(stdout).toMatch(new RegExp(`Example:\\n  shiftloom ${command}`));
    for (const option of ['--json', '--quiet']) expect(stdout).toContain(option);
    expect([code, stderr]).toEqual([0, '']);
  });

  it('of the program lists every command; without a command it is bad use', async () => {
    const { code, stdout } = await cli(['--help']);
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 right, 1 a check failed, 2 bad use or input.');
    expect(code).toBe(0);
    const bare = await cli([]);
    expect(bare.stderr).toContain('Usage: shiftloom');
    expect([bare.code, bare.stdout]).toEqual([2, '']);
  });

  it('every option that an example shows exists', async () => {
    for (const command of COMMANDS) {
      const { stdout } = await cli([command, '--help']);
      const [usage, example] = stdout.split('Example:');
      for (const [option] of example.matchAll(/--[a-z-]+/g)) expect(usage).toContain(option);
    }
  });

  it('the version is that of the package', async () => {
    const { stdout } = await cli(['--version']);
    expect(stdout.trim()).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
  });
});

describe('output', () => {
  it('--json is one JSON document and nothing else, also for an error', async () => {
    const out = join(temporaryFolder(), 'design');
    const right = await cli(['generate', TINY, '--out', out, '--lanes', 'oc=2,ic=2', '--json'], { tty: true });
    expect(JSON.parse(right.stdout)).toMatchObject({ layer: 'tiny', lanes: { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, macs: 5184, peakMacsPerCycle: 4, folder: out });
    expect(right.code).toBe(0);
    const wrong = await cli(['generate', 'nowhere.layer.json', '--out', out, '--json']);
    expect(JSON.parse(wrong.stdout)).toEqual({ error: { code: 'input', place: 'nowhere.layer.json', message: 'nowhere.layer.json: no such file', wayOut: '' } });
    expect([wrong.code, wrong.stderr]).toEqual([2, 'shiftloom: nowhere.layer.json: no such file\n']);
  });

  it('--quiet prints nothing but errors', async () => {
    const out = join(temporaryFolder(), 'design');
    expect(await cli(['generate', TINY, '--out', out, '--quiet'], { tty: true })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await cli(['generate', 'nowhere', '--out', out, '--quiet'])).stderr).toBe('shiftloom: nowhere: no such file\n');
  });

  it('progress goes to a terminal, is gone at the end, and never goes into a pipe', async () => {
    const out = join(temporaryFolder(), 'design');
    const terminal = await cli(['generate', TINY, '--out', out], { tty: true });
    expect(terminal.stderr).toContain('generate: oc=');
    expect(terminal.stderr.endsWith('\r\x1b[K')).toBe(true);
    expect((await cli(['generate', TINY, '--out', out])).stderr).toBe('');
  });

  it('generate --check finds the file that was changed, and exits with 1', async () => {
    const out = join(temporaryFolder(), 'design');
    await cli(['generate', TINY, '--out', out]);
    expect(await cli(['generate', TINY, '--out', out, '--check'])).toEqual({ code: 0, stdout: `${out} is as it would be written\n`, stderr: '' });
    writeFileSync(join(out, 'files.f'), 'rtl/other.v\n');
    expect(await cli(['generate', TINY, '--out', out, '--check'])).toEqual({ code: 1, stdout: `${out} differs:\n  files.f\n`, stderr: '' });
  });

  it('finds a folding for a part, and tells from how many, within what and what binds', async () => {
    const out = join(temporaryFolder(), 'design');
    const { stdout } = await cli(['generate', TINY, '--out', out, '--target', 'xc7z010', '--max-lut', '50%', '--clock', '100']);
    expect(stdout).toMatch(/lanes +oc=\d+,ic=\d+,pixel=\d+,kind=lut: [\d,]+ multiply-accumulates per cycle, chosen from [\d,]+ foldings \(\d+ planned\)/);
    expect(stdout).toMatch(/target +Zynq-7000 XC7Z010: \d+\.\d % of the LUTs \(at most 50\.0 %\), \d+\.\d % of the DSPs \(at most 90\.0 %\)/);
    expect(stdout).toMatch(/cycles .* ms at 100 MHz/);
    expect(stdout).toMatch(/bound by +(LUT|compute|requantizers|input stream|output stream) \(LUT at \d+\.\d % of its limit\); /);
    const json = JSON.parse((await cli(['generate', TINY, '--out', out, '--latency', '2us', '--json'])).stdout);
    expect(json).toMatchObject({ target: 'xc7z035', limits: { maxLut: 120_330, maxDsp: 810, maxBram: 450, latencyCycles: 400 } });
    expect(json.estimate.cycles).toBeLessThanOrEqual(400);
    expect(json.estimate.milliseconds).toBeCloseTo(json.estimate.cycles / 200_000, 9);
    expect(json.considered).toBeGreaterThanOrEqual(json.planned);
  });

  it('a tensor file is imported, compressed and generated, each command from the file of the one before', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'net.safetensors');
    const tensors = new Map([
      ['conv.weight', { dtype: 'float32', shape: [4, 3, 3, 3], data: Float32Array.from({ length: 108 }, (_, i) => Math.sin(i)) }],
      ['conv.bias', { dtype: 'float32', shape: [4], data: Float32Array.of(0.5, 0, -0.5, 1) }],
    ] as const);
    writeFileSync(source, encodeSafetensors(new Map(tensors), source));
    const list = await cli(['import', source, '--list', '--json']);
    expect(JSON.parse(list.stdout).layers).toEqual([{ name: 'conv.weight', kind: 'conv2d', shape: [4, 3, 3, 3], parameters: 108 }]);
    const float = join(folder, 'sub', 'conv.float.json');
    const imported = await cli(['import', source, '--input-size', '8,8', '--pads', '1', '--strides', '2,2', '--activation', 'relu', '--input-scale', '0.02', '--out', float]);
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(readFileSync(float, 'utf8'))).toMatchObject({ name: 'conv', strides: [2, 2], pads: [1, 1, 1, 1], activation: { kind: 'relu' }, input: { height: 8, scale: 0.02 } });
    const compressed = await cli(['compress', float, '--encoding', 'csd', '--digits', '2', '--density', '0.5', '--out', join(folder, 'layers')]);
    expect(compressed.stdout).toMatch(/SQNR of weights +\d+\.\d dB/);
    expect(compressed.stdout).toMatch(/smaller by +\d+\.\d+ than 32-bit, \d+\.\d+ than 8-bit/);
    const layer = join(folder, 'layers', 'conv.layer.json');
    expect(JSON.parse(readFileSync(layer, 'utf8')).compression.density).toBeCloseTo(0.5, 2);
    expect(await cli(['generate', layer, '--out', join(folder, 'rtl')])).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(join(folder, 'rtl', 'rtl', 'conv_top.v'))).toBe(true);
  });
});

describe('an interruption', () => {
  it('ends with code 130, without a word and with nothing half-written', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const running = cli(['run', TINY, '--out', join(folder, 'design'), '--engine', 'embedded'], { signal: controller.signal });
    controller.abort(new Interrupted(130));
    expect(await running).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('by Ctrl-C ends the program and the tools that it runs', async () => {
    const folder = temporaryFolder();
    const child = spawn(process.execPath, [PROGRAM, 'run', TINY, '--out', join(folder, 'design'), '--lanes', 'oc=4,ic=4'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (words += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    while (!existsSync(join(folder, 'design', 'design.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(words).toBe('');
    expect(existsSync(join(folder, 'design', 'report.json'))).toBe(false);
    expect(readdirSync(folder)).toEqual(['design']);
  });
});
