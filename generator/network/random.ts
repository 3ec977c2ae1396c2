/** Random small networks for checks: seeded, chains and networks with two branches, so small that simulating the Verilog takes seconds. */
import { blockLayerOf } from '../expand/random_block_layer.js';
import { geometryOf, integerRange, outputBounds } from '../layer/layer.js';
import type { Layer } from '../layer/layer.js';
import { Random } from '../layer/random.js';
import { randomRequantization } from '../layer/random_requantization.js';
import { type ScalarEncodingName, randomEncoding, randomWeights } from '../layer/random_weights.js';
import { type Activation, LAYER_FORMAT, LUT_WEIGHT_BITS, type LayerDescription, SCHEMA_VERSION, type ScalarEncoding, layerSchema } from '../layer/schema.js';
import { type MapFormat, type Network, valuesOf } from './network.js';
import { layerOutput } from './formats.js';
import { networkOf } from './read.js';
import { type AddDescription, NETWORK_FORMAT, NETWORK_INPUT, NETWORK_VERSION, type NodeDescription } from './schema.js';

export interface RandomNetworkOptions {
  /** Default: one or the other by seed. */
  readonly shape?: 'chain' | 'residual';
  /** Encodings of the layers' weights; default all that LUT lanes take. */
  readonly encodings?: readonly ScalarEncodingName[];
  /** Whether linear layers are block-permuted; default some of them. */
  readonly blocks?: boolean;
  /** Most bits of an activation; default 8, at most 16. */
  readonly maxBits?: number;
  /** Whether an argmax is the last node; default by seed. */
  readonly argmax?: boolean;
}

type Format = Pick<MapFormat, 'bits' | 'signed' | 'zeroPoint'>;

/** The network of a seed. Equal seeds and options give equal networks on every machine. */
export function randomNetwork(seed: number, options: RandomNetworkOptions = {}): Network {
  const drawing = new Drawing(seed, options);
  const residual = options.shape === undefined ? drawing.random.chance(0.4) : options.shape === 'residual';
  if (residual) drawing.residual();
  else drawing.chain();
  drawing.head();
  return drawing.network();
}

/** `count` random frames (count, H, W, C) of a network's input. */
export function randomNetworkInput({ input }: Network, count: number, seed: number): Int32Array {
  const random = new Random(seed);
  const [low, high] = integerRange(input.bits, input.signed);
  return Int32Array.from({ length: count * valuesOf(input) }, () => random.integer(low, high));
}

/** Nodes are added one behind the other; `map` is what the last one gives. */
class Drawing {
  readonly random: Random;
  private readonly name: string;
  private readonly input: MapFormat;
  private readonly nodes: NodeDescription[] = [];
  private readonly layers = new Map<string, Layer>();
  private readonly maps = new Map<string, MapFormat>();
  private map: MapFormat;
  private at = NETWORK_INPUT;

  constructor(
    seed: number,
    private readonly options: RandomNetworkOptions,
  ) {
    this.random = new Random(seed);
    this.name = `random_network_${seed}`;
    const side = () => this.random.integer(5, 9);
    this.input = { channels: this.random.integer(1, 4), height: side(), width: side(), ...this.format() };
    this.map = this.input;
  }

  /** One or two convolutions, each perhaps with pooling behind it. */
  chain(): void {
    for (let i = 0; i < this.random.integer(1, 2); i++) {
      this.convolution(this.random.integer(1, 6), this.random.pick([1, 1, 2]));
      if (this.random.chance(0.6)) this.pool();
    }
  }

  /** A convolution, two behind it, and the sum of the second and the first or, past a 1x1 convolution, of the first's input. */
  residual(): void {
    if (this.random.chance(0.7)) this.convolution(this.random.integer(2, 5), 1);
    const start = this.at;
    const { channels } = this.map;
    const other = this.random.chance(0.5);
    this.same(this.random.integer(2, 5), 3);
    this.same(other ? this.random.integer(2, 5) : channels, 3);
    const main = this.at;
    const outChannels = this.map.channels;
    if (other || outChannels !== this.mapOf(start).channels) {
      this.from(start);
      this.same(outChannels, 1);
    } else this.from(start);
    this.add(main, this.at);
    if (this.random.chance(0.6)) this.pool();
  }

  /** Flatten, one or two linear layers, perhaps an argmax. */
  head(): void {
    if (this.map.height * this.map.width > 1) this.node({ op: 'flatten', name: this.fresh('flat') }, { ...this.map, channels: valuesOf(this.map), height: 1, width: 1 });
    if (this.random.chance(0.5)) this.linear(this.random.integer(3, 12));
    this.linear(this.random.integer(2, 10));
    if (this.options.argmax ?? this.random.chance(0.5)) {
      this.node({ op: 'argmax', name: this.fresh('class') }, { channels: 1, height: 1, width: 1, bits: 16, signed: false, zeroPoint: 0 });
    }
  }

  network(): Network {
    const description = { format: NETWORK_FORMAT, version: NETWORK_VERSION, name: this.name, input: this.input, nodes: this.nodes } as const;
    return networkOf({ ...description, nodes: [...this.nodes] }, this.layers, this.name);
  }

  private mapOf(name: string): MapFormat {
    return name === NETWORK_INPUT ? this.input : this.maps.get(name)!;
  }

  private from(name: string): void {
    this.at = name;
    this.map = this.mapOf(name);
  }

  private fresh(stem: string): string {
    return `${stem}${this.nodes.length}`;
  }

  private node(description: NodeDescription, output: MapFormat): void {
    this.nodes.push(description.op === 'add' ? description : { ...description, input: this.at });
    this.maps.set(description.name, output);
    this.at = description.name;
    this.map = output;
  }

  /** A convolution with a kernel that fits, and any pads below it. */
  private convolution(channels: number, stride: number): void {
    const kernel = [this.map.height, this.map.width].map((side) => this.random.integer(1, Math.min(3, side)));
    const pads = [...kernel, ...kernel].map((k) => this.random.integer(0, k - 1));
    this.layer({ kind: 'conv2d', output: channels, kernel, strides: [stride, this.random.chance(0.8) ? stride : 1], pads });
  }

  /** A convolution that keeps the size of the map. */
  private same(channels: number, kernel: number): void {
    const pad = (kernel - 1) / 2;
    this.layer({ kind: 'conv2d', output: channels, kernel: [kernel, kernel], strides: [1, 1], pads: [pad, pad, pad, pad] });
  }

  private linear(channels: number): void {
    this.layer({ kind: 'linear', output: channels });
  }

  private layer({ output, ...shape }: { kind: 'conv2d' | 'linear'; output: number; kernel?: number[]; strides?: number[]; pads?: number[] }): void {
    const name = this.fresh(shape.kind === 'linear' ? 'fc' : 'conv');
    const encoding = this.encoding();
    const format = this.format();
    const description: LayerDescription = layerSchema.parse({
      format: LAYER_FORMAT, version: SCHEMA_VERSION, name, ...shape,
      input: this.map, output: { channels: output, ...format },
      weights: encoding, requantize: { form: 'multiplier', bits: 16 }, activation: this.activation(format), tensors: `${name}.safetensors`,
    });
    const fewest = Math.min(this.map.channels, output);
    if (shape.kind === 'linear' && fewest > 1 && (this.options.blocks ?? this.random.chance(0.4))) {
      return this.placed(name, blockLayerOf(this.random, description, encoding, this.random.integer(1, Math.min(fewest, 5))));
    }
    const geometry = geometryOf(description);
    const { weight, exponent } = randomWeights(this.random, geometry, encoding);
    const requantization = randomRequantization(this.random, description, geometry, weight);
    this.placed(name, { description, geometry, tensors: { weight, ...(exponent ? { exponent } : {}), ...requantization } });
  }

  private placed(name: string, layer: Layer): void {
    this.layers.set(name, layer);
    this.node({ op: 'layer', name, layer: `layers/${name}.layer.json` }, layerOutput(layer));
  }

  private pool(): void {
    const { height, width } = this.map;
    const kernel = [height, width].map((side) => this.random.integer(1, Math.min(3, side))) as [number, number];
    const strides = kernel.map((k) => this.random.integer(1, k)) as [number, number];
    const pads = [...kernel, ...kernel].map((k) => (this.random.chance(0.7) ? 0 : this.random.integer(0, k - 1))) as [number, number, number, number];
    const size = (side: number, axis: 0 | 1) => Math.floor((side + pads[axis] + pads[axis + 2] - kernel[axis]) / strides[axis]) + 1;
    this.node({ op: 'max_pool', name: this.fresh('pool'), kernel, strides, pads }, { ...this.map, height: size(height, 0), width: size(width, 1) });
  }

  /** Both inputs together span about the output's range. */
  private add(a: string, b: string): void {
    const output = this.format();
    const shift = this.random.pick([0, 4, 8, 12, 15]);
    const multiplier = (map: MapFormat) => Math.max(1, Math.min(65535, Math.round((0.4 + 0.4 * this.random.fraction()) * 2 ** (shift + output.bits - map.bits))));
    const multipliers: [number, number] = [multiplier(this.mapOf(a)), multiplier(this.mapOf(b))];
    const description: AddDescription = { op: 'add', name: this.fresh('add'), inputs: [a, b], output, multipliers, shift, activation: this.activation(output) };
    this.node(description, { channels: this.map.channels, height: this.map.height, width: this.map.width, ...output });
  }

  private encoding(): ScalarEncoding {
    const encoding = randomEncoding(this.random, this.random.pick(this.options.encodings ?? ['uniform', 'pot', 'apot', 'bpot', 'csd', 'codebook']));
    return encoding.encoding === 'uniform' ? { ...encoding, bits: Math.min(encoding.bits, LUT_WEIGHT_BITS) } : encoding;
  }

  private format(): Format {
    const most = this.options.maxBits ?? 8;
    const bits = this.random.chance(0.6) ? Math.min(8, most) : this.random.integer(2, most);
    const signed = this.random.chance(0.3);
    const [low, high] = integerRange(bits, signed);
    return { bits, signed, zeroPoint: this.random.chance(0.6) ? 0 : this.random.integer(low, high) };
  }

  private activation({ zeroPoint, ...type }: Format): Activation {
    const [low, high] = outputBounds({ ...type, zeroPoint, channels: 1 }, { kind: 'relu' });
    if (this.random.chance(0.6) && high > low) return { kind: 'relu' };
    return { kind: 'none' };
  }
}
