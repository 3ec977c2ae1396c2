/** Requantization parameters of all layers and additions, in the order in which vectors of results need them. */
import type { Network } from '../../network/network.js';
import { signedWidth, unsignedWidth } from '../../verilog/literal.js';
import { accumulatorWidth } from '../accumulator.js';
import { emptyWords, putField, putWide, type MemoryWords } from '../contents.js';
import type { AddParameters, LayerParameters, LayerProgram } from './program.js';
import type { Operands } from './operands.js';
import type { SharedRequantizePlan } from './shared_plan.js';
import { storedOffset } from './values.js';

/** Fewest bits of a multiplier, so that synthesis always takes a DSP block for the product. */
const FEWEST_MULTIPLIER_BITS = 8;
const ACTIVATION_BITS = 8;

/** Multiplier and shift of one result. */
interface Scale {
  readonly multiplier: number;
  readonly shift: number;
}

/** Accumulator bits that every layer and every sum of an addition fits. */
export function sharedAccumulatorWidth({ nodes }: Network): number {
  const widths = nodes.map((node) => {
    if (node.op === 'layer') return accumulatorWidth(node.layer);
    if (node.op !== 'add') return 2;
    const multiplier = Math.max(...node.description.multipliers);
    return Math.max(ACTIVATION_BITS + unsignedWidth(multiplier) + 2, signedWidth(-256 * 2 * multiplier, 256 * 2 * multiplier));
  });
  return Math.max(...widths);
}

/** Widths that hold every channel's parameters. */
export function planSharedRequantize({ nodes }: Network, program: LayerProgram, sumWidth: number, outBits: 8 | 16): SharedRequantizePlan {
  const layers = nodes.filter((node) => node.op === 'layer').map(({ layer }) => layer);
  const multiplierBits = layers.map(({ description: { requantize }, tensors }) =>
    requantize.form === 'multiplier' ? Math.max(FEWEST_MULTIPLIER_BITS, unsignedWidth(tensors.multiplier.reduce((a, b) => Math.max(a, b), 1))) : 0,
  );
  const multiplierWidth = Math.max(0, ...multiplierBits);
  const smallest = smallestShift(program, multiplierWidth);
  const scales = program.parameters.flatMap((p) => scalesOf(p, multiplierWidth, smallest)).map(({ shift }) => shift);
  const shiftMin = scales.reduce((a, b) => Math.min(a, b));
  const shiftMax = scales.reduce((a, b) => Math.max(a, b));
  const shiftWidth = shiftMax > shiftMin ? unsignedWidth(shiftMax - shiftMin) : 0;
  return { multiplierWidth, shiftMin, shiftWidth, parameterBits: sumWidth + multiplierWidth + shiftWidth, outBits };
}

/**
 * Scales of a layer's channels or of an addition. A scale without a multiplier is spelled with a power of two in it and a shift that is larger by as
 * much, which rounds to the same, so that the fixed part of the shift stays large.
 */
function scalesOf(parameters: LayerParameters | AddParameters, multiplierWidth: number, smallest: number): Scale[] {
  const scaled = (shift: number): Scale => {
    const places = Math.max(0, Math.min(smallest - shift, multiplierWidth - 1));
    return { multiplier: 2 ** places, shift: shift + places };
  };
  if ('vectors' in parameters) return [scaled(parameters.node.description.shift)];
  const { tensors, description } = parameters.node.layer;
  return Array.from(tensors.shift, (shift, o) => (description.requantize.form === 'multiplier' ? { multiplier: tensors.multiplier[o], shift } : scaled(shift)));
}

/** Words of `vector` channels: bias, multiplier, shift less the smallest one. */
export function sharedParameterWords(
  program: LayerProgram, operands: Operands, requantize: SharedRequantizePlan, sumWidth: number, vector: number,
): MemoryWords {
  const { multiplierWidth, shiftMin, shiftWidth, parameterBits } = requantize;
  const words = emptyWords(Math.max(1, program.parameterVectors), vector * parameterBits);
  const put = (word: number, element: number, bias: number, scale: Scale): void => {
    const base = element * parameterBits;
    putWide(words, word, base, sumWidth, bias);
    if (multiplierWidth > 0) putField(words, word, base + sumWidth, multiplierWidth, scale.multiplier);
    if (shiftWidth > 0) putField(words, word, base + sumWidth + multiplierWidth, shiftWidth, scale.shift - shiftMin);
  };
  let word = 0;
  for (const parameters of program.parameters) {
    const scales = scalesOf(parameters, multiplierWidth, smallestShift(program, multiplierWidth));
    if ('vectors' in parameters) {
      for (let v = 0; v < parameters.vectors; v++, word++) for (let element = 0; element < vector; element++) put(word, element, 0, scales[0]);
      continue;
    }
    const bias = sharedBias(parameters, program, operands);
    parameters.channels.forEach((channel, i) => {
      if (channel >= 0) put(word + Math.floor(i / vector), i % vector, bias[channel], scales[channel]);
    });
    word += parameters.channels.length / vector;
  }
  return words;
}

/** The smallest shift of the layers that have a multiplier, or of all if none has. */
function smallestShift({ grids }: LayerProgram, multiplierWidth: number): number {
  const layers = grids.map(({ layer }) => layer).filter(({ description }) => description.requantize.form === 'multiplier' || multiplierWidth === 0);
  return layers.reduce((least, { tensors }) => tensors.shift.reduce((a, b) => Math.min(a, b), least), Infinity);
}

/** Bias with the stored zero point and the corrections of inverted weights folded in. */
function sharedBias({ node }: LayerParameters, program: LayerProgram, { corrections }: Operands): Float64Array {
  const index = program.grids.findIndex(({ layer }) => layer === node.layer);
  const { tensors, geometry: g } = node.layer;
  const zeroPoint = node.inputFormats[0].zeroPoint + storedOffset(node.inputFormats[0]);
  const size = g.groupInChannels * g.kernelHeight * g.kernelWidth;
  return Float64Array.from({ length: g.outChannels }, (_, o) => {
    let sum = 0;
    for (let i = o * size; i < (o + 1) * size; i++) sum += tensors.weight[i];
    return tensors.bias[o] - zeroPoint * sum + corrections[index][o];
  });
}
