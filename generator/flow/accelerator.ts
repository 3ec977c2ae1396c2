/** A network's accelerator, generated and ready to be simulated on pictures. */
import { ShiftloomError } from '../errors.js';
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { macsOf } from '../layer/layer.js';
import type { LayerNode, Network } from '../network/network.js';
import { balanceLayer } from '../plan/network/balance.js';
import { denseLayer } from '../plan/network/plan_network.js';
import type { Lanes } from '../plan/plan.js';
import type { FlowContext } from './context.js';
import type { Accelerator } from './evaluate.js';
import { completeLanes, parseLanes } from './lanes.js';
import type { EngineChoice } from './simulate.js';
import { simulateNetwork } from './simulate_network.js';

export interface AcceleratorOptions {
  /** Foldings of layer nodes by name, beside those of the description. */
  readonly lanes?: Readonly<Record<string, string>>;
  /** Frames per second at 200 MHz that layers without a folding keep up with; default what 256 multiply-accumulates per cycle in all give. */
  readonly fps?: number;
  readonly engine?: EngineChoice;
  /** Folder of compiled models. */
  readonly cacheDir?: string;
}

/** The generated files, and what `evaluateNetwork` takes. */
export type GeneratedAccelerator = Accelerator & Pick<GeneratedNetwork, 'top' | 'verilog' | 'files'>;

const CLOCK = 200e6;
const DEFAULT_MACS = 256;

/**
 * Generates the dataflow form.
 * @throws ShiftloomError as planning and generating do
 */
export async function networkAccelerator(network: Network, options: AcceleratorOptions = {}, context: FlowContext = {}): Promise<GeneratedAccelerator> {
  context.onProgress?.({ stage: 'generate', message: network.description.name });
  const generated = generateNetwork(network, networkLanes(network, options));
  const { lut, ff, dsp, bram36 } = generated.plan.estimate;
  const { engine, cacheDir } = options;
  return {
    form: 'dataflow',
    resources: { lut, ff, dsp, bram36, resources: 'estimate' },
    top: generated.top,
    verilog: generated.verilog,
    files: generated.files,
    simulate: (frames, count, { expected, stalls, seed, loaded }, inner) =>
      simulateNetwork(network, generated, frames, count, { expected, seed, stallIn: stalls, stallOut: stalls, loaded, engine, cacheDir }, inner),
  };
}

/** Folding of each layer: given, or as the description has it, or the smallest that keeps up with the rate. */
function networkLanes(network: Network, { lanes = {}, fps }: AcceleratorOptions): Map<string, Lanes> {
  const layers = network.nodes.filter((node) => node.op === 'layer');
  const texts = { ...network.description.lanes, ...lanes };
  const macs = layers.reduce((sum, { layer }) => sum + macsOf(layer.geometry), 0);
  const cycles = fps === undefined ? Math.ceil(macs / DEFAULT_MACS) : Math.floor(CLOCK / fps);
  return new Map(layers.map((node) => [node.name, texts[node.name] === undefined ? balanced(node, cycles, fps) : completeLanes(denseLayer(node.layer), parseLanes(texts[node.name]))]));
}

/** A rate that was not asked for gives way where a layer's streams do not allow it. */
function balanced({ layer }: LayerNode, cycles: number, fps: number | undefined): Lanes {
  for (let least = cycles; ; least = Math.ceil(least * 1.25)) {
    try {
      return balanceLayer(denseLayer(layer), least);
    } catch (error) {
      if (fps !== undefined || !(error instanceof ShiftloomError) || error.code !== 'resource' || least > 1000 * cycles) throw error;
    }
  }
}
