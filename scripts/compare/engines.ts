/** The engines that are compared: weight encoding, activations, and folding, all on the conv4_1-shaped layer. */
import type { CompressOptions } from '../../generator/compress/options.js';
import type { Conv41Options } from '../conv4_1/layer.js';

export type Mode = 'equal' | 'device';

export interface ComparedEngine {
  readonly name: string;
  /** What it is, in a few words. */
  readonly what: string;
  /** Folder of its layer. */
  readonly layer: string;
  readonly options: Conv41Options;
  /** About 256 effective multiply-accumulates per cycle. */
  readonly equal: string;
  /** As large as the part holds: by hand with the reason, or found by the planner, with or without DSP48E1 in the array. */
  readonly device: { readonly lanes: string; readonly why: string } | 'planner' | 'planner without DSP48E1';
}

const layer = (compress: CompressOptions, activationBits: 8 | 16 = 8): Conv41Options => ({ activationBits, compress });
const uniform = (bits: number): CompressOptions => ({ encoding: { encoding: 'uniform', bits } });
const BPOT: CompressOptions = { encoding: { encoding: 'bpot', groupSize: 16 } };
/** Groups of 32 channels, so that 16 lanes share an exponent as in the dense engine. */
const PRUNED: CompressOptions = { encoding: { encoding: 'bpot', groupSize: 32 }, prune: { n: 2, m: 4 } };

const HELD = 'what the planner finds, with weights held for a quarter of a row';
const HELD_PAIRS = 'as fast as what the planner finds, in fewer and larger processing elements, so that holding weights costs fewer LUTs';

/** In the order of the tables; the first three are the baselines. */
export const ENGINES: readonly ComparedEngine[] = [
  {
    name: 'int16',
    what: '16-bit weights and activations, one multiply-accumulate in a DSP48E1',
    layer: 'int16',
    options: layer(uniform(16), 16),
    equal: 'oc=4,ic=64,pixel=1,kind=dsp,weights=streamed',
    device: {
      lanes: 'oc=12,ic=64,pixel=1,kind=dsp,weights=streamed',
      why: '768 + requantizers of 810 DSP48E1 (90 %); the weights, 18.9 Mbit, are more than the block RAM holds and are streamed',
    },
  },
  {
    name: 'int8',
    what: '8-bit weights and activations, one multiply-accumulate in a DSP48E1',
    layer: 'int8',
    options: layer(uniform(8)),
    equal: 'oc=4,ic=64,pixel=1,kind=dsp',
    device: { lanes: 'oc=12,ic=64,pixel=1,kind=dsp', why: '768 + requantizers of 810 DSP48E1 (90 %); another tile of 64 channels does not fit' },
  },
  {
    name: 'packed int8',
    what: '8-bit weights and activations, two multiply-accumulates packed in a DSP48E1',
    layer: 'int8',
    options: layer(uniform(8)),
    equal: 'oc=4,ic=64,pixel=1,dsp=4',
    device: { lanes: 'oc=24,ic=64,pixel=1,dsp=24', why: '768 + requantizers of 810 DSP48E1 (90 %), two output channels in each' },
  },
  {
    name: 'int16 held',
    what: 'int16 with each weight held for 14 pixels',
    layer: 'int16',
    options: layer(uniform(16), 16),
    equal: 'oc=4,ic=64,pixel=1,kind=dsp,weights=streamed,hold=14',
    device: { lanes: 'oc=12,ic=64,pixel=1,kind=dsp,weights=streamed,hold=14', why: 'as int16' },
  },
  {
    name: 'int8 held',
    what: 'int8 with each weight held for 14 pixels',
    layer: 'int8',
    options: layer(uniform(8)),
    equal: 'oc=4,ic=64,pixel=1,kind=dsp,hold=14',
    device: { lanes: 'oc=12,ic=64,pixel=1,kind=dsp,hold=14', why: 'as int8' },
  },
  {
    name: 'hybrid int8',
    what: '8-bit weights, part of the lanes as Booth digits in LUTs, part in DSP48E1, two in each',
    layer: 'int8',
    options: layer(uniform(8)),
    equal: 'oc=4,ic=64,pixel=1,kind=lut,dsp=2',
    device: 'planner',
  },
  { name: 'int8 in LUTs', what: '8-bit weights, Booth digits in LUTs', layer: 'int8', options: layer(uniform(8)), equal: 'oc=4,ic=64,pixel=1,kind=lut', device: 'planner without DSP48E1' },
  { name: 'int4 in LUTs', what: '4-bit weights, Booth digits in LUTs', layer: 'int4', options: layer(uniform(4)), equal: 'oc=4,ic=64,pixel=1,kind=lut', device: 'planner without DSP48E1' },
  { name: 'pot', what: 'one power of two', layer: 'pot', options: layer({ encoding: { encoding: 'pot' } }), equal: 'oc=4,ic=64,pixel=1,hold=14', device: { lanes: 'oc=18,ic=256,pixel=1,hold=7', why: HELD } },
  { name: 'apot', what: 'two powers of two in 4 bits', layer: 'apot', options: layer({ encoding: { encoding: 'apot' } }), equal: 'oc=4,ic=64,pixel=1,hold=14', device: { lanes: 'oc=18,ic=256,pixel=1,hold=7', why: HELD } },
  { name: 'bpot', what: 'one of three powers of two times a group exponent', layer: 'bpot', options: layer(BPOT), equal: 'oc=4,ic=64,pixel=1,hold=14', device: { lanes: 'oc=52,ic=64,pixel=2,hold=7', why: HELD_PAIRS } },
  {
    name: 'hybrid bpot',
    what: 'bpot, part of the lanes in DSP48E1, two in each',
    layer: 'bpot',
    options: layer(BPOT),
    equal: 'oc=4,ic=64,pixel=1,dsp=2,hold=14',
    device: { lanes: 'oc=32,ic=32,pixel=7,dsp=6,hold=2', why: 'the engine of bench:conv4_1, which the planner finds with `dsp=4` and as fast, holding weights for as long as 70 % of the LUTs allow' },
  },
  {
    name: '2:4 bpot',
    what: 'bpot, two of four input channels kept by magnitude, lanes that select their inputs',
    layer: 'bpot24',
    options: layer(PRUNED),
    equal: 'oc=4,ic=32,pixel=1,hold=14',
    device: { lanes: 'oc=32,ic=64,pixel=2,hold=7', why: HELD_PAIRS },
  },
  {
    name: '2:4 hybrid bpot',
    what: '2:4 bpot, part of the lanes in DSP48E1, two pixels in each',
    layer: 'bpot24',
    options: layer(PRUNED),
    equal: 'oc=2,ic=32,pixel=2,dsp=1,hold=14',
    device: 'planner',
  },
];

/** Engines whose time, DSP48E1 and energy the others are set against. */
export const BASELINES = ['int16', 'int8', 'packed int8'] as const;
