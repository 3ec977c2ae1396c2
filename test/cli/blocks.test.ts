import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockMask } from '../../generator/blocks/mask.js';
import { encodeNpy } from '../../generator/layer/npy.js';
import { Random } from '../../generator/layer/random.js';
import { cli, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const FLOAT = at('fc.float.json');
const { mask } = blockMask(7, 40, 30, 4);
const random = new Random(1);
writeFileSync(at('weight.npy'), encodeNpy({ dtype: 'float32', shape: [30, 40], data: Float32Array.from(mask, (m) => m * (0.1 + random.fraction())) }));
writeFileSync(at('mask.npy'), encodeNpy({ dtype: 'uint8', shape: [30, 40], data: mask }));
writeFileSync(FLOAT, JSON.stringify({ format: 'shiftloom.float_layer', version: 1, kind: 'linear', name: 'fc', input: { channels: 40, scale: 0.01 }, output: { channels: 30 }, tensors: { weight: 'weight.npy' } }));

const compress = (out: string, ...options: string[]) => cli(['compress', FLOAT, '--encoding', 'bpot', '--out', at(out), ...options]);
const tensors = (out: string) => readFileSync(at(`${out}/fc.safetensors`));

describe('compress --blocks', () => {
  it('writes a layer of permuted blocks that it finds in the weights', async () => {
    const { code, stdout } = await compress('found', '--blocks', 'find');
    expect(code).toBe(0);
    expect(stdout).toMatch(/block_permuted: 4 blocks of 7\.\.8 outputs x 10 inputs in bpot 16 3\n {4}parameters {6}330, biases included; 300 of 1200 weights, 4\.00 times fewer\n/);
    const layer = JSON.parse(readFileSync(at('found/fc.layer.json'), 'utf8')) as { weights: unknown };
    expect(layer.weights).toEqual({ encoding: 'block_permuted', blocks: 4, values: { encoding: 'bpot', groupSize: 16, maxExponent: 3 } });
  });

  it('takes a mask, whose blocks are those that are found', async () => {
    expect((await compress('masked', '--blocks', at('mask.npy'))).code).toBe(0);
    expect(tensors('masked').equals(tensors('found'))).toBe(true);
  });

  it('takes the seed that the mask was drawn with, blocks then in its order', async () => {
    const { code, stdout } = await cli(['compress', FLOAT, '--encoding', 'bpot', '--blocks', '4', '--block-seed', '7', '--out', at('seeded'), '--json']);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { blocks: object }).blocks).toMatchObject({ blocks: 4, inputs: [10, 10], outputs: [7, 8], weights: 300 });
    expect(tensors('seeded').length).toBe(tensors('found').length);
  });

  it('packs found blocks into fewer', async () => {
    expect((await compress('packed', '--blocks', 'find:2')).stdout).toMatch(/block_permuted: 2 blocks of 15 outputs x 20 inputs/);
  });

  it('writes nothing where there is no such structure', async () => {
    const { code, stderr } = await compress('wrong', '--blocks', '4', '--block-seed', '8');
    expect(code).toBe(2);
    expect(stderr).toMatch(/layer 'fc' weight: is not zero outside of the blocks: \d+ weights/);
    expect(() => readFileSync(at('wrong/fc.layer.json'))).toThrow('ENOENT');
  });
});

describe('compress --monarch', () => {
  it('writes two layers and the network that chains them', async () => {
    const { code, stdout } = await compress('monarch', '--monarch', '3:2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/fc\.network\.json\n {2}monarch {11}two factors of 3 blocks, rank 2, 18 values between them\n/);
    const network = JSON.parse(readFileSync(at('monarch/fc.network.json'), 'utf8')) as { nodes: { layer: string }[] };
    expect(network.nodes.map(({ layer }) => layer)).toEqual(['layers/fc_first.layer.json', 'layers/fc_second.layer.json']);
    const again = await cli(['compress', FLOAT, '--encoding', 'pot', '--monarch', '3', '--out', at('json'), '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ layer: 'fc', blocks: 3, rank: 1, middle: 9, layers: [{ file: at('json/layers/fc_first.layer.json') }, {}] });
  });
});
