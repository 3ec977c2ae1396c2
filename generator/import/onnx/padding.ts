/** A Pad node in front of a convolution, whose zeros become pads of the layer. */
import type { LayerInput } from './found_layer.js';
import { isRefusal, layerInput } from './layer_input.js';
import type { OnnxNode } from './node.js';
import type { LayerOperator } from './operators.js';
import type { GraphValues } from './values.js';

export interface PaddingInFront {
  readonly value: string;
  /** Top, left, bottom, right. */
  readonly pads: readonly number[];
  readonly input: LayerInput;
  readonly absorbed: readonly string[];
}

/** The padding in front of a node, if it pads height and width with real zeros. Integer operators are left as they are. */
export async function paddingInFront(values: GraphValues, node: OnnxNode, operator: LayerOperator): Promise<PaddingInFront | undefined> {
  const pad = operator.integer ? undefined : values.graph.producer(node.input(operator.x));
  if (pad?.operator !== 'Pad' || pad.string('mode', 'constant') !== 'constant' || pad.optionalInput(3)) return undefined;
  const value = pad.input(0);
  const names = [pad.optionalInput(1), pad.optionalInput(2)];
  if (values.shape(value)?.length !== 4 || names.some((name) => name !== undefined && !values.isConstant(name))) return undefined;
  const pads = names[0] ? Array.from((await values.constant(names[0])).data) : pad.ints('pads');
  const fill = names[1] ? (await values.constant(names[1])).data[0] : pad.float('value', 0);
  if (pads?.length !== 8 || fill !== 0 || pads.some((n, i) => n < 0 || (i % 4 < 2 && n !== 0))) return undefined;
  const input = await layerInput(values, pad, { kind: 'convolution', x: 0, w: 1 }, 'channels_first');
  return isRefusal(input) ? undefined : { value, pads: [pads[2], pads[3], pads[6], pads[7]], input, absorbed: [`Pad '${pad.name}'`] };
}
