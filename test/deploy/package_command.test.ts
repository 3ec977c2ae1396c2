import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TINY, cli } from '../cli/cli.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-package-'));
const generated = join(folder, 'generated');
beforeAll(async () => {
  await cli(['generate', TINY, '--lanes', 'oc=2,ic=2,pixel=1', '--out', generated]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function design(name: string): string {
  const path = join(folder, name);
  cpSync(generated, path, { recursive: true });
  return path;
}

describe('shiftloom package', () => {
  it('writes the deploy folder, the same bytes each time', async () => {
    const path = design('one');
    const { code, stdout } = await cli(['package', path, '--board', 'ax7z035b']);
    expect(code).toBe(0);
    expect(stdout).toContain('shiftloom:layer:tiny:1.0 for the ALINX AX7Z035B (xc7z035ffg676-2)');
    expect(stdout).toContain('100 MHz, no clock estimate in the folder');
    const first = readFileSync(join(path, 'deploy', 'ip', 'component.xml'), 'utf8');
    const listed = JSON.parse((await cli(['package', path, '--board', 'ax7z035b', '--json'])).stdout) as { files: string[] };
    expect(readFileSync(join(path, 'deploy', 'ip', 'component.xml'), 'utf8')).toBe(first);
    for (const file of listed.files) expect(existsSync(join(path, 'deploy', file)), file).toBe(true);
    expect(listed.files).toEqual(expect.arrayContaining(['README.md', 'rtl.f', 'tiny.core', 'vivado/build.tcl', 'constraints/tiny_bitstream.xdc', 'ip/component.xml', 'ip/drivers/tiny_v1_0/data/tiny.mdd']));
    for (const kind of ['baremetal', 'linux', 'pynq']) expect(listed.files.some((file) => file.startsWith(`driver/${kind}/`)), kind).toBe(true);
  });

  it('takes the fastest clock of the PS7 below the pessimistic estimate', async () => {
    const path = design('estimated');
    writeFileSync(join(path, 'synthesis.json'), JSON.stringify({ timing: { fmaxMhz: { pessimistic: 171.5 } } }));
    expect((await cli(['package', path, '--board', 'ax7350b'])).stdout).toContain('166.667 MHz, the fastest below the pessimistic clock estimate');
    expect(readFileSync(join(path, 'deploy', 'ip', 'constraints', 'tiny_top_ooc.xdc'), 'utf8')).toContain('create_clock -name aclk -period 6.000 [get_ports aclk]');
  });

  it('takes activity of the design along, and a place on the die', async () => {
    const path = design('more');
    writeFileSync(join(path, 'activity.saif'), '(SAIFILE)\n');
    expect((await cli(['package', path, '--board', 'ax7350b', '--clock', '200', '--pblock', 'CLOCKREGION_X0Y0:CLOCKREGION_X1Y2', '--out', join(folder, 'out')])).code).toBe(0);
    expect(readFileSync(join(folder, 'out', 'power', 'activity.saif'), 'utf8')).toBe('(SAIFILE)\n');
    expect(readFileSync(join(folder, 'out', 'constraints', 'tiny_pblock.xdc'), 'utf8')).toContain('-add {CLOCKREGION_X0Y0:CLOCKREGION_X1Y2}');
    expect(existsSync(join(path, 'deploy'))).toBe(false);
  });

  it('needs the frames that generating leaves in the folder', async () => {
    const path = design('older');
    rmSync(join(path, 'example.json'));
    const { code, stderr } = await cli(['package', path, '--board', 'ax7350b']);
    expect(code).toBe(2);
    expect(stderr).toContain('example.json: is missing: frames that a board is checked with. Generate the design again');
  });

  it.each([
    [[], '--board: is needed, or --board-file'],
    [['--board', 'ax7350b', '--board-file', 'x.xml'], '--board: and --board-file cannot both be given'],
    [['--board', 'ax7350b', '--clock', '500'], "--clock: is '500'; allowed: MHz from 10 to 250"],
    [['--board', 'ax7350b', '--pblock', 'left half'], "--pblock: is 'left half'; allowed: ranges of sites as in CLOCKREGION_X0Y0:CLOCKREGION_X1Y2"],
    [['--board', 'ax7350b', '--out', '.'], 'did not write (no deploy.json). Give an empty or new folder as --out'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await cli(['package', generated, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
