/** Writing a network: its layers, the float reference and the description, checked as on reading. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ShiftloomError } from '../errors.js';
import { writeStaged } from '../layer/files.js';
import { formatJson } from '../layer/json_text.js';
import { type SampleFrames, type StoredTensors, geometryOf } from '../layer/layer.js';
import { parseDescription } from '../layer/read.js';
import { encodeSafetensors } from '../layer/safetensors.js';
import { schemaReference } from '../layer/schema_reference.js';
import type { Tensor } from '../layer/tensor.js';
import { type DescriptionToWrite, writeLayer } from '../layer/write.js';
import { formatsOf } from './formats.js';
import { graphOf } from './graph.js';
import { layerNodes, parseNetwork } from './read.js';
import { NETWORK_FORMAT, NETWORK_REFERENCE, NETWORK_SCHEMA_FILE, NETWORK_VERSION, type NetworkDescription, type networkSchema } from './schema.js';
import type { z } from 'zod';

type NetworkInput = z.input<typeof networkSchema>;
type NodeInput = NetworkInput['nodes'][number];

/** A node before it is written: the writer names the files of layers. */
export type NodeToWrite = Exclude<NodeInput, { op: 'layer' }> | (Omit<Extract<NodeInput, { op: 'layer' }>, 'layer'> & { layer?: string });
/** A description before it is written; what a file may leave out may be left out here. */
export type NetworkToWrite = Omit<NetworkInput, '$schema' | 'format' | 'version' | 'nodes' | 'reference'> & { readonly nodes: readonly NodeToWrite[] };

/** A layer as `writeLayer` takes it. */
export interface LayerToWrite {
  readonly description: DescriptionToWrite;
  readonly tensors: StoredTensors;
  readonly sample?: SampleFrames;
}

const FLOAT_FILE = 'float.safetensors';

/**
 * Writes `path` (`*.network.json`), `layers/<node>.layer.json` with their tensors, and `float.safetensors` if a float network is given.
 * Graph, formats and shapes are checked before the first file; folders are made.
 * @param layers by the name of their node
 * @param float tensors `<node>.weight` (OIHW or (out, in)) and `<node>.bias` of the float network
 * @returns the description as written
 * @throws ShiftloomError('input') as `readNetwork` would
 */
export async function writeNetwork(
  path: string, network: NetworkToWrite, layers: ReadonlyMap<string, LayerToWrite>, float?: ReadonlyMap<string, Tensor>,
): Promise<NetworkDescription> {
  const description = parseNetwork(
    {
      $schema: schemaReference(path, NETWORK_SCHEMA_FILE, NETWORK_REFERENCE), format: NETWORK_FORMAT, version: NETWORK_VERSION, ...network,
      nodes: network.nodes.map((node) => (node.op === 'layer' ? { ...node, layer: node.layer ?? `layers/${node.name}.layer.json` } : node)),
      ...(float ? { reference: { float: FLOAT_FILE } } : {}),
    },
    path,
  );
  checkLayers(description, layers, path);
  const folder = dirname(path);
  for (const { name, layer } of layerNodes(description)) {
    const file = join(folder, layer);
    await mkdir(dirname(file), { recursive: true });
    const { description: d, tensors, sample } = layers.get(name)!;
    await writeLayer(file, d, tensors, sample);
  }
  await writeStaged([
    ...(float ? [{ path: join(folder, FLOAT_FILE), content: encodeSafetensors(float, path) }] : []),
    { path, content: formatJson(description) },
  ]);
  return description;
}

function checkLayers(d: NetworkDescription, layers: ReadonlyMap<string, LayerToWrite>, path: string): void {
  const layerOf = (name: string) => {
    const layer = layers.get(name);
    if (!layer) throw new ShiftloomError('input', path, `the layer of node "${name}" was not given`);
    const description = parseDescription({ tensors: `${name}.safetensors`, ...layer.description }, `${path} node "${name}"`);
    return { description, geometry: geometryOf(description) };
  };
  formatsOf(d, graphOf(d, path), layerOf, path);
}
