/** The loop nest in numbers: steps, tiles, kernel offsets, address steps, and the widths of what the sequencer counts. */
import type { Geometry } from '../layer/layer.js';
import { signedWidth, unsignedWidth } from '../verilog/literal.js';
import type { KernelOffset, Lanes, RingPlan, SequencerPlan } from './plan.js';
import { rotationsOf } from './rotations.js';
import { isTiled } from './tiled.js';
import { tileGap, tilePixels, turnsOf } from './turns.js';

/** Input rows under one kernel window. */
export function spanOf(g: Geometry): number {
  return (g.kernelHeight - 1) * g.dilationHeight + 1;
}

function modulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}

/**
 * Counts, address steps and widths of the loop nest.
 * @param requantizeLanes sums that are handed on per cycle
 */
export function planSequencer(g: Geometry, lanes: Lanes, ring: RingPlan, requantizeLanes: number): SequencerPlan {
  const words = ring.groupWords * g.kernelHeight * g.kernelWidth;
  const turns = turnsOf(lanes);
  const pixels = tilePixels(lanes);
  const rowTiles = Math.ceil(g.outWidth / pixels);
  const kernel: KernelOffset[] = [];
  for (let ky = 0; ky < g.kernelHeight; ky++) {
    for (let kx = 0; kx < g.kernelWidth; kx++) {
      const x = kx * g.dilationWidth - g.padLeft;
      const strides = Math.floor(x / g.strideWidth);
      const banks = Math.floor(strides / lanes.pixel);
      kernel.push({
        row: modulo(ky * g.dilationHeight, ring.rows) * ring.rowWords,
        column: (banks * g.strideWidth + modulo(x, g.strideWidth)) * ring.pixelWords,
        rotate: modulo(strides, lanes.pixel),
        y: ky * g.dilationHeight,
        x,
      });
    }
  }
  const span = spanOf(g);
  const lastTop = (g.outHeight - 1) * g.strideHeight - g.padTop;
  const lastX = (rowTiles * pixels - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth;
  const gap = tileGap(lanes, (lanes.oc * lanes.pixel) / requantizeLanes, words);
  return {
    steps: words * turns,
    words,
    turns,
    gap,
    tiles: Math.ceil(g.groupOutChannels / lanes.oc),
    kernel,
    rotations: rotationsOf(g, lanes.pixel),
    hasPadding: g.padTop + g.padLeft + g.padBottom + g.padRight > 0,
    rowTiles,
    lastPixels: g.outWidth - (rowTiles - 1) * pixels,
    span,
    firstBase: modulo(-g.padTop, ring.rows) * ring.rowWords,
    rowStep: modulo(g.strideHeight, ring.rows) * ring.rowWords,
    frameStep: modulo(g.inHeight - g.padTop - lastTop, ring.rows) * ring.rowWords,
    yWidth: signedWidth(-Math.max(g.padTop, 2 * g.inHeight), Math.max(g.inHeight + (isTiled(lanes) ? ring.rows : 0), lastTop + g.strideHeight, ring.rows) + span + 1),
    xWidth: signedWidth(-Math.max(g.padLeft, lanes.pixel * g.strideWidth), Math.max(g.inWidth, lastX) + g.strideWidth * lanes.pixel + 1),
    kernelWidth: unsignedWidth(kernel.length - 1),
    rotateWidth: unsignedWidth(lanes.pixel - 1),
    gapWidth: unsignedWidth(Math.max(1, gap)),
  };
}
