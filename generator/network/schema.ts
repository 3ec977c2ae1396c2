/**
 * The network description, schema v1: layers and the plain operations between them, from pixels to a class. Values are checked here as far as a
 * single key can tell; the graph is checked in `graph.ts`, formats and shapes in `formats.ts`.
 */
import { z } from 'zod';
import { activationSchema, mapSideSchema } from '../layer/schema.js';

const int = (min: number, max: number) => z.int().min(min).max(max);
const pair = (min: number, max: number) => z.tuple([int(min, max), int(min, max)]);

export const NETWORK_VERSION = 1;
export const NETWORK_FORMAT = 'shiftloom.network';
export const NETWORK_REFERENCE = 'urn:shiftloom:schema:network:v1';
export const NETWORK_SCHEMA_FILE = 'network.v1.schema.json';

/** What a node says in `input` if it reads the network's own input. */
export const NETWORK_INPUT = 'input';

/** Data sets that `evaluate` knows by name. */
export const DATASETS = ['mnist', 'fashion-mnist'] as const;

const identifier = /^[a-z][a-z0-9_]{0,39}$/;
const name = z.string().regex(identifier).describe('Lower-case identifier, unique in the network; part of the names of emitted modules.');
const source = z.string().regex(identifier).describe('Name of the node that is read; "input" is the input of the network.');
const input = source.optional().describe('Name of the node that is read, default the node before; "input" is the input of the network.');

const layerNode = z.strictObject({
  op: z.literal('layer').describe('A compressed layer.'),
  name,
  input,
  layer: z.string().min(1).describe('Layer file (*.layer.json), relative to this file.'),
});
const maxPoolNode = z.strictObject({
  op: z.literal('max_pool').describe('Largest value of a window, channel by channel; the meaning of ONNX MaxPool. Padding is never the largest.'),
  name,
  input,
  kernel: pair(1, 16).describe('Height, width.'),
  strides: pair(1, 16).default([1, 1]),
  pads: z.tuple([int(0, 15), int(0, 15), int(0, 15), int(0, 15)]).default([0, 0, 0, 0]).describe('Top, left, bottom, right (ONNX order).'),
});
const flattenNode = z.strictObject({
  op: z.literal('flatten').describe('A map as one vector, in the order row, column, channel.'),
  name,
  input,
});
const addNode = z.strictObject({
  op: z.literal('add').describe('Sum of two maps, requantized (docs/number_formats.md).'),
  name,
  inputs: z.tuple([source, source]).describe('Names of the two nodes that are added.'),
  output: mapSideSchema('an output').omit({ channels: true, height: true, width: true }),
  multipliers: pair(1, 65535).describe('What each input counts, before the shift.'),
  shift: int(0, 31).describe('Places that the sum is shifted to the right, rounded.'),
  activation: activationSchema.default({ kind: 'none' }),
});
const argmaxNode = z.strictObject({
  op: z.literal('argmax').describe('Index of the largest channel of a 1x1 map, the lowest of equal ones; one channel of 16 bits, unsigned. Only as the output.'),
  name,
  input,
});

export const networkSchema = z.strictObject({
  $schema: z.string().optional(),
  format: z.literal(NETWORK_FORMAT),
  version: z.literal(NETWORK_VERSION),
  name: z.string().regex(identifier).describe('Lower-case identifier; becomes the prefix of every emitted module.'),
  input: mapSideSchema('an input'),
  nodes: z.array(z.discriminatedUnion('op', [layerNode, maxPoolNode, flattenNode, addNode, argmaxNode])).min(1).max(250),
  output: name.optional().describe('Name of the node whose values leave the network; default the last.'),
  reference: z
    .strictObject({ float: z.string().min(1).optional().describe('.safetensors file with <node>.weight (dense, OIHW or (out, in)) and <node>.bias of the trained network.') })
    .optional(),
  lanes: z.record(z.string(), z.string()).optional().describe('Folding of layer nodes by name, as `--lanes` takes it.'),
  dataset: z.enum(DATASETS).optional().describe('What `evaluate` takes unless it is told.'),
  classes: z.array(z.string()).min(2).max(65535).optional().describe('Names of the classes, in order.'),
});

export type NetworkDescription = z.infer<typeof networkSchema>;
export type NodeDescription = NetworkDescription['nodes'][number];
export type LayerNodeDescription = z.infer<typeof layerNode>;
export type MaxPoolDescription = z.infer<typeof maxPoolNode>;
export type FlattenDescription = z.infer<typeof flattenNode>;
export type AddDescription = z.infer<typeof addNode>;
export type ArgmaxDescription = z.infer<typeof argmaxNode>;
export type DatasetName = (typeof DATASETS)[number];
