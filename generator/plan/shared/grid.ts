/** What the array does for one layer: which weight meets which lane in which step. */
import type { Layer } from '../../layer/layer.js';
import { elementsOf, type BlockShape, type Layout } from './layout.js';

/** Inputs of one step: input channel of each lane, -1 for none, and the kernel position, of all lanes or of each. */
export interface StepInputs {
  readonly inputs: Int32Array;
  readonly position: number | Int32Array;
}

/** A tile: output channel of each output lane, -1 for none, and its steps. */
export interface GridTile {
  readonly channels: Int32Array;
  readonly steps: readonly StepInputs[];
}

/** Tiles in the order in which their weights lie in the memory. */
export interface LayerGrid {
  readonly layer: Layer;
  readonly tiles: readonly GridTile[];
}

/** Tiles of `oc` channels out of a list of channels, all with the same steps. */
function tilesOf(channels: Int32Array, oc: number, steps: readonly StepInputs[]): GridTile[] {
  return Array.from({ length: Math.ceil(channels.length / oc) }, (_, tile) => ({
    channels: Int32Array.from({ length: oc }, (_, lane) => channels[tile * oc + lane] ?? -1),
    steps,
  }));
}

/** A convolution over a map in the layout of maps. */
export function convolutionGrid(layer: Layer, oc: number, ic: number): LayerGrid {
  const g = layer.geometry;
  const words = Math.ceil(g.inChannels / ic);
  const steps: StepInputs[] = [];
  for (let position = 0; position < g.kernelHeight * g.kernelWidth; position++) {
    for (let word = 0; word < words; word++) {
      steps.push({ position, inputs: Int32Array.from({ length: ic }, (_, lane) => (word * ic + lane < g.inChannels ? word * ic + lane : -1)) });
    }
  }
  return { layer, tiles: tilesOf(Int32Array.from({ length: g.outChannels }, (_, o) => o), oc, steps) };
}

/** A convolution of one channel over windows: a word holds the inputs of all kernel columns. */
export function windowGrid(layer: Layer, oc: number, ic: number): LayerGrid {
  const { kernelHeight, kernelWidth, outChannels } = layer.geometry;
  const inputs = Int32Array.from({ length: ic }, (_, lane) => (lane < kernelWidth ? 0 : -1));
  const steps = Array.from({ length: kernelHeight }, (_, row) => ({ inputs, position: Int32Array.from({ length: ic }, (_, lane) => row * kernelWidth + lane) }));
  return { layer, tiles: tilesOf(Int32Array.from({ length: outChannels }, (_, o) => o), oc, steps) };
}

/** A layer that reads a vector in any layout, word by word. */
export function vectorGrid(layer: Layer, input: Layout, oc: number, ic: number): LayerGrid {
  const elements = elementsOf(input, ic);
  const steps = Array.from({ length: input.words }, (_, word) => ({ position: 0, inputs: elements.slice(word * ic, (word + 1) * ic) }));
  return { layer, tiles: tilesOf(Int32Array.from({ length: layer.geometry.outChannels }, (_, o) => o), oc, steps) };
}

/** A block-permuted layer: tiles of block after block, each over its own words. */
export function blockGrid(layer: Layer, shapes: readonly BlockShape[], input: Layout, oc: number, ic: number): LayerGrid {
  const elements = elementsOf(input, ic);
  let first = 0;
  const tiles = shapes.flatMap(({ inputWords, outputs }) => {
    const steps = Array.from({ length: inputWords }, (_, word) => ({ position: 0, inputs: elements.slice((first + word) * ic, (first + word + 1) * ic) }));
    first += inputWords;
    return tilesOf(outputs, oc, steps);
  });
  return { layer, tiles };
}

/** Weight words of a grid. */
export function gridWords({ tiles }: LayerGrid): number {
  return tiles.reduce((sum, tile) => sum + tile.steps.length, 0);
}

/** Weights of one output lane in one step; 0 where there is none. */
export function laneWeights({ layer }: LayerGrid, channel: number, { inputs, position }: StepInputs, into: Int32Array): void {
  const g = layer.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const base = channel * g.groupInChannels;
  for (let lane = 0; lane < inputs.length; lane++) {
    const at = typeof position === 'number' ? position : position[lane];
    into[lane] = channel >= 0 && inputs[lane] >= 0 ? layer.tensors.weight[(base + inputs[lane]) * positions + at] : 0;
  }
}
