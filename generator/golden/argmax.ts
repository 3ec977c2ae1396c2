/** Golden argmax, docs/number_formats.md *Networks*: the index of the largest of a pixel's channels; the lowest index wins a tie. */
import { ShiftloomError } from '../errors.js';

/**
 * `values` is (count, channels); gives (count) indices.
 * @throws ShiftloomError (input) if the values are not whole pixels; (unsupported) if an index does not fit 16 bits.
 */
export function argmax(values: Int32Array | Float64Array, channels: number): Int32Array {
  if (channels < 1 || channels > 65536) throw new ShiftloomError('unsupported', 'argmax', `${channels} channels`, 'An index has 16 bits: use 1 to 65536 channels');
  if (values.length % channels !== 0) throw new ShiftloomError('input', 'argmax', `${values.length} values are not whole pixels of ${channels} channels`);
  return Int32Array.from({ length: values.length / channels }, (_, pixel) => {
    const first = pixel * channels;
    let best = first;
    for (let at = first + 1; at < first + channels; at++) if (values[at] > values[best]) best = at;
    return best - first;
  });
}
