/** The integer levels of a factor's encoding, and how large real values should be to use them well. */
import { Random } from '../../layer/random.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import { NearestLevel, compressionLevels } from '../levels.js';

const SAMPLES = 2000;
const STEPS_PER_OCTAVE = 8;

export interface FactorLevels {
  readonly nearest: NearestLevel;
  /** Root mean square, in units, at which Gaussian values are rounded with the least error. */
  readonly loading: number;
}

export function factorLevels(encoding: ScalarEncoding): FactorLevels {
  const nearest = new NearestLevel(compressionLevels(encoding));
  const { levels } = nearest;
  const random = new Random(1);
  const samples = Float64Array.from({ length: SAMPLES }, () => random.gaussian());
  let loading = 1;
  let least = Infinity;
  const octaves = Math.log2(levels[levels.length - 1]) + 2;
  for (let step = 0; step <= octaves * STEPS_PER_OCTAVE; step++) {
    const scale = 0.5 * 2 ** (step / STEPS_PER_OCTAVE);
    let error = 0;
    for (const x of samples) error += (x - nearest.of(x * scale) / scale) ** 2;
    if (error >= least) continue;
    least = error;
    loading = scale;
  }
  return { nearest, loading };
}

/**
 * Quantizes real values to an encoding with one scale for all, that of least squared error: `scale * integers` is what is left of them. For straight-through training,
 * where the forward pass sees the quantized values.
 */
export function quantizeFactor(values: ArrayLike<number>, encoding: ScalarEncoding): { readonly integers: Int32Array; readonly scale: number } {
  const { nearest, loading } = factorLevels(encoding);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += values[i] * values[i];
  const start = Math.sqrt(squares / values.length) / loading;
  let best = { integers: new Int32Array(values.length), scale: start || 1 };
  if (!(start > 0)) return best;
  let most = 0;
  for (let step = -STEPS_PER_OCTAVE; step <= STEPS_PER_OCTAVE; step++) {
    const tried = start * 2 ** (step / STEPS_PER_OCTAVE);
    const integers = Int32Array.from(values, (x) => nearest.of(x / tried));
    let cross = 0;
    let own = 0;
    for (let i = 0; i < integers.length; i++) {
      cross += integers[i] * values[i];
      own += integers[i] * integers[i];
    }
    if (own === 0 || (cross * cross) / own <= most) continue;
    most = (cross * cross) / own;
    best = { integers, scale: cross / own };
  }
  return best;
}
