/**
 * What will be built: every width, depth, fold, latency and address step of one layer's engine. Numbers only, no text;
 * units and the cycle model read them and never work one out again.
 */
import type { Layer } from '../layer/layer.js';
import type { ScalarEncoding } from '../layer/schema.js';
import type { LaneKind } from './codes.js';
import type { FactorReconstructionPlan, RebuildLanes } from './factor_reconstruction.js';
import type { LoadableMemoryPlan } from './memory.js';
import type { PermuterPlan } from './permuter.js';
import type { ProcessingElementPlan } from './processing_element.js';
import type { ProcessingElementPairPlan } from './processing_element_pair.js';

export type WeightsPlace = 'resident' | 'streamed' | 'rebuilt';

/** Folding: oc * ic * pixel lanes, each a multiply-accumulate per cycle. */
export interface Lanes {
  readonly oc: number;
  readonly ic: number;
  readonly pixel: number;
  /** How `uniform` weights are multiplied; all other encodings are `lut`. */
  readonly kind: LaneKind;
  /**
   * Whether lanes select their inputs, for a layer that declares N:M sparsity: a step then covers ic * m / n channels.
   * Left out: if the layer declares one and `ic` is a multiple of n.
   */
  readonly select?: boolean;
  /** The last so many of the `oc` lanes are computed by DSP48E1, two channels in each; even, 0 if left out. The others are of `kind`. */
  readonly dsp?: number;
  /** Of a block-permuted layer: blocks at once, 1 if left out; the `oc` lanes are so many sets, each of which sees `ic` inputs of its own block. */
  readonly blocks?: number;
  /** All weights on chip (the default), or a channel tile at a time streamed in or rebuilt from factors; docs/architecture.md has both loop orders. */
  readonly weights?: WeightsPlace;
  /** Lanes that rebuild weights from factors; left out, the planner takes as few as hide it. */
  readonly rebuild?: RebuildLanes;
  /** Steps for which a weight word is held: so many pixel tiles take turns on it; 1 if left out. */
  readonly hold?: number;
  /** Output rows of a band with streamed or rebuilt weights; left out, the planner takes what the block RAM allows. */
  readonly band?: number;
}

/** The two kinds of output-channel lanes side by side. */
export interface ArrayPlan {
  /** Lanes that are processing elements of their own, and lanes that run in pairs; together `oc`. */
  readonly elementLanes: number;
  readonly pairLanes: number;
  /** Cycles from the operands to the tree's results at the accumulators: of the pairs, if there are any. */
  readonly latency: number;
  /** Cycles that the processing elements' finished sums wait for those of the pairs. */
  readonly elementWait: number;
  /** A register keeps the waiting sums: the next ones come no earlier than they are taken. Otherwise a delay line does. */
  readonly hold: boolean;
}

/** One AXI4-Stream: elements of 8 or 16 bits, a power of two of them in a beat. */
export interface StreamPlan {
  readonly elementBits: 8 | 16;
  readonly elements: number;
  readonly beatsPerPixel: number;
  readonly beatsPerFrame: number;
}

/** The input ring: rows of words, one bank for each pixel lane. All words are `channels` activations. */
export interface RingPlan {
  readonly rows: number;
  /** Input channels of a word, those of one step: `ic`, more if lanes select theirs, or those of all blocks at once. */
  readonly channels: number;
  /** Words of one input pixel: groups * ceil(group channels / channels). */
  readonly pixelWords: number;
  readonly groupWords: number;
  /** Words of one row in one bank. */
  readonly rowWords: number;
  readonly words: number;
  /** Words of a bank as built. */
  readonly depth: number;
  readonly addressWidth: number;
  /** Bits of a word's index within a pixel. */
  readonly channelWidth: number;
  readonly columns: number;
  readonly lastColumns: number;
  readonly columnBits: number;
  readonly block: boolean;
}

/** One kernel position as the sequencer's table holds it. */
export interface KernelOffset {
  /** Words to add for the row, modulo the ring. */
  readonly row: number;
  /** Words to add for the column, may be negative. */
  readonly column: number;
  /** Bank that pixel lane 0 reads. */
  readonly rotate: number;
  /** Rows and pixels from the window's corner, for the padding test; `x` has the left pad taken off. */
  readonly y: number;
  readonly x: number;
}

export interface SequencerPlan {
  /** Cycles of a tile, turns included, and its weight words: each is held for `turns` steps. */
  readonly steps: number;
  readonly words: number;
  readonly turns: number;
  /** Cycles between tiles beyond the steps, so that the requantizers can drain the array. */
  readonly gap: number;
  readonly tiles: number;
  readonly kernel: readonly KernelOffset[];
  /** Banks by which the kernel positions rotate the words, each once, rising. */
  readonly rotations: readonly number[];
  readonly hasPadding: boolean;
  readonly rowTiles: number;
  readonly lastPixels: number;
  /** Input rows under a kernel window. */
  readonly span: number;
  /** Ring word of the window's first row at reset; steps from row to row and from frame to frame, all modulo the ring. */
  readonly firstBase: number;
  readonly rowStep: number;
  readonly frameStep: number;
  /** Bits of input rows and pixels, of a kernel position, of a bank and of the count of idle cycles. */
  readonly yWidth: number;
  readonly xWidth: number;
  readonly kernelWidth: number;
  readonly rotateWidth: number;
  readonly gapWidth: number;
}

export interface RequantizePlan {
  readonly lanes: number;
  readonly multiplierWidth: number;
  readonly shiftMin: number;
  readonly shiftWidth: number;
  readonly low: number;
  readonly high: number;
  readonly zeroPoint: number;
  readonly outBits: number;
  readonly latency: number;
  /** Bits of one channel's parameters: bias, multiplier, shift. */
  readonly parameterBits: number;
}

export interface OutputPlan {
  readonly beatVectors: number;
  readonly vectorBits: number;
  readonly pixelVectors: number;
  readonly slots: number;
  readonly slotWidth: number;
  readonly slotBeats: number;
  readonly lastBeats: number;
  /** The same for slots of a group's last channel tile; a slot of all channels has only such. */
  readonly endSlotBeats: number;
  readonly endLastBeats: number;
  readonly block: boolean;
  readonly bram36: number;
}

/** Weights that come a channel tile at a time: bands of output rows, and the stream's form (rebuilt weights have none: no beats). */
export interface StreamedPlan {
  /** Bands of a frame; the weights are sent or rebuilt once for each. */
  readonly bands: number;
  readonly bandRows: number;
  readonly lastBandRows: number;
  /** Bits of a word's index within a half of the weight memory. */
  readonly wordWidth: number;
  /** 64-bit beats of a weight word, and of all words: one pass. */
  readonly beatsPerWord: number;
  readonly beatsPerPass: number;
}

/** What takes the time of a frame. */
export type TimeBound = 'compute' | 'requantizers' | 'input stream' | 'output stream' | 'weight stream' | 'rebuilding';

/** Cycles of a frame in which each would be busy if nothing else held it up. */
export interface BusyCycles {
  readonly compute: number;
  /** Steps of the array and the idle cycles that the requantizers need between tiles. */
  readonly requantizers: number;
  readonly inputStream: number;
  readonly outputStream: number;
  readonly weightStream: number;
  readonly rebuilding: number;
}

export interface Estimate {
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Clock cycles from start to done for one frame with a stream that is always ready. */
  readonly cycles: number;
  /** Of a block-permuted layer, whose frames are worth little one by one: cycles from frame to frame in a long run. */
  readonly cyclesBetweenFrames?: number;
  /** LUTs of all processing elements, in `lut` too. */
  readonly laneLut: number;
  /** LUTs of the unit that rebuilds weights from factors, in `lut` too; absent without one. */
  readonly reconstructionLut?: number;
  /** What the cycles are bound by, and how long each part would be busy. */
  readonly bound: TimeBound;
  readonly busy: BusyCycles;
}

/** Where an engine stands that is part of a network. */
export interface NodePlace {
  readonly network: string;
  /** The node's name; modules begin with `<network>_<name>`, memory files with `<name>_`. */
  readonly name: string;
}

/** The order in which the core of a block-permuted layer works: supergroups of `sets` blocks, which are worked on at once. */
export interface BlocksPlan {
  readonly sets: number;
  readonly supergroups: number;
  /** Blocks of the layer; the last supergroup may have room for more. */
  readonly count: number;
  /** Inputs and outputs of a block with its padding: multiples of the `ic` lanes and of a set's output lanes. */
  readonly blockInputs: number;
  readonly blockOutputs: number;
  /** Natural index of the input at each position of the core's input stream, -1: padding, any value will do. */
  readonly coreInputOrder: Int32Array;
  /** Natural index of the output at each position of the core's output stream, -1: padding, to be dropped. */
  readonly coreOutputOrder: Int32Array;
}

export interface LayerPlan {
  /** What the names of all modules begin with: the layer's name, in a network `<network>_<node>`. */
  readonly name: string;
  /** Absent for a stand-alone layer, which has control registers of its own. */
  readonly node?: NodePlace;
  readonly layer: Layer;
  /** What the array computes: the layer itself, or of a block-permuted one its blocks as groups of a 1x1 convolution (plan/block_core.ts). */
  readonly core: Layer;
  /** Of a block-permuted layer only. */
  readonly blocks?: BlocksPlan;
  readonly lanes: Lanes;
  /** As the lanes take it; a codebook has a zero level added if the channels are not a multiple of the lanes. */
  readonly encoding: ScalarEncoding;
  /** Of the layer without zeros left out; of a block-permuted one those of its blocks. */
  readonly macs: number;
  /** Most of these that a cycle gets done: oc * channels of a step that a lane covers * pixel. */
  readonly peakMacsPerCycle: number;
  readonly accumulatorWidth: number;
  /** Streams of the engine's ports. */
  readonly input: StreamPlan;
  readonly output: StreamPlan;
  /** Streams behind the input permuter and in front of the output permuter; those of the ports without them. */
  readonly coreInput: StreamPlan;
  readonly coreOutput: StreamPlan;
  /** In front of and behind the core of a block-permuted layer, where the order of its blocks is not the natural one. */
  readonly inputPermuter?: PermuterPlan;
  readonly outputPermuter?: PermuterPlan;
  readonly ring: RingPlan;
  readonly sequencer: SequencerPlan;
  /** Of the lanes that do not run in pairs; worked out even if there are none. */
  readonly processingElement: ProcessingElementPlan;
  /** Undefined without lanes in pairs. */
  readonly processingElementPair?: ProcessingElementPairPlan;
  readonly array: ArrayPlan;
  /** Weight words of the whole layer. */
  readonly weightWords: number;
  /** Memory of all words, or with streamed weights of two channel tiles: the halves. */
  readonly weightMemory: LoadableMemoryPlan;
  /** Absent if all weights are on chip. */
  readonly streamed?: StreamedPlan;
  /** The unit that fills the halves from factors, in place of the weight stream. */
  readonly reconstruction?: FactorReconstructionPlan;
  readonly parameterMemory: LoadableMemoryPlan;
  readonly requantize: RequantizePlan;
  readonly outputBuffer: OutputPlan;
  /** Cycles from the address on the activation RAMs to the operands at the processing elements. */
  readonly readLatency: number;
  /** Registers of the accumulators' control behind its delay line: one for each element, and one for each pixel lane before them in a large array. */
  readonly controlStages: 1 | 2;
}
