/** How nodes walk over the map memory: windows, padding, pairs of maps, runs of blocks. */
import type { LayerNode, MaxPoolNode } from '../../network/network.js';
import type { Instruction, WindowWalk } from './instruction.js';
import type { BlockShape } from './layout.js';
import { storedOffset } from './values.js';

/** Both maps in turn, word by word. */
export function addSteps(a: number, b: number): Instruction['steps'] {
  const next = a - b + 1;
  return { word: b - a, kernelColumn: 0, kernelRow: 0, tile: next, column: next, row: next };
}

/** @param isWindows the map is stored as windows: a word holds all kernel columns */
export function windowOf(node: LayerNode | MaxPoolNode, ic: number, isWindows = false): WindowWalk {
  const { width, channels } = node.inputFormats[0];
  const common = { width, pixelWords: Math.ceil(channels / ic), outHeight: node.output.height, outWidth: node.output.width };
  if (isWindows && node.op === 'layer') return { ...node.layer.geometry, ...common, width: common.outWidth, kernelWidth: 1, strideWidth: 1, padLeft: 0 };
  if (node.op === 'layer') return { ...node.layer.geometry, ...common };
  const { kernel, strides, pads } = node.description;
  return { ...common, kernelHeight: kernel[0], kernelWidth: kernel[1], strideHeight: strides[0], strideWidth: strides[1], padTop: pads[0], padLeft: pads[1] };
}

/** Padding of a window that reaches beyond the map: a layer reads the zero point there, a pooling the lowest value. */
export function paddingOf(node: LayerNode | MaxPoolNode, walk: WindowWalk): Partial<Pick<Instruction, 'padding'>> {
  const [format] = node.inputFormats;
  const reach = (out: number, stride: number, pad: number, kernel: number) => (out - 1) * stride - pad + kernel;
  const below = reach(walk.outHeight, walk.strideHeight, walk.padTop, walk.kernelHeight) > format.height;
  const beside = reach(walk.outWidth, walk.strideWidth, walk.padLeft, walk.kernelWidth) > walk.width;
  if (walk.padTop + walk.padLeft === 0 && !below && !beside) return {};
  return {
    padding: {
      left: -walk.padLeft, top: -walk.padTop, strideX: walk.strideWidth, strideY: walk.strideHeight, width: walk.width, height: format.height,
      value: node.op === 'layer' ? format.zeroPoint + storedOffset(format) : 0,
    },
  };
}

export interface BlockRun {
  blocks: number;
  readonly words: number;
  readonly tiles: number;
  readonly lastVectors: number;
}

/** Neighbouring blocks that one instruction can run through. */
export function runsOf(shapes: readonly BlockShape[], oc: number, vector: number): BlockRun[] {
  const runs: BlockRun[] = [];
  for (const { inputWords: words, outputs } of shapes) {
    const tiles = Math.ceil(outputs.length / oc);
    const lastVectors = Math.ceil((outputs.length - (tiles - 1) * oc) / vector);
    const last = runs[runs.length - 1];
    if (last && last.words === words && last.tiles === tiles && last.lastVectors === lastVectors) last.blocks++;
    else runs.push({ blocks: 1, words, tiles, lastVectors });
  }
  return runs;
}
