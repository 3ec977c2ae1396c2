/** Real activations as hardware sees them: integers, rows of channels. */

/** Quantization of the face detector's clipped activations: 0..6 on 0..255. */
export const RELU6_SCALE = 6 / 255;

/**
 * A map (channels, height, width) of real values in the order (height, width, channels), in units of `scale`, rounded to
 * nearest with halves up, limited to the unsigned integers of `bits` bits.
 */
export function quantizeMap(values: Float32Array, channels: number, scale: number): Uint8Array;
export function quantizeMap(values: Float32Array, channels: number, scale: number, bits: 8 | 16): Uint8Array | Uint16Array;
export function quantizeMap(values: Float32Array, channels: number, scale: number, bits: 8 | 16 = 8): Uint8Array | Uint16Array {
  const positions = values.length / channels;
  const most = 2 ** bits - 1;
  const out = bits === 8 ? new Uint8Array(values.length) : new Uint16Array(values.length);
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < positions; p++) {
      out[p * channels + c] = Math.min(most, Math.max(0, Math.floor(values[c * positions + p] / scale + 0.5)));
    }
  }
  return out;
}

export interface ActivationSummary {
  readonly largest: number;
  /** Shares of the values that are zero, before and after quantization. */
  readonly zeros: number;
  readonly quantizedZeros: number;
}

export function summarize(values: Float32Array, quantized: Uint8Array): ActivationSummary {
  const zeroShare = (v: ArrayLike<number>): number => {
    let zeros = 0;
    for (let i = 0; i < v.length; i++) if (v[i] === 0) zeros++;
    return zeros / v.length;
  };
  return {
    largest: values.reduce((a, b) => Math.max(a, b), 0),
    zeros: zeroShare(values),
    quantizedZeros: zeroShare(quantized),
  };
}
