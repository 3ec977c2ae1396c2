import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LayerToWrite, type NetworkToWrite, writeNetwork } from '../../generator/network/write.js';

const requantize = { form: 'multiplier', bits: 16 } as const;
const common = { format: 'shiftloom.layer', version: 1, weights: { encoding: 'pot', maxShift: 6 }, requantize, activation: { kind: 'relu' } } as const;
const map = { channels: 2, height: 4, width: 4, bits: 8, signed: false, zeroPoint: 0 };

function layer(description: object, weights: number, channels: number): LayerToWrite {
  const fill = (value: number) => new Int32Array(channels).fill(value);
  const weight = Int32Array.from({ length: weights }, (_, i) => [1, -2, 0, 4, -1, -2, 1][i % 7]);
  return { description: { ...common, ...description } as LayerToWrite['description'], tensors: { weight, bias: fill(3), multiplier: fill(1), shift: fill(3) } };
}

/** conv1 (3x3, 2 -> 2 channels) on a 4x4 map, its output added to that of conv2, 2x2 pooling, flatten, fc (8 -> 3), argmax. */
export function smallNetwork(): { network: NetworkToWrite; layers: Map<string, LayerToWrite> } {
  const convolution = { kind: 'conv2d', kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1], groups: 1, input: map, output: { channels: 2, bits: 8, signed: false, zeroPoint: 0 } };
  const linear = { kind: 'linear', name: 'fc', input: { ...map, channels: 8, height: 1, width: 1 }, output: { channels: 3, bits: 16, signed: true, zeroPoint: 0 }, activation: { kind: 'none' } };
  return {
    network: {
      name: 'small',
      input: map,
      nodes: [
        { op: 'layer', name: 'conv1' },
        { op: 'layer', name: 'conv2' },
        { op: 'add', name: 'sum', inputs: ['conv2', 'conv1'], output: { bits: 8 }, multipliers: [3, 2], shift: 2 },
        { op: 'max_pool', name: 'pool', kernel: [2, 2], strides: [2, 2] },
        { op: 'flatten', name: 'flat' },
        { op: 'layer', name: 'fc' },
        { op: 'argmax', name: 'class' },
      ],
      lanes: { fc: 'oc=3,ic=8' },
      classes: ['cat', 'dog', 'fish'],
    },
    layers: new Map([
      ['conv1', layer({ ...convolution, name: 'conv1' }, 36, 2)],
      ['conv2', layer({ ...convolution, name: 'conv2' }, 36, 2)],
      ['fc', layer(linear, 24, 3)],
    ]),
  };
}

export interface WrittenNetwork {
  readonly folder: string;
  readonly path: string;
}

/** The small network in a folder of its own, its network file changed afterwards. */
export async function writtenNetwork(change: (description: any) => void = () => {}): Promise<WrittenNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'shiftloom-network-'));
  const path = join(folder, 'small.network.json');
  const { network, layers } = smallNetwork();
  await writeNetwork(path, network, layers);
  const description = JSON.parse(readFileSync(path, 'utf8'));
  change(description);
  writeFileSync(path, JSON.stringify(description));
  return { folder, path };
}
