/** A network's accelerator, generated and ready to be simulated on pictures. */
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { type Network, withoutArgmax } from '../network/network.js';
import type { FlowContext } from './context.js';
import type { Accelerator } from './evaluate.js';
import { chooseNetworkLanes } from './network_lanes.js';
import type { EngineChoice } from './simulate.js';
import { simulateNetwork } from './simulate_network.js';

export interface AcceleratorOptions {
  /** Foldings of layer nodes by name, beside those of the description. */
  readonly lanes?: Readonly<Record<string, string>>;
  /** Frames per second at 200 MHz that layers are folded to, in place of the description's foldings; default what 256 multiply-accumulates per cycle in all give. */
  readonly fps?: number;
  readonly engine?: EngineChoice;
  /** Folder of compiled models. */
  readonly cacheDir?: string;
}

/** The generated files, and what `evaluateNetwork` takes. */
export type GeneratedAccelerator = Accelerator & Pick<GeneratedNetwork, 'top' | 'verilog' | 'files'>;

/**
 * Generates the dataflow form.
 * @throws ShiftloomError as planning and generating do
 */
export async function networkAccelerator(network: Network, options: AcceleratorOptions = {}, context: FlowContext = {}): Promise<GeneratedAccelerator> {
  context.onProgress?.({ stage: 'generate', message: network.description.name });
  const lanes = Object.entries(options.lanes ?? {}).map(([name, folding]) => `${name}:${folding}`);
  const folding = chooseNetworkLanes(network, { ...(lanes.length > 0 ? { lanes: lanes.join(';') } : {}), fps: options.fps });
  const generated = generateNetwork(network, folding.lanes);
  const before = withoutArgmax(network);
  const { lut, ff, dsp, bram36 } = generated.plan.estimate;
  const { engine, cacheDir } = options;
  return {
    form: 'dataflow',
    resources: { lut, ff, dsp, bram36, resources: 'estimate' },
    top: generated.top,
    verilog: generated.verilog,
    files: generated.files,
    simulate: simulator(network, generated, { engine, cacheDir }),
    ...(before ? { logits: { network: before, simulate: simulator(before, generateNetwork(before, folding.lanes), { engine, cacheDir }) } } : {}),
  };
}

function simulator(network: Network, generated: GeneratedNetwork, tools: Pick<AcceleratorOptions, 'engine' | 'cacheDir'>): Accelerator['simulate'] {
  return (frames, count, { expected, stalls, seed, loaded }, inner) =>
    simulateNetwork(network, generated, frames, count, { expected, seed, stallIn: stalls, stallOut: stalls, loaded, ...tools }, inner);
}
