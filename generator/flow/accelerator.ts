/** A network's accelerator of either form, generated and ready to be simulated on pictures. */
import { generateNetwork, type GeneratedNetwork } from '../generate_network.js';
import { generateShared } from '../generate_shared.js';
import { type Network, withoutArgmax } from '../network/network.js';
import type { FlowContext } from './context.js';
import type { Accelerator } from './evaluate.js';
import { chooseNetworkLanes } from './network_lanes.js';
import { chooseSharedLanes } from './shared_design.js';
import type { EngineChoice } from './simulate.js';
import { simulateNetwork, type NetworkDesign } from './simulate_network.js';

export interface AcceleratorOptions {
  /** Default dataflow; `shared`: one engine for all layers. */
  readonly form?: 'dataflow' | 'shared';
  /** Foldings of layer nodes by name, beside those of the description; dataflow only. */
  readonly lanes?: Readonly<Record<string, string>>;
  /** Folding of the time-shared engine; default 16 x 16. */
  readonly sharedLanes?: string;
  /** Frames per second at 200 MHz that is folded to, in place of the description's foldings; default what 256 multiply-accumulates per cycle in all give. */
  readonly fps?: number;
  readonly engine?: EngineChoice;
  /** Folder of compiled models. */
  readonly cacheDir?: string;
}

/** The generated files, and what `evaluateNetwork` takes. */
export type GeneratedAccelerator = Accelerator & Pick<GeneratedNetwork, 'top' | 'verilog' | 'files'>;

type Generated = NetworkDesign & Pick<GeneratedNetwork, 'files'> & { readonly estimate: Omit<Accelerator['resources'], 'resources'> };

/**
 * Generates the form that is asked for.
 * @throws ShiftloomError as planning and generating do
 */
export async function networkAccelerator(network: Network, options: AcceleratorOptions = {}, context: FlowContext = {}): Promise<GeneratedAccelerator> {
  context.onProgress?.({ stage: 'generate', message: network.description.name });
  const { form = 'dataflow', engine, cacheDir } = options;
  const generate = form === 'shared' ? sharedGenerator(network, options) : dataflowGenerator(network, options);
  const generated = generate(network);
  const before = withoutArgmax(network);
  const { lut, ff, dsp, bram36 } = generated.estimate;
  return {
    form,
    resources: { lut, ff, dsp, bram36, resources: 'estimate' },
    top: generated.top,
    verilog: generated.verilog,
    files: generated.files,
    simulate: simulator(network, generated, { engine, cacheDir }),
    ...(before ? { logits: { network: before, simulate: simulator(before, generate(before), { engine, cacheDir }) } } : {}),
  };
}

/** Both the network and what stands before its argmax are folded alike. */
function dataflowGenerator(network: Network, { lanes: given = {}, fps }: AcceleratorOptions): (part: Network) => Generated {
  const lanes = Object.entries(given).map(([name, folding]) => `${name}:${folding}`);
  const folding = chooseNetworkLanes(network, { ...(lanes.length > 0 ? { lanes: lanes.join(';') } : {}), fps });
  return (part) => {
    const generated = generateNetwork(part, folding.lanes);
    return { ...generated, estimate: generated.plan.estimate };
  };
}

function sharedGenerator(network: Network, { sharedLanes, fps }: AcceleratorOptions): (part: Network) => Generated {
  const lanes = chooseSharedLanes(network, { lanes: sharedLanes, fps });
  return (part) => generateShared(part, lanes);
}

function simulator(network: Network, generated: NetworkDesign, tools: Pick<AcceleratorOptions, 'engine' | 'cacheDir'>): Accelerator['simulate'] {
  return (frames, count, { expected, stalls, seed, loaded }, inner) =>
    simulateNetwork(network, generated, frames, count, { expected, seed, stallIn: stalls, stallOut: stalls, loaded, ...tools }, inner);
}
