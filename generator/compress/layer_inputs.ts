/** Input frames for measuring outputs: the layer's sample in integer units, or seeded stand-ins where there is none. */
import { ShiftloomError } from '../errors.js';
import type { ActivationFormat, FloatLayer } from '../import/float_layer.js';
import { integerRange } from '../layer/layer.js';
import { Random } from '../layer/random.js';

/** A share of values beyond the input's format above which they are of other units, or of another layer. */
const MOST_OUTSIDE = 0.25;
/** Far more than any on-chip buffer holds. */
const MAX_STAND_INS = 2 ** 26;

export interface LayerInputs {
  readonly frames: number;
  /** (frames, H, W, C), integers of the input format. */
  readonly data: Int32Array;
  /** The format with its scale settled. */
  readonly format: Required<ActivationFormat>;
  /** For people: what the frames are. */
  readonly origin: string;
  /** Whether the frames came with the layer. */
  readonly genuine: boolean;
}

/**
 * Integer input frames and the input scale. A missing scale is taken from a sample in real units: the smallest that holds all values.
 * @param what the sample is called in messages
 * @param standInFrames frames that stand in for a missing sample
 * @throws ShiftloomError('input') if neither scale nor such a sample is given, or the format can't hold the sample.
 */
export function layerInputs(layer: FloatLayer, seed: number, what: 'sample' | 'calibration' = 'sample', standInFrames = 1): LayerInputs {
  const { sample, inputFormat } = layer;
  const scale = inputFormat.scale ?? scaleOfSample(layer);
  const format = { ...inputFormat, scale };
  const [low, high] = integerRange(format.bits, format.signed);
  if (!sample) {
    const data = standIns(layer, format, seed, standInFrames);
    const origin = `${format.signed ? 'Gaussian' : 'half-normal'} stand-in inputs, seed ${seed}`;
    return { frames: standInFrames, data, format, origin, genuine: false };
  }
  const { frames, values } = sample;
  const origin = `the layer's sample of ${frames} frame${frames === 1 ? '' : 's'}`;
  if (values instanceof Float32Array) {
    checkReach(values, format, [low, high], `layer '${layer.name}' ${what}`);
    const data = Int32Array.from(values, (x) => Math.min(high, Math.max(low, Math.round(x / scale) + format.zeroPoint)));
    return { frames, data, format, origin, genuine: true };
  }
  const outside = values.findIndex((x) => x < low || x > high);
  if (outside >= 0) {
    throw new ShiftloomError('input', `layer '${layer.name}' ${what}`, `value ${outside} is ${values[outside]}; ${format.signed ? 'signed' : 'unsigned'} ${format.bits}-bit inputs are ${low}..${high}`);
  }
  return { frames, data: values, format, origin, genuine: true };
}

/** Values beyond the format saturate, as in hardware; most of them do not. */
function checkReach(values: Float32Array, { scale, zeroPoint }: Required<ActivationFormat>, [low, high]: readonly [number, number], place: string): void {
  const [least, most] = [(low - 0.5 - zeroPoint) * scale, (high + 0.5 - zeroPoint) * scale];
  const outside = values.reduce((count, x) => count + (x < least || x > most ? 1 : 0), 0);
  if (outside <= MOST_OUTSIDE * values.length) return;
  const [held, reached] = [[low, high].map((n) => (n - zeroPoint) * scale), [Math.min, Math.max].map((pick) => values.reduce((a, b) => pick(a, b)))];
  const text = ([a, b]: number[]) => `${Number(a.toPrecision(4))}..${Number(b.toPrecision(4))}`;
  throw new ShiftloomError(
    'input', place, `is ${text(reached)}, and ${Math.round((100 * outside) / values.length)} % of it are beyond ${text(held)}, which the input's format holds`,
    'Record what the layer itself reads, in its units, or change input.scale, bits or signed',
  );
}

/** From the sample and the calibration frames, as far as they are in real units. */
function scaleOfSample({ sample, calibration, inputFormat, name }: FloatLayer): number {
  const real = [sample?.values, calibration?.values].filter((values) => values instanceof Float32Array);
  if (real.length === 0) {
    throw new ShiftloomError('input', `layer '${name}' input`, 'has no scale', 'Give input.scale, or a sample in real units (floats)');
  }
  const { bits, signed, zeroPoint } = inputFormat;
  const [low, high] = integerRange(bits, signed);
  const least = real.reduce((lowest, values) => values.reduce((a, b) => Math.min(a, b), lowest), 0);
  const most = real.reduce((highest, values) => values.reduce((a, b) => Math.max(a, b), highest), 0);
  if (least < 0 && zeroPoint === low) {
    throw new ShiftloomError('input', `layer '${name}' input`, `reaches down to ${least}, its format holds no negative value`, 'Set input.signed, or a zeroPoint above the lowest value');
  }
  const scale = Math.max(high > zeroPoint ? most / (high - zeroPoint) : 0, least < 0 ? least / (low - zeroPoint) : 0);
  return scale > 0 ? scale : 1;
}

/** |Gaussian| for unsigned inputs, Gaussian for signed ones; three standard deviations fill the range. */
function standIns({ input, name }: FloatLayer, format: ActivationFormat, seed: number, frames: number): Int32Array {
  const [low, high] = integerRange(format.bits, format.signed);
  const spread = Math.max(high - format.zeroPoint, format.zeroPoint - low) / 3;
  const length = frames * input.height * input.width * input.channels;
  if (length > MAX_STAND_INS) {
    throw new ShiftloomError('resource', `layer '${name}' input`, `has ${length} elements, too many for stand-in inputs`, 'Give a sample, or a smaller map');
  }
  const random = new Random(seed);
  return Int32Array.from({ length }, () => {
    const value = random.gaussian() * spread;
    const x = Math.round(format.signed ? value : Math.abs(value)) + format.zeroPoint;
    return Math.min(high, Math.max(low, x));
  });
}
