/** From a network to the layer program: layouts, regions of the map memory, instructions, and what the tables and memories hold. */
import type { AddNode, LayerNode, MaxPoolNode, Network } from '../../network/network.js';
import { outputBounds } from '../../layer/layer.js';
import { blockGrid, convolutionGrid, vectorGrid, windowGrid, type LayerGrid } from './grid.js';
import { PLAIN, convolutionSteps, firstWord, gapFor, poolingSteps, type Instruction } from './instruction.js';
import { blockInputLayout, blockOutputLayout, blockShapes, blockVectors, elementsOf, fitsBlocks, mapLayout, mapVectors, type BlockShape, type Layout } from './layout.js';
import { allocateRegions } from './regions.js';
import { readsVector, runsInBlocks, storedOffset, type MapValue, type Values } from './values.js';
import type { AddParameters, LayerParameters, LayerProgram, ProgramShape } from './program.js';
import { addSteps, paddingOf, runsOf, windowOf } from './walks.js';
import { inputWindows, type InputWindows } from './windows.js';

interface Region {
  readonly words: number;
  from: number;
  to: number;
}

/** An instruction whose addresses are relative to regions that are not placed yet. */
interface Draft {
  readonly instruction: Instruction;
  readonly reads: readonly Region[];
  readonly writes?: Region;
  /** Where the elements of all vectors go. */
  readonly places?: Int32Array;
}

interface Stored {
  readonly layout: Layout;
  readonly region: Region;
}

export function compileNetwork(network: Network, values: Values, shape: ProgramShape): LayerProgram {
  return new Compiler(network, values, shape).program();
}

class Compiler {
  private readonly drafts: Draft[] = [];
  private readonly grids: LayerGrid[] = [];
  private readonly parameters: (LayerParameters | AddParameters)[] = [];
  private readonly stored = new Map<number, Stored>();
  private readonly shapes = new Map<number, BlockShape[]>();
  private readonly windows: InputWindows | undefined;
  private weightWords = 0;
  private parameterVectors = 0;

  constructor(
    private readonly network: Network,
    private readonly values: Values,
    private readonly shape: ProgramShape,
  ) {
    this.windows = shape.windows ? inputWindows(network, values, shape.lanes, shape.vector) : undefined;
    network.nodes.forEach((node, i) => {
      if (runsInBlocks(network, values, i)) this.shapes.set(i, blockShapes((node as LayerNode).layer.blocks!.tensors, shape.lanes));
    });
  }

  program(): LayerProgram {
    this.receive();
    this.network.nodes.forEach((node, i) => {
      if (node.op === 'layer') this.layer(node, i);
      else if (node.op === 'max_pool') this.pool(node, i);
      else if (node.op === 'add') this.add(node, i);
    });
    const { first, words } = allocateRegions(this.regions());
    const firstOf = new Map(this.regions().map((region, i) => [region, first[i]]));
    const dense = this.network.nodes.flatMap((node, i) => (node.op === 'layer' && node.layer.blocks && !this.shapes.has(i) ? [node.name] : []));
    return { ...this.placed(firstOf), mapWords: words, grids: this.grids, parameters: this.parameters, parameterVectors: this.parameterVectors, dense, ...(this.windows ? { windows: this.windows } : {}) };
  }

  // ---------------------------------------------------------------- Nodes

  private receive(): void {
    const { format } = this.values.input;
    const instruction: Instruction = { ...PLAIN, op: 'receive', node: 'input' };
    if (!this.windows) return this.emit(instruction, [], -1, mapLayout(format, this.shape.lanes), () => mapVectors(format, this.shape.vector));
    const region = this.region(this.windows.words);
    this.stored.set(-1, { layout: { place: new Int32Array(0), words: this.windows.words }, region });
    this.draft({ instruction: { ...instruction, scatters: true }, reads: [], writes: region, places: this.windows.places });
  }

  private layer(node: LayerNode, index: number): void {
    const shapes = this.shapes.get(index);
    const source = this.values.sourceOf(node.sources[0]);
    const value = this.values.byProducer.get(index)!;
    if (shapes) return this.blocks(node, index, shapes, this.blockInput(node.name, source, shapes));
    const input = this.stored.get(source)!;
    const { oc, lanes: ic, vector } = this.shape;
    const g = node.layer.geometry;
    const isVector = readsVector(node);
    const isWindows = this.windows?.node === node;
    const walk = isVector ? undefined : windowOf(node, ic, isWindows);
    const tiles = Math.ceil(g.outChannels / oc);
    const lastVectors = Math.ceil((g.outChannels - (tiles - 1) * oc) / vector);
    const words = isVector ? input.layout.words : walk!.pixelWords;
    const instruction: Instruction = {
      ...PLAIN, ...this.result(node), op: 'layer', node: node.name, restarts: true,
      rounds: { words, kernelColumns: walk?.kernelWidth ?? 1, kernelRows: g.kernelHeight, tiles, columns: g.outWidth, rows: g.outHeight },
      readBase: walk ? firstWord(0, walk) : 0,
      steps: walk ? convolutionSteps(walk) : { ...PLAIN.steps, word: 1, tile: 1 - words },
      ...(walk ? paddingOf(node, walk) : {}),
      gap: gapFor(words * g.kernelHeight * (walk?.kernelWidth ?? 1), tiles * g.outHeight * g.outWidth, oc / vector, tiles > 1 ? oc / vector : lastVectors),
      vectors: oc / vector, lastVectors, weightBase: this.weightWords, parameterBase: this.parameterVectors,
    };
    const grid = isVector ? vectorGrid(node.layer, input.layout, oc, ic) : isWindows ? windowGrid(node.layer, oc, ic) : convolutionGrid(node.layer, oc, ic);
    this.grid(node, grid, [Int32Array.from({ length: g.outChannels }, (_, o) => o)]);
    const shapeOfMap = value.format;
    this.emit(instruction, [input.region], index, mapLayout(shapeOfMap, ic), () => mapVectors(shapeOfMap, vector));
  }

  /** A block-permuted layer: one instruction for each run of blocks of equal size, a block in the place of a pixel. */
  private blocks(node: LayerNode, index: number, shapes: readonly BlockShape[], input: Stored): void {
    const { oc, lanes: ic, vector } = this.shape;
    const runs = runsOf(shapes, oc, vector);
    let read = 0;
    let weights = this.weightWords;
    const instructions = runs.map(({ blocks, words, tiles, lastVectors }, i): Instruction => {
      const instruction: Instruction = {
        ...PLAIN, ...this.result(node), op: 'layer', node: node.name,
        rounds: { ...PLAIN.rounds, words, tiles, columns: blocks }, readBase: read,
        steps: { ...PLAIN.steps, word: 1, tile: 1 - words, column: 1 },
        gap: gapFor(words, tiles * blocks, oc / vector, tiles > 1 ? oc / vector : lastVectors),
        vectors: oc / vector, lastVectors, weightBase: weights, parameterBase: this.parameterVectors,
        continues: i > 0, chained: i < runs.length - 1,
      };
      read += blocks * words;
      weights += blocks * tiles * words;
      return instruction;
    });
    this.grid(node, blockGrid(node.layer, shapes, input.layout, oc, ic), shapes.map(({ outputs }) => outputs));
    const from = this.drafts.length;
    instructions.forEach((instruction, i) => {
      if (i === 0) this.emit(instruction, [input.region], index, blockOutputLayout(shapes, ic), () => blockVectors(shapes, vector));
      else this.continue(instruction, this.drafts[from]);
    });
  }

  private pool(node: MaxPoolNode, index: number): void {
    const input = this.stored.get(this.values.sourceOf(node.sources[0]))!;
    const { lanes: ic, vector } = this.shape;
    const { channels } = node.output;
    const walk = windowOf(node, ic);
    const lastVectors = Math.ceil((channels - (walk.pixelWords - 1) * ic) / vector);
    const tiles = walk.pixelWords;
    this.emit({
      ...PLAIN, op: 'max_pool', node: node.name,
      rounds: { words: 1, kernelColumns: walk.kernelWidth, kernelRows: walk.kernelHeight, tiles, columns: walk.outWidth, rows: walk.outHeight },
      readBase: firstWord(0, walk), steps: poolingSteps(walk), ...paddingOf(node, walk),
      gap: gapFor(walk.kernelHeight * walk.kernelWidth, tiles * walk.outHeight * walk.outWidth, ic / vector, tiles > 1 ? ic / vector : lastVectors),
      vectors: ic / vector, lastVectors,
    }, [input.region], index, mapLayout(node.output, ic), () => mapVectors(node.output, vector));
  }

  private add(node: AddNode, index: number): void {
    const [a, b] = node.sources.map((source) => this.stored.get(this.values.sourceOf(source))!);
    const { lanes: ic, vector } = this.shape;
    const { channels, height, width } = node.output;
    const tiles = Math.ceil(channels / ic);
    const lastVectors = Math.ceil((channels - (tiles - 1) * ic) / vector);
    const pixelVectors = ((tiles - 1) * ic) / vector + lastVectors;
    const [formatA, formatB] = node.inputFormats;
    const instruction: Instruction = {
      ...PLAIN, ...this.result(node), op: 'add', node: node.name, restarts: true,
      rounds: { ...PLAIN.rounds, words: 2, tiles, columns: width, rows: height },
      gap: gapFor(2, tiles * width * height, ic / vector, tiles > 1 ? ic / vector : lastVectors),
      vectors: ic / vector, lastVectors, parameterBase: this.parameterVectors,
      add: { zeroPoints: [formatA.zeroPoint + storedOffset(formatA), formatB.zeroPoint + storedOffset(formatB)], multipliers: node.description.multipliers },
    };
    this.parameters.push({ node, vectors: pixelVectors });
    this.parameterVectors += pixelVectors;
    this.emit(instruction, [a.region, b.region], index, mapLayout(node.output, ic), () => mapVectors(node.output, vector));
  }

  // ---------------------------------------------------------------- Parts

  /** The value that a block-permuted layer reads, in the order of its blocks: as it is stored, or by a copy. */
  private blockInput(node: string, source: number, shapes: readonly BlockShape[]): Stored {
    const input = this.stored.get(source)!;
    if (fitsBlocks(input.layout, shapes, this.shape)) return input;
    const { lanes: ic, vector } = this.shape;
    const vectors = elementsOf(input.layout, ic);
    const layout = blockInputLayout(shapes, vectors, this.shape);
    const { words } = input.layout;
    const full = ic / vector;
    const region = this.region(layout.words);
    const instruction: Instruction = {
      ...PLAIN, op: 'copy', node, rounds: { ...PLAIN.rounds, tiles: words }, steps: { ...PLAIN.steps, tile: 1 },
      gap: gapFor(1, words, full, full), vectors: full, lastVectors: full, scatters: true,
    };
    this.draft({ instruction, reads: [input.region], writes: region, places: placesOf(vectors, layout) });
    return { layout, region };
  }

  /** Adds an instruction that writes the value of `producer`, and chooses how it is stored. */
  private emit(instruction: Instruction, reads: readonly Region[], producer: number, inOrder: Layout, vectorsOf: () => Int32Array): void {
    const value = this.values.byProducer.get(producer)!;
    if (value.leaves) return this.draft({ instruction: { ...instruction, sends: true }, reads });
    const shapes = this.soleBlocks(value);
    const isScattered = shapes !== undefined && !fitsBlocks(inOrder, shapes, this.shape);
    const vectors = isScattered ? vectorsOf() : undefined;
    const layout = vectors ? blockInputLayout(shapes!, vectors, this.shape) : inOrder;
    const region = this.region(layout.words);
    this.stored.set(producer, { layout, region });
    this.draft({ instruction: { ...instruction, scatters: isScattered }, reads, writes: region, ...(vectors ? { places: placesOf(vectors, layout) } : {}) });
  }

  /** Blocks of the only reader of a value, if that is worked on block by block. */
  private soleBlocks({ consumers }: MapValue): BlockShape[] | undefined {
    return consumers.length === 1 ? this.shapes.get(consumers[0]) : undefined;
  }

  /** Adds an instruction that goes on with the writing of the one before it. */
  private continue(instruction: Instruction, first: Draft): void {
    this.draft({ instruction: { ...instruction, scatters: first.instruction.scatters }, reads: first.reads, ...(first.writes ? { writes: first.writes } : {}) });
  }

  private draft(draft: Draft): void {
    const at = this.drafts.length;
    for (const region of [...draft.reads, ...(draft.writes ? [draft.writes] : [])]) {
      region.from = Math.min(region.from, at);
      region.to = Math.max(region.to, at);
    }
    this.drafts.push(draft);
  }

  private region(words: number): Region {
    return { words, from: Infinity, to: -Infinity };
  }

  private grid(node: LayerNode, grid: LayerGrid, channelsOfPixels: readonly Int32Array[]): void {
    this.grids.push(grid);
    this.weightWords += grid.tiles.reduce((sum, tile) => sum + tile.steps.length, 0);
    const { vector } = this.shape;
    const channels = channelsOfPixels.flatMap((list) => [...list, ...new Array<number>((vector - (list.length % vector)) % vector).fill(-1)]);
    this.parameters.push({ node, channels: Int32Array.from(channels) });
    this.parameterVectors += channels.length / vector;
  }

  /** Bounds and zero point of what a node gives. */
  private result(node: LayerNode | AddNode): Pick<Instruction, 'low' | 'high' | 'zeroPoint'> {
    const { output } = node;
    const activation = node.op === 'layer' ? node.layer.description.activation : node.description.activation;
    const [low, high] = outputBounds(output, activation);
    return { low: low - output.zeroPoint, high: high - output.zeroPoint, zeroPoint: output.zeroPoint + storedOffset(output) };
  }

  private regions(): Region[] {
    return [...new Set(this.drafts.flatMap(({ reads, writes }) => [...reads, ...(writes ? [writes] : [])]))];
  }

  /** Addresses as they are in the map memory, and the table. */
  private placed(firstOf: ReadonlyMap<Region, number>): Pick<LayerProgram, 'instructions' | 'table'> {
    const table: number[] = [];
    const { lanes, vector } = this.shape;
    const instructions = this.drafts.map(({ instruction, reads, writes, places }, i): Instruction => {
      const [first, second] = reads.map((region) => firstOf.get(region)!);
      const base = writes ? firstOf.get(writes)! : 0;
      const tableBase = table.length / vector;
      places?.forEach((place) => table.push(place < 0 ? -1 : place + base * lanes));
      const steps = instruction.op === 'add' ? addSteps(first, second) : instruction.steps;
      return { ...instruction, readBase: instruction.readBase + (first ?? 0), steps, writeBase: base, tableBase, ends: i === this.drafts.length - 1 };
    });
    return { instructions, table: Int32Array.from(table) };
  }
}

/** Places of the elements of vectors, -1 for none. */
function placesOf(vectors: Int32Array, { place }: Layout): Int32Array {
  return vectors.map((e) => (e < 0 ? -1 : place[e]));
}
