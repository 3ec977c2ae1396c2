import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeFloatLayer } from '../../generator/import/float_layer_file.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { floatLayer } from '../compress/layers.js';
import { cli, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const shape = { input: { channels: 8, height: 4, width: 4 }, outChannels: 4 };

beforeAll(async () => {
  for (const [i, name] of ['conv1', 'conv2'].entries()) await writeFloatLayer(at(`${name}.float.json`), floatLayer(30 + i, { ...shape, name }));
});

const assign = (...options: string[]) => cli(['assign', ...options]);
interface PlanFile {
  budget: { used: number; limit: number; of: string };
  layers: { layer: string; encoding: Record<string, unknown>; sensitivity?: number; note?: string }[];
}
const planAt = (name: string) => JSON.parse(readFileSync(at(name), 'utf8')) as PlanFile;

describe('shiftloom assign', () => {
  it('writes an assignment that can be edited and carried out', async () => {
    const { code, stdout } = await assign(folder, '--max-bits', '3200', '--encodings', 'bpot,codebook8,apot,uniform8', '--sensitivity', 'conv2=50', '--out', at('net.assignment.json'));
    expect([code, stdout.split('\n')[0]]).toEqual([0, at('net.assignment.json')]);
    const plan = planAt('net.assignment.json');
    expect(plan.layers.map(({ layer, sensitivity }) => [layer, sensitivity])).toEqual([['conv1.float.json', 1], ['conv2.float.json', 50]]);
    expect(plan.budget.of).toBe('bits');
    expect(plan.budget.used).toBeLessThanOrEqual(3200);
    plan.layers[0].encoding = { encoding: 'codebook', levels: 5, digits: 1 };
    writeFileSync(at('edited.json'), JSON.stringify(plan));
    const applied = await assign(at('edited.json'), '--apply', at('compressed'), '--json');
    expect((JSON.parse(applied.stdout) as { applied: { name: string }[] }).applied.map(({ name }) => name)).toEqual(['conv1', 'conv2']);
    const { description } = await readLayer(at('compressed/conv1.layer.json'));
    expect(description.weights).toMatchObject({ encoding: 'codebook' });
    expect((description.weights as unknown as { levels: number[] }).levels.length).toBeLessThanOrEqual(5);
    expect((await readLayer(at('compressed/conv2.layer.json'))).description.weights).toMatchObject(plan.layers[1].encoding);
  });

  it('counts LUTs of the engines, or cycles, by the planner', async () => {
    const lut = await assign(at('conv1.float.json'), at('conv2.float.json'), '--max-lut', '12000', '--latency', '800', '--encodings', 'bpot,uniform4', '--out', at('lut.json'));
    expect([lut.code, lut.stderr]).toEqual([0, '']);
    expect(planAt('lut.json').budget).toMatchObject({ of: 'lut', limit: 12000 });
    const cycles = await assign(folder, '--latency', '5us', '--encodings', 'bpot,uniform4', '--out', at('cycles.json'), '--json');
    const { budget, single } = JSON.parse(cycles.stdout) as { budget: PlanFile['budget']; single: { cost: number } };
    expect(budget).toMatchObject({ of: 'cycles', limit: 1000 });
    expect(budget.used).toBeGreaterThan(2);
    expect(single.cost).toBeLessThanOrEqual(1000);
  });

  it('carries out all of an assignment or nothing', async () => {
    const plan = planAt('net.assignment.json');
    plan.layers[1].layer = 'gone.float.json';
    writeFileSync(at('gone.json'), JSON.stringify(plan));
    const { code, stderr } = await assign(at('gone.json'), '--apply', at('nothing'));
    expect([code, stderr]).toEqual([2, `shiftloom: ${at('gone.float.json')}: no such file\n`]);
    expect(existsSync(at('nothing'))).toBe(false);
  });

  it.each<[string, (plan: PlanFile) => void, string]>([
    ['an unknown key', (plan) => (plan.layers[0].note = 'x'), '$.layers[0].note: is not a known key. Known keys here: layer, encoding, sensitivity, candidates'],
    ['an unknown encoding', (plan) => (plan.layers[0].encoding = { encoding: 'bop' }), '$.layers[0].encoding.encoding: is "bop"; allowed: "uniform", "pot", "apot", "bpot", "csd", "codebook". Did you mean "pot"?'],
    ['too many digits', (plan) => (plan.layers[1].encoding = { encoding: 'csd', digits: 9 }), '$.layers[1].encoding.digits: is 9; allowed: integers 1..4'],
    ['levels in another order', (plan) => (plan.layers[1].encoding = { encoding: 'codebook', levels: [0, 4, 2] }), '$.layers[1].encoding.levels[2]: is 2 after 4. Levels must ascend'],
    ['digits of levels that are given', (plan) => (plan.layers[1].encoding = { encoding: 'codebook', levels: [0, 4], digits: 2 }), '$.layers[1].encoding.digits: is not a known key. Known keys here: encoding, levels'],
    ['a sensitivity below nothing', (plan) => (plan.layers[1].sensitivity = -1), '$.layers[1].sensitivity: is -1; allowed: numbers from 0'],
    ['a layer without a file', (plan) => (plan.layers[1].layer = ''), '$.layers[1].layer: is ""; allowed: text that is not empty'],
    ['a layer twice', (plan) => (plan.layers[1].layer = plan.layers[0].layer), "$.layers[1].layer: is a second layer of the name 'conv1'. Give each layer its own"],
    ['another format', (plan) => ((plan as unknown as { format: string }).format = 'shiftloom.assignmnt'), '$.format: is "shiftloom.assignmnt"; allowed: "shiftloom.assignment". Did you mean "shiftloom.assignment"?'],
    ['no layers', (plan) => (plan.layers.length = 0), '$.layers: is []; allowed: a list of 1 to 1000 objects'],
  ])('names what is wrong in an edited assignment: %s', async (_, change, message) => {
    const plan = planAt('net.assignment.json');
    change(plan);
    writeFileSync(at('wrong.json'), JSON.stringify(plan));
    const { code, stderr } = await assign(at('wrong.json'), '--apply', at('nothing'));
    expect([code, stderr]).toEqual([2, `shiftloom: ${at('wrong.json')} ${message}\n`]);
  });

  it.each<[string, string[], string]>([
    ['no budget', [folder], 'budget: is needed. Give --max-bits, --bits-per-weight, --max-lut or --latency'],
    ['two budgets', [folder, '--max-bits', '9', '--latency', '1ms'], '--max-lut or --latency: cannot be given together with --max-bits. Give one budget'],
    ['a part for bits', [folder, '--max-bits', '9', '--target', 'XC7Z035'], '--target: does not belong to a budget of bits. Leave it out, or give --max-lut or --latency'],
    ['a budget below everything', [folder, '--max-bits', '9', '--encodings', 'uniform8'], 'budget: of 9 is below the'],
    ['a sensitivity of nothing', [folder, '--max-bits', '9999', '--sensitivity', 'conv9=2'], "--sensitivity: names 'conv9', which is none of the layers. Layers: conv1, conv2"],
    ['a sensitivity that is none', [folder, '--max-bits', '9999', '--sensitivity', 'conv1'], "--sensitivity: is 'conv1'; allowed: NAME=NUMBER with commas between, as in conv1=4,conv2=0.5"],
    ['an unknown encoding', [folder, '--max-bits', '9999', '--encodings', 'codebook12'], "--encodings: 'codebook12' is not one of"],
    ['no layers', [temporaryFolder(), '--max-bits', '9999'], 'has no float layers (*.float.json). Import some: shiftloom import --help'],
    ['a sensitivity given twice', [folder, '--max-bits', '9999', '--sensitivity', 'conv1=2,conv1=3'], "--sensitivity: names 'conv1' twice"],
    ['to write over a float layer', [at('conv1.float.json'), '--max-bits', '9999', '--out', at('conv1.float.json')], `--out: is ${at('conv1.float.json')}, a file that is no assignment and would be overwritten`],
    ['to write over tensors of a float layer', [at('conv1.float.json'), '--max-bits', '9999', '--out', at('own.json'), '--apply', folder], `${at('conv1.safetensors')}: belongs to the float layer ${at('conv1.float.json')} and would be overwritten`],
    ['two assignments', [at('net.assignment.json'), at('net.assignment.json'), '--apply', at('nothing')], 'is an assignment: it is carried out alone'],
    ['a budget for an assignment that is carried out', [at('net.assignment.json'), '--apply', at('nothing'), '--max-bits', '9'], '--max-bits: belongs to finding an assignment'],
    ['an assignment without a folder', [at('net.assignment.json')], `--apply: is needed: ${at('net.assignment.json')} is an assignment. As in: --apply compressed`],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await assign(...args);
    expect(stderr).toContain(message);
    expect([existsSync(at('own.json')), existsSync(at('nothing'))]).toEqual([false, false]);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  });
});
