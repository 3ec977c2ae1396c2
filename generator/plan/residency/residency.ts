/**
 * All weights of a network on chip at once, as factors: ranks, the memories of the one reconstruction unit that all layers share, where in them each layer lies, and
 * what is left for the engine's own memories. A plan by shapes; it needs no weights.
 */
import { ShiftloomError } from '../../errors.js';
import { planLoadableMemory, type LoadableMemoryPlan } from '../memory.js';
import type { Lanes } from '../plan.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import { engineNeeds, type EngineNeeds } from './engine.js';
import { FACTOR_MEMORIES, factorWords, factorsPerRank, fullRank, rankAt, rebuildCycles, type FactorMemory, type UnitLanes } from './factors.js';
import { macsOfShape, outSize, weightsOf, type ConvolutionShape } from './networks.js';

export interface ResidencyOptions {
  /** Block RAMs (RAMB36) for everything. */
  readonly bram: number;
  /** Weights to factors in every layer; left out: the smallest with which all fit. */
  readonly ratio?: number;
  /** Ranks given by layer name, before the ratio. */
  readonly ranks?: ReadonlyMap<string, number>;
  readonly unit: UnitLanes;
  /** Bits of a stored factor; one for each memory, because all layers share their words. */
  readonly factorBits: Readonly<Record<FactorMemory, number>>;
  /** The engine's lanes, and what the rebuilt weights are recoded to. */
  readonly lanes: Lanes;
  readonly recode: ScalarEncoding;
  /** Block RAMs that the input ring may take. */
  readonly ring: number;
}

/** Where a layer lies in a memory: first word and words. */
export interface Place {
  readonly base: number;
  readonly words: number;
}

export interface ResidentLayer {
  readonly shape: ConvolutionShape;
  readonly form: 'spatial' | 'matrix';
  readonly rank: number;
  readonly fullRank: number;
  readonly weights: number;
  readonly factors: number;
  /** Bits of the factors without what words are padded with. */
  readonly bits: number;
  readonly places: Readonly<Record<FactorMemory, Place>>;
  /** Shifts of the recoding, biases, multipliers and shifts of the requantization. */
  readonly recode: Place;
  readonly parameters: Place;
  readonly bands: number;
  readonly cycles: LayerCycles;
}

/** By formula, not event by event: what rows and tiles wait for is not in it. */
export interface LayerCycles {
  /** Steps of the array. */
  readonly compute: number;
  /** Cycles of the unit: all weights, once for each band. */
  readonly rebuild: number;
  /** Tile by tile the longer of both, and the first tile's rebuild, which nothing hides. */
  readonly frame: number;
  /** Multiply-accumulates of the layer, and of its factors run as convolutions of their own. */
  readonly macs: number;
  readonly directMacs: number;
}

export interface ResidentMemory {
  readonly name: FactorMemory | 'recode' | 'parameters';
  readonly usedWords: number;
  readonly plan: LoadableMemoryPlan;
}

export interface ResidencyPlan {
  readonly ratio: number;
  readonly unit: UnitLanes;
  readonly factorBits: Readonly<Record<FactorMemory, number>>;
  readonly lanes: Lanes;
  readonly recode: ScalarEncoding;
  readonly layers: readonly ResidentLayer[];
  readonly memories: readonly ResidentMemory[];
  readonly engine: { readonly ring: number; readonly halves: number; readonly outputBuffer: number };
  /** Block RAMs of everything, and how many there are. */
  readonly bram36: number;
  readonly limit: number;
  readonly weights: number;
  readonly factors: number;
}

/** Bits of a shift of the recoding (0..31). */
const RECODE_BITS = 5;
/** Layers with less than this share of all weights are given half the ratio: they cost next to nothing, and the first layers of a network are sensitive. */
const SMALL_SHARE = 0.005;
/** Ratios are tried in steps of this factor. */
const RATIO_STEP = 1.005;
const MOST_RATIO = 1000;

/**
 * Plans a network's residency.
 * @throws ShiftloomError 'resource' if the factors do not fit at the ratio asked for, or at any; 'usage' for ranks of unknown layers, or out of range
 */
export function planResidency(network: string, shapes: readonly ConvolutionShape[], options: ResidencyOptions): ResidencyPlan {
  checkRanks(shapes, options);
  const needs = shapes.map((shape) => engineNeeds(shape, options.lanes, options.recode, options.ring));
  const at = (ratio: number) => planned(shapes, needs, ratio, options);
  if (options.ratio !== undefined) {
    const plan = at(options.ratio);
    if (plan.bram36 <= options.bram) return plan;
    throw nothingFits(network, plan, smallestRatio(at, options.bram)?.ratio);
  }
  const plan = smallestRatio(at, options.bram);
  if (plan) return plan;
  throw nothingFits(network, at(MOST_RATIO), undefined);
}

function smallestRatio(at: (ratio: number) => ResidencyPlan, bram: number): ResidencyPlan | undefined {
  if (at(MOST_RATIO).bram36 > bram) return undefined;
  // Ranks are whole words, so the block RAMs fall with the ratio in steps; halving is right to a step, and the last ones are looked at one by one.
  let [low, high] = [0, Math.ceil(Math.log(MOST_RATIO) / Math.log(RATIO_STEP))];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (at(RATIO_STEP ** middle).bram36 <= bram) high = middle;
    else low = middle + 1;
  }
  return at(RATIO_STEP ** high);
}

function checkRanks(shapes: readonly ConvolutionShape[], { ranks = new Map() }: ResidencyOptions): void {
  for (const [name, rank] of ranks) {
    const shape = shapes.find((known) => known.name === name);
    if (!shape) throw new ShiftloomError('usage', '--ranks', `names '${name}', which is none of the layers`, `Layers: ${shapes.map((known) => known.name).join(', ')}`);
    if (rank > fullRank(shape)) throw new ShiftloomError('usage', '--ranks', `${name}=${rank} is more than the ${fullRank(shape)} that any kernel of its shape needs`, 'Give a smaller rank');
  }
}

function nothingFits(network: string, { ratio, bram36, limit, engine }: ResidencyPlan, fits: number | undefined): ShiftloomError {
  const own = engine.ring + engine.halves + engine.outputBuffer;
  const wayOut = fits === undefined ? 'Take fewer lanes, a smaller --ring, or more block RAM' : `The smallest ratio that fits is ${fits.toFixed(2)}; give --ratio ${(Math.ceil(100 * fits) / 100).toFixed(2)}, or leave it out`;
  return new ShiftloomError('resource', network, `at a ratio of ${ratio.toFixed(2)} the factors and the engine take ${bram36} block RAMs, ${own} of them the engine, instead of ${limit}`, wayOut);
}

function planned(shapes: readonly ConvolutionShape[], needs: readonly EngineNeeds[], ratio: number, options: ResidencyOptions): ResidencyPlan {
  const layers = placedLayers(shapes, needs, ratio, options);
  const memories = memoriesOf(layers, needs, options);
  const engine = { ring: most(needs, 'ring'), halves: most(needs, 'halves'), outputBuffer: most(needs, 'outputBuffer') };
  const bram36 = memories.reduce((sum, { plan }) => sum + plan.bram36, engine.ring + engine.halves + engine.outputBuffer);
  const sum = (of: (layer: ResidentLayer) => number) => layers.reduce((total, layer) => total + of(layer), 0);
  const { unit, factorBits, lanes, recode, bram } = options;
  return { ratio, unit, factorBits, lanes, recode, layers, memories, engine, bram36, limit: bram, weights: sum((l) => l.weights), factors: sum((l) => l.factors) };
}

/** Every part of the shared engine is as large as the layer needs it that needs most. */
function most(needs: readonly EngineNeeds[], key: keyof EngineNeeds): number {
  return needs.reduce((largest, need) => Math.max(largest, need[key]), 0);
}

/** Ranks of all layers, and each layer's words behind those of the layer before. */
function placedLayers(shapes: readonly ConvolutionShape[], needs: readonly EngineNeeds[], ratio: number, { unit, factorBits, ranks, lanes }: ResidencyOptions): ResidentLayer[] {
  const next = { output: 0, input: 0, kernel: 0, recode: 0, parameters: 0 };
  const take = (memory: keyof typeof next, words: number): Place => {
    const base = next[memory];
    next[memory] += words;
    return { base, words };
  };
  const requantizers = most(needs, 'requantizers');
  const all = shapes.reduce((sum, shape) => sum + weightsOf(shape), 0);
  return shapes.map((shape, i) => {
    const own = weightsOf(shape) < SMALL_SHARE * all ? Math.max(1, ratio / 2) : ratio;
    const rank = ranks?.get(shape.name) ?? rankAt(shape, own, unit);
    const words = factorWords(shape, rank, unit);
    const kernelFactors = shape.kernel > 1 ? shape.kernel ** 2 : 0;
    return {
      shape,
      form: shape.kernel > 1 ? ('spatial' as const) : ('matrix' as const),
      rank,
      fullRank: fullRank(shape),
      weights: weightsOf(shape),
      factors: rank * factorsPerRank(shape),
      bits: rank * (shape.outChannels * factorBits.output + shape.inChannels * factorBits.input + kernelFactors * factorBits.kernel),
      places: { output: take('output', words.output), input: take('input', words.input), kernel: take('kernel', words.kernel) },
      recode: take('recode', Math.ceil(shape.outChannels / unit.outputs)),
      parameters: take('parameters', Math.ceil(shape.outChannels / requantizers)),
      bands: needs[i].bands,
      cycles: cyclesOf(shape, rank, unit, lanes, needs[i]),
    };
  });
}

function cyclesOf(shape: ConvolutionShape, rank: number, unit: UnitLanes, { oc }: Lanes, { tiles, bands, compute }: EngineNeeds): LayerCycles {
  const tile = rebuildCycles(shape, Math.min(oc, shape.outChannels), rank, unit);
  const last = rebuildCycles(shape, shape.outChannels - (tiles - 1) * oc, rank, unit);
  const rebuild = bands * ((tiles - 1) * tile + last);
  const computeTile = compute / (bands * tiles);
  return {
    compute,
    rebuild,
    frame: Math.round(tile + bands * tiles * Math.max(computeTile, rebuild / (bands * tiles))),
    macs: macsOfShape(shape),
    directMacs: rank * directMacsPerRank(shape),
  };
}

/** 1x1 over the inputs at every input position, the kernel and 1x1 to the outputs at every output position. */
function directMacsPerRank(shape: ConvolutionShape): number {
  const positions = outSize(shape) ** 2;
  if (shape.kernel === 1) return positions * (shape.inChannels + shape.outChannels);
  return shape.size ** 2 * shape.inChannels + positions * (shape.kernel ** 2 + shape.outChannels);
}

function memoriesOf(layers: readonly ResidentLayer[], needs: readonly EngineNeeds[], { unit, factorBits }: ResidencyOptions): ResidentMemory[] {
  const end = (of: (layer: ResidentLayer) => Place) => {
    const { base, words } = of(layers[layers.length - 1]);
    return base + words;
  };
  const memory = (name: ResidentMemory['name'], words: number, width: number): ResidentMemory => ({ name, usedWords: words, plan: planLoadableMemory(Math.max(1, words), width) });
  const perWord = { output: unit.ranks * unit.outputs, input: unit.ranks * unit.inputs, kernel: unit.ranks };
  return [
    ...FACTOR_MEMORIES.map((name) => memory(name, end(({ places }) => places[name]), perWord[name] * factorBits[name])),
    memory('recode', end(({ recode }) => recode), unit.outputs * RECODE_BITS),
    memory('parameters', end(({ parameters }) => parameters), most(needs, 'requantizers') * most(needs, 'parameterBits')),
  ];
}
