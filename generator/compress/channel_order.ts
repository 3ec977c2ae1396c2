/** Between the layer's order (O, I, KH, KW) and the quantizer's order of one channel (KH, KW, I). */
import { groupCount } from '../layer/representable.js';

export interface KernelSize {
  readonly outChannels: number;
  readonly groupInChannels: number;
  /** kernelHeight * kernelWidth. */
  readonly taps: number;
}

/** Weights of output channel `o` in (tap, input channel) order. */
export function takeChannel(weight: Float32Array | Float64Array, { groupInChannels: I, taps }: KernelSize, o: number): Float64Array {
  const channel = new Float64Array(I * taps);
  const base = o * I * taps;
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < I; i++) channel[tap * I + i] = weight[base + i * taps + tap];
  }
  return channel;
}

/** Writes a channel's integers back into (O, I, KH, KW). */
export function putChannel(channel: Int32Array, into: Int32Array, { groupInChannels: I, taps }: KernelSize, o: number): void {
  const base = o * I * taps;
  for (let tap = 0; tap < taps; tap++) {
    for (let i = 0; i < I; i++) into[base + i * taps + tap] = channel[tap * I + i];
  }
}

/** Writes a channel's exponents, in (tap, group) order, into (O, groups, KH, KW). */
export function putExponents(exponents: Int32Array, into: Int32Array, { groupInChannels, taps }: KernelSize, groupSize: number, o: number): void {
  const groups = groupCount(groupInChannels, groupSize);
  const base = o * groups * taps;
  for (let tap = 0; tap < taps; tap++) {
    for (let g = 0; g < groups; g++) into[base + g * taps + tap] = exponents[tap * groups + g];
  }
}
