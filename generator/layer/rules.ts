/** Rules between the keys of a description, which no single key's schema can express. */
import { ShiftloomError } from '../errors.js';
import { geometryOf, integerRange, outputBounds } from './layer.js';
import { checkBlockRules } from './block_rules.js';
import { checkFactorRules } from './factor_rules.js';
import type { LayerDescription } from './schema.js';

/**
 * Checks a parsed description.
 * @throws ShiftloomError('input') for contradictions between keys.
 */
export function checkRules(d: LayerDescription, place: string): void {
  checkLinear(d, place);
  checkGroups(d, place);
  checkOutputSize(d, place);
  checkZeroPoint(d, 'input', place);
  checkZeroPoint(d, 'output', place);
  checkClip(d, place);
  checkSparsity(d, place);
  checkEncoding(d, place);
}

function fail(place: string, path: string, message: string, wayOut = ''): never {
  throw new ShiftloomError('input', `${place} ${path}`, message, wayOut);
}

function checkLinear(d: LayerDescription, place: string): void {
  if (d.kind !== 'linear' || (d.input.height === 1 && d.input.width === 1)) return;
  fail(
    place,
    '$.input',
    `is ${d.input.height}x${d.input.width}; a linear layer takes a flat vector`,
    'Give channels = height * width * channels, or use conv2d with a kernel as large as the map',
  );
}

function checkGroups(d: LayerDescription, place: string): void {
  if (d.kind !== 'conv2d') return;
  for (const side of ['input', 'output'] as const) {
    if (d[side].channels % d.groups !== 0) {
      fail(place, '$.groups', `is ${d.groups}, which does not divide the ${d[side].channels} ${side} channels`);
    }
  }
}

function checkOutputSize(d: LayerDescription, place: string): void {
  if (d.kind !== 'conv2d') return;
  const g = geometryOf(d);
  const sides = [
    ['height', g.outHeight, d.dilations[0] * (d.kernel[0] - 1) + 1, g.inHeight + g.padTop + g.padBottom],
    ['width', g.outWidth, d.dilations[1] * (d.kernel[1] - 1) + 1, g.inWidth + g.padLeft + g.padRight],
  ] as const;
  for (const [side, out, span, padded] of sides) {
    if (out < 1) {
      const message = `spans ${span} in ${side} (dilation included), the padded input has ${padded}: no output`;
      fail(place, '$.kernel', message, `Raise $.pads or $.input.${side}`);
    }
  }
}

function checkZeroPoint(d: LayerDescription, side: 'input' | 'output', place: string): void {
  const { bits, signed, zeroPoint } = d[side];
  const [low, high] = integerRange(bits, signed);
  if (zeroPoint < low || zeroPoint > high) {
    const type = `${signed ? 'signed' : 'unsigned'} ${bits}-bit`;
    fail(place, `$.${side}.zeroPoint`, `is ${zeroPoint}; ${type} activations are ${low}..${high}`);
  }
}

function checkClip(d: LayerDescription, place: string): void {
  if (d.activation.kind !== 'clip') return;
  const { min, max } = d.activation;
  if (min > max) fail(place, '$.activation', `has min ${min} above max ${max}`);
  const [low, high] = outputBounds(d.output, d.activation);
  if (low > high) {
    const [typeLow, typeHigh] = integerRange(d.output.bits, d.output.signed);
    fail(place, '$.activation', `clips to ${min}..${max}, outside the output's ${typeLow}..${typeHigh}`);
  }
}

function checkSparsity(d: LayerDescription, place: string): void {
  if (d.sparsity && d.sparsity.n >= d.sparsity.m) {
    fail(place, '$.sparsity', `${d.sparsity.n} of ${d.sparsity.m} leaves no weight out`, 'Give n below m, or leave sparsity out');
  }
}

function checkEncoding(d: LayerDescription, place: string): void {
  const { weights } = d;
  if (weights.encoding === 'cp') checkFactorRules(d, weights, place);
  if (weights.encoding === 'codebook') checkLevels(weights.levels, place, '$.weights');
  if (weights.encoding !== 'block_permuted') return;
  checkBlockRules(d, weights, place);
  if (weights.values.encoding === 'codebook') checkLevels(weights.values.levels, place, '$.weights.values');
}

/** Levels of a codebook must ascend. @param path of the encoding in the file. @throws ShiftloomError('input') */
export function checkLevels(levels: readonly number[], place: string, path: string): void {
  const wrong = levels.findIndex((level, i) => i > 0 && level <= levels[i - 1]);
  if (wrong > 0) fail(place, `${path}.levels[${wrong}]`, `is ${levels[wrong]} after ${levels[wrong - 1]}`, 'Levels must ascend');
}
