/** How the words of neighbouring banks are turned to their pixel lanes. */
import type { Geometry } from '../layer/layer.js';

/** Rotations that one stage of 4:1 multiplexers chooses from. */
const ONE_STAGE = 4;

/** Banks by which the kernel positions rotate the words, each once, rising: pixel lane 0 reads bank floor(x / stride) mod lanes. */
export function rotationsOf(g: Pick<Geometry, 'kernelWidth' | 'dilationWidth' | 'padLeft' | 'strideWidth'>, pixelLanes: number): number[] {
  const all = new Set<number>();
  for (let kx = 0; kx < g.kernelWidth; kx++) {
    const strides = Math.floor((kx * g.dilationWidth - g.padLeft) / g.strideWidth);
    all.add(((strides % pixelLanes) + pixelLanes) % pixelLanes);
  }
  return [...all].sort((a, b) => a - b);
}

/** Cycles from the RAM addresses to the operands: RAM, then with several lanes a register and one or two stages of rotation. */
export function readLatencyOf(pixelLanes: number, rotations: number): number {
  if (pixelLanes === 1) return 2;
  return rotations <= ONE_STAGE ? 3 : 4;
}

/** LUTs for each bit of the rotated words: a LUT6 is a 4:1 multiplexer. */
export function rotationLutPerBit(pixelLanes: number, rotations: number): number {
  if (pixelLanes === 1 || rotations === 1) return 0;
  if (rotations <= ONE_STAGE) return 1;
  return 1 + Math.ceil((Math.ceil(pixelLanes / 4) - 1) / 3);
}
