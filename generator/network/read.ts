/** Reading a network description with its layers: everything is checked before anything is built from it. */
import { dirname, resolve } from 'node:path';
import { ShiftloomError, nearestName } from '../errors.js';
import { readLayer } from '../expand/read_layer.js';
import { checkAgainst } from '../layer/explain.js';
import { readJson } from '../layer/json_text.js';
import type { Layer } from '../layer/layer.js';
import { formatsOf } from './formats.js';
import { graphOf } from './graph.js';
import type { Network, NetworkNode } from './network.js';
import { type LayerNodeDescription, type NetworkDescription, networkSchema } from './schema.js';

/** Whether a path names a network description rather than a layer's. */
export function isNetworkFile(path: string): boolean {
  return path.endsWith('.network.json');
}

/**
 * Reads a network file (`*.network.json`) and the layers it names, relative to its own folder.
 * @throws ShiftloomError('input') naming file, JSON path, nodes and values and what is allowed; of a layer as `readLayer`
 */
export async function readNetwork(path: string): Promise<Network> {
  const description = parseNetwork(await readJson(path), path);
  graphOf(description, path); // a wrong graph is told before its layers are read
  const nodes = layerNodes(description);
  const layers = await Promise.all(nodes.map(({ layer }) => readLayer(resolve(dirname(path), layer))));
  return { ...networkOf(description, new Map(nodes.map(({ name }, i) => [name, layers[i]])), path), path };
}

/** A description by itself, defaults filled in; graph and layers are not looked at. @throws ShiftloomError('input') */
export function parseNetwork(value: unknown, place: string): NetworkDescription {
  const description = checkAgainst(networkSchema, value, place);
  for (const [i, node] of description.nodes.entries()) {
    if (node.op === 'layer' && !node.layer.endsWith('.json')) {
      throw new ShiftloomError('input', `${place} $.nodes[${i}].layer`, `is ${JSON.stringify(node.layer)}; allowed: a .layer.json file`);
    }
  }
  const float = description.reference?.float;
  if (float !== undefined && !float.endsWith('.safetensors')) {
    throw new ShiftloomError('input', `${place} $.reference.float`, `is ${JSON.stringify(float)}; allowed: a .safetensors file`);
  }
  checkLanes(description, place);
  return description;
}

/** Nodes of a description that are layers, in the order of the file. */
export function layerNodes({ nodes }: NetworkDescription): LayerNodeDescription[] {
  return nodes.filter((node) => node.op === 'layer');
}

function checkLanes(d: NetworkDescription, place: string): void {
  const known = layerNodes(d).map(({ name }) => name);
  const unknown = Object.keys(d.lanes ?? {}).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearestName(unknown, known);
  throw new ShiftloomError('input', `${place} $.lanes.${unknown}`, 'is not a node with op "layer"', near === undefined ? `Layers: ${known.join(', ')}` : `Did you mean "${near}"?`);
}

/**
 * A network from a parsed description and its layers in memory.
 * @param layers by the name of their node
 * @throws ShiftloomError('input') where the graph, formats or shapes are wrong
 */
export function networkOf(description: NetworkDescription, layers: ReadonlyMap<string, Layer>, place: string): Network {
  const graph = graphOf(description, place);
  const layerOf = (name: string): Layer => {
    const layer = layers.get(name);
    if (!layer) throw new ShiftloomError('input', place, `the layer of node "${name}" was not given`);
    return layer;
  };
  const formats = formatsOf(description, graph, layerOf, place);
  const nodes = graph.nodes.map(({ description: d, inputs, sources }, i): NetworkNode => {
    const common = { name: d.name, inputs, sources, inputFormats: formats[i].inputs, output: formats[i].output };
    switch (d.op) {
      case 'layer':
        return { ...common, op: d.op, description: d, layer: layerOf(d.name) };
      case 'max_pool':
        return { ...common, op: d.op, description: d };
      case 'flatten':
        return { ...common, op: d.op, description: d };
      case 'add':
        return { ...common, op: d.op, description: d };
      case 'argmax':
        return { ...common, op: d.op, description: d };
    }
  });
  return { description, input: description.input, nodes, output: graph.output };
}
