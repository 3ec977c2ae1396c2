import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { classCount, consumersOf } from '../../generator/network/network.js';
import { readNetwork } from '../../generator/network/read.js';
import { randomNetwork } from '../../generator/network/random.js';
import { writeNetwork } from '../../generator/network/write.js';
import { messageOf } from '../layer/message.js';
import { smallNetwork, writtenNetwork } from './fixture.js';

describe('a network file', () => {
  it('gives nodes with resolved inputs, formats and layers', async () => {
    const network = await readNetwork((await writtenNetwork()).path);
    expect(network.nodes.map(({ name, inputs }) => [name, ...inputs])).toEqual([
      ['conv1', 'input'], ['conv2', 'conv1'], ['sum', 'conv2', 'conv1'], ['pool', 'sum'], ['flat', 'pool'], ['fc', 'flat'], ['class', 'fc'],
    ]);
    expect(network.nodes.map(({ sources }) => sources)).toEqual([[-1], [0], [1, 0], [2], [3], [4], [5]]);
    expect(network.nodes[3].output).toEqual({ channels: 2, height: 2, width: 2, bits: 8, signed: false, zeroPoint: 0 });
    expect(network.nodes[4].output).toMatchObject({ channels: 8, height: 1, width: 1 });
    expect(network.nodes[6].output).toMatchObject({ channels: 1, bits: 16, signed: false });
    expect([network.output, classCount(network)]).toEqual([6, 3]);
    expect(consumersOf(network, 0)).toEqual([1, 2]);
    const conv = network.nodes[0];
    expect(conv.op === 'layer' && conv.layer.tensors.weight.length).toBe(36);
  });

  it('may list nodes in any order; they come out so that each follows what it reads', async () => {
    const { path } = await writtenNetwork((d) => {
      for (const [i, node] of d.nodes.entries()) if (node.op !== 'add') node.input = i === 0 ? 'input' : d.nodes[i - 1].name;
      d.output = 'class';
      d.nodes.reverse();
    });
    const network = await readNetwork(path);
    expect(network.nodes.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'sum', 'pool', 'flat', 'fc', 'class']);
  });

  it('is written with its layers in a folder, and again with the same bytes', async () => {
    const { folder, path } = await writtenNetwork();
    expect(readdirSync(folder).sort()).toEqual(['layers', 'small.network.json']);
    expect(readdirSync(join(folder, 'layers'))).toContain('conv1.safetensors');
    const { network, layers } = smallNetwork();
    await writeNetwork(path, network, layers);
    const first = readFileSync(path, 'utf8');
    await writeNetwork(path, network, layers);
    expect(readFileSync(path, 'utf8')).toBe(first);
  });

  it('is refused by the writer, before any file, if formats do not meet', async () => {
    const { network, layers } = smallNetwork();
    layers.delete('fc');
    const folder = (await writtenNetwork()).folder;
    const text = await messageOf(() => writeNetwork(join(folder, 'other.network.json'), network, layers));
    expect(text).toContain('the layer of node "fc" was not given');
    expect(readdirSync(folder)).not.toContain('other.network.json');
  });
});

/** Reads a changed network; the folder is cut out of the message, which otherwise must match to the letter. */
async function refusal(change: (description: any) => void): Promise<string> {
  const { folder, path } = await writtenNetwork(change);
  return (await messageOf(() => readNetwork(path))).replaceAll(folder + '/', '');
}

type Case = [title: string, change: (description: any) => void, message: string];

describe('a wrong network file is refused:', () => {
  it.each<Case>([
    ['an unknown key', (d) => (d.node = []), '$.node: is not a known key. Did you mean "nodes"?'],
    ['a key of another op', (d) => (d.nodes[4].kernel = [2, 2]), '$.nodes[4].kernel: is not a known key. Known keys here: op, name, input'],
    ['a key of the output of a sum', (d) => (d.nodes[2].output.channels = 2), '$.nodes[2].output.channels: is not a known key. Known keys here: bits, signed, zeroPoint, scale'],
    ['an unknown op', (d) => (d.nodes[3].op = 'maxpool'), '$.nodes[3].op: is "maxpool"; allowed: "layer", "max_pool", "flatten", "add", "argmax". Did you mean "max_pool"?'],
    ['a multiplier that is too large', (d) => (d.nodes[2].multipliers = [65536, 1]), '$.nodes[2].multipliers[0]: is 65536; allowed: integers 1..65535'],
    ['an unknown data set', (d) => (d.dataset = 'fashion_mnist'), '$.dataset: is "fashion_mnist"; allowed: "mnist", "fashion-mnist". Did you mean "fashion-mnist"?'],
    ['a name that is taken', (d) => (d.nodes[3].name = 'conv1'), '$.nodes[3].name: is "conv1", the name of $.nodes[0]. Names must differ'],
    ['a node called input', (d) => (d.nodes[0].name = 'input'), '$.nodes[0].name: is "input", which stands for the input of the network. Give the node another name'],
    ['an unknown reference', (d) => (d.nodes[3].input = 'summ'), '$.nodes[3].input: is "summ"; there is no such node. Did you mean "sum"?'],
    ['an unknown reference of a sum', (d) => (d.nodes[2].inputs = ['conv2', 'first_map']), '$.nodes[2].inputs[1]: is "first_map"; there is no such node. Nodes: input, conv1, conv2, sum, pool, flat, fc, class'],
    ['a sum of a node and itself', (d) => (d.nodes[2].inputs = ['conv2', 'conv2']), '$.nodes[2].inputs: adds "conv2" to itself. Name two nodes'],
    ['an unknown output', (d) => (d.output = 'clas'), '$.output: is "clas"; there is no such node. Did you mean "class"?'],
    ['a cycle', (d) => (d.nodes[0].input = 'sum'), '$.nodes: wait for each other: "conv1" reads "sum" reads "conv2" reads "conv1". A network has no cycles'],
    ['a node that nothing needs', (d) => (d.nodes[3].input = 'conv2'), '$.nodes[2]: "sum" does not lead to the output "class". Take the node out, or let another node read it'],
    ['a class that is read', (d) => d.nodes.push({ op: 'flatten', name: 'end' }), '$.nodes[6]: "class" is an argmax that another node reads. An argmax can only be the output of the network'],
    ['another zero point', (d) => (d.nodes[2].output.zeroPoint = 7), '$.nodes[5]: "flat" gives unsigned 8 bit with zero point 7, "fc" reads unsigned 8 bit with zero point 0'],
    ['another map', (d) => (d.input.height = 5), '$.nodes[0]: the network\'s input gives 5x4x2 (height, width, channels), "conv1" reads 4x4x2 (height, width, channels)'],
    ['map and type', (d) => (d.input = { channels: 1, bits: 4 }), '$.nodes[0]: the network\'s input gives 1x1x1 (height, width, channels), "conv1" reads 4x4x2 (height, width, channels); it gives unsigned 4 bit with zero point 0, "conv1" reads unsigned 8 bit with zero point 0'],
    ['a missing flatten', (d) => d.nodes.splice(4, 1), '$.nodes[4]: "pool" gives 2x2x2 (height, width, channels), "fc" reads 1x1x8 (height, width, channels). Put a flatten between them: {"op": "flatten", "name": "flat"}'],
    ['a sum of two shapes', (d) => d.nodes.splice(2, 2, { op: 'max_pool', name: 'pool', kernel: [2, 2] }, { ...d.nodes[2], inputs: ['pool', 'conv1'] }), '$.nodes[3]: "sum" adds 3x3x2 (height, width, channels) of "pool" and 4x4x2 (height, width, channels) of "conv1". Both must have the same shape'],
    ['a pad as large as the kernel', (d) => (d.nodes[3].pads = [0, 0, 2, 0]), '$.nodes[3].pads[2]: is 2; a pad of "pool" must be below its kernel, 2 in height'],
    ['a kernel larger than the map', (d) => (d.nodes[3].kernel = [2, 5]), '$.nodes[3].kernel[1]: is 5, the padded input of "pool" has 4 in width: no output'],
    ['an argmax of a map', (d) => (d.nodes.splice(4, 2), delete d.lanes), '$.nodes[4]: "class" reads 2x2x2 (height, width, channels) from "pool"; an argmax takes a 1x1 map. Put a flatten or a layer before it'],
    ['an output zero point of a sum out of range', (d) => (d.nodes[2].output.zeroPoint = 256), '$.nodes[2].output.zeroPoint: is 256; unsigned 8-bit activations are 0..255'],
    ['an activation without a value', (d) => (d.nodes[2].activation = { kind: 'clip', min: 300, max: 400 }), "$.nodes[2].activation: leaves no value of the output's 0..255"],
    ['too few classes', (d) => d.classes.pop(), '$.classes: has 2 names, the network tells 3 classes apart'],
    ['lanes of no layer', (d) => (d.lanes = { fc1: 'oc=1' }), '$.lanes.fc1: is not a node with op "layer". Did you mean "fc"?'],
    ['a float reference of another kind', (d) => (d.reference = { float: 'float.npz' }), '$.reference.float: is "float.npz"; allowed: a .safetensors file'],
  ])('%s', async (_, change, message) => {
    expect(await refusal(change)).toBe(`small.network.json ${message}`);
  });

  it('a layer file that is missing', async () => {
    expect(await refusal((d) => (d.nodes[0].layer = 'layers/conv9.layer.json'))).toBe('layers/conv9.layer.json: no such file');
  });

  it('no layer at all', async () => {
    expect(await refusal((d) => ((d.nodes = [{ op: 'flatten', name: 'flat' }]), delete d.classes, delete d.lanes))).toBe('small.network.json $.nodes: hold no layer. A network has at least one node with op "layer"');
  });
});

describe('random networks', () => {
  it('are right networks of both shapes, the same for a seed', () => {
    const networks = Array.from({ length: 60 }, (_, seed) => randomNetwork(seed));
    const sums = networks.filter(({ nodes }) => nodes.some(({ op }) => op === 'add')).length;
    expect(sums).toBeGreaterThan(10);
    expect(sums).toBeLessThan(50);
    expect(networks.filter(({ nodes, output }) => nodes[output].op === 'argmax').length).toBeGreaterThan(10);
    expect(randomNetwork(7)).toEqual(networks[7]);
    for (const { nodes } of networks) for (const { output } of nodes.slice(0, -1)) expect(output.bits).toBeLessThanOrEqual(8);
  });
});
