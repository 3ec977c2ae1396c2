import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadBoard } from '../../generator/deploy/boards.js';
import { deployFiles, type Deployment } from '../../generator/deploy/deploy_files.js';
import { lint } from '../../sim/lint.js';
import { randomDeployment } from './random_designs.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-lists-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function deployed(seed: number): { deployment: Deployment; place: string; top: string } {
  const deployment = deployFiles(randomDeployment(seed), { board: loadBoard('ax7z035b'), mhz: 100, created: '2020-01-01T00:00:00Z' });
  const place = join(folder, String(seed));
  for (const [path, text] of deployment.files) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return { deployment, place, top: deployment.ip.identity.top };
}

const listOf = ({ files }: Deployment) => files.get('rtl.f')!.trimEnd().split('\n');

/** Seeds of engines with weights on chip, with a stream of weights, and with weights that are rebuilt. */
describe.each([1, 7, 13])('the file list of a packaged engine (random layer %i)', (seed) => {
  const { deployment, place, top } = deployed(seed);

  it('is taken as it is by Verilator and Icarus Verilog', () => {
    const runs = [
      ['verilator', '--lint-only', '-Wall', '-GXC7_PRIMITIVES=0', '--top-module', top, '-f', 'rtl.f'],
      ['iverilog', '-g2005', '-Wall', '-t', 'null', '-s', top, `-P${top}.XC7_PRIMITIVES=0`, '-c', 'rtl.f'],
    ];
    for (const [command, ...args] of runs) {
      const { error, status, stdout, stderr } = spawnSync(command, args, { cwd: place, encoding: 'utf8' });
      expect(error, `${command} is missing: npm run check installs it`).toBeUndefined();
      expect({ command, status, messages: stdout + stderr }).toEqual({ command, status: 0, messages: '' });
    }
  });

  it('is clean in all three tools with its memory files, with and without primitives', async () => {
    const sources = listOf(deployment).map((path) => ({ path, text: deployment.files.get(path)! }));
    const memories = deployment.ip.memories.map((path) => ({ path: `ip/${path}`, text: deployment.files.get(`ip/${path}`)! }));
    const results = await lint([...sources, ...memories], top, { tools: ['verilator', 'iverilog', 'yosys'] });
    expect(results).toEqual(['verilator', 'iverilog', 'yosys'].map((tool) => ({ tool, clean: true, messages: [] })));
  });

  it('has each module after those that it is made of, and the top last', () => {
    const order = listOf(deployment).map((path) => path.replace(/^.*\/(\w+)\.v$/, '$1'));
    expect(order[order.length - 1]).toBe(top);
    for (const [place, name] of order.entries()) {
      const text = deployment.files.get(`ip/hdl/${name}.v`)!;
      for (const [, used] of text.matchAll(/^ *(\w+) #\($/gm)) {
        if (order.includes(used)) expect(order.indexOf(used), `${used} in ${name}`).toBeLessThan(place);
      }
    }
  });

  it('is that of component.xml and of the FuseSoC core', () => {
    const core = deployment.files.get(`${deployment.ip.identity.name}.core`)!;
    expect(core.startsWith('CAPI=2:\n')).toBe(true);
    const section = /file_type: verilogSource\n {4}files:\n((?: {6}- .*\n)+)/.exec(core)![1];
    expect(section.trimEnd().split('\n').map((line) => line.replace(/^ *- /, ''))).toEqual(listOf(deployment));
    const component = deployment.files.get('ip/component.xml')!;
    const set = component.slice(component.indexOf('<spirit:name>xilinx_anylanguagesynthesis_view_fileset'), component.indexOf('<spirit:name>xilinx_anylanguagebehavioralsimulation_view_fileset'));
    expect([...set.matchAll(/<spirit:name>(hdl\/\w+\.v)</g)].map(([, path]) => `ip/${path}`)).toEqual(listOf(deployment));
  });
});

describe('the FuseSoC core', () => {
  it('names files that are there, in file sets that its targets take', () => {
    const { deployment, place } = deployed(3);
    const name = deployment.ip.identity.name;
    const core = deployment.files.get(`${name}.core`)!;
    const [head, targets] = core.split('\ntargets:\n');
    expect(head).toContain(`\nname: shiftloom:layer:${name}:1.0\n`);
    const files = [...head.matchAll(/^ {6}- ([\w./]+)(?:: \{ copyto: (\w+\.dat) \})?$/gm)];
    expect(files.length).toBe(listOf(deployment).length + deployment.ip.memories.length + 1);
    for (const [, path, copy] of files) {
      expect(existsSync(join(place, path)), path).toBe(true);
      if (copy) expect(path.endsWith(`/${copy}`)).toBe(true); // where the Verilog looks for it
    }
    const sets = [...head.matchAll(/^ {2}(\w+):\n {4}file_type:/gm)].map(([, set]) => set);
    for (const [, taken] of targets.matchAll(/filesets: \[(.*)\]/g)) expect(sets).toEqual(expect.arrayContaining(taken.split(', ')));
    expect([...targets.matchAll(/toplevel: (\w+)/g)].map(([, top]) => top)).toEqual([`${name}_top`, `${name}_top`]);
  });
});
