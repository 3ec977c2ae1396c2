/** Values of options: each parser throws a ShiftloomError that names the option, the value and what is allowed. */
import { Option } from 'commander';
import { ShiftloomError, nearestName } from '../errors.js';
import { DEFAULT_CLOCK_MHZ, type Amount, type FoldingRequest } from '../flow/lanes.js';
import { MOST_TURNS } from '../plan/turns.js';
import type { NetworkFoldingRequest } from '../flow/network_lanes.js';
import type { WeightsPlace } from '../plan/plan.js';

function wrong(option: string, value: string, allowed: string, wayOut = ''): ShiftloomError {
  return new ShiftloomError('usage', option, `is '${value}'; allowed: ${allowed}`, wayOut);
}

export function wholeNumber(option: string, low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const allowed = high === Number.MAX_SAFE_INTEGER ? `whole numbers from ${low}` : `whole numbers ${low}..${high}`;
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < low || value > high) throw wrong(option, text, allowed);
    return value;
  };
}

/** A number for which `accepts` holds; `allowed` says in words which do. */
export function realNumber(option: string, allowed: string, accepts: (value: number) => boolean): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || !accepts(value)) throw wrong(option, text, allowed);
    return value;
  };
}

export function probability(option: string): (text: string) => number {
  return realNumber(option, 'numbers from 0 up to below 1', (value) => value >= 0 && value < 1);
}

export function oneOf<T extends string>(option: string, names: readonly T[]): (text: string) => T {
  return (text) => {
    const found = names.find((name) => name === text);
    if (found !== undefined) return found;
    const near = nearestName(text, names);
    throw wrong(option, text, names.join(', '), near ? `Did you mean '${near}'?` : '');
  };
}

/** Whole numbers with commas (or `x`) between, as many as one of `counts`. */
export function numberList(option: string, example: string, counts: readonly number[]): (text: string) => number[] {
  return (text) => {
    const values = text.split(/[,x]/).map((part) => (/^-?\d+$/.test(part.trim()) ? Number(part) : NaN));
    if (values.some(Number.isNaN) || !counts.includes(values.length)) {
      const most = counts.length > 2 ? `1 to ${counts[counts.length - 1]}` : counts.join(' or ');
      throw wrong(option, text, `${most} whole numbers with commas between, as in ${example}`);
    }
    return values;
  };
}

/** A latency in cycles (`300000`) or in time (`1.5ms`, `800us`) at a clock in MHz. */
export function latencyCycles(text: string, clockMhz: number): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|us|cycles)?$/.exec(text.trim());
  const value = match ? Number(match[1]) : 0;
  const perUnit = match?.[2] === 'ms' ? 1000 * clockMhz : match?.[2] === 'us' ? clockMhz : 1;
  const cycles = Math.floor(value * perUnit);
  if (!match || cycles < 1) throw wrong('--latency', text, 'cycles as in 300000, or a time as in 1.5ms or 800us');
  return cycles;
}

/** Resources as a count (`120000`) or as a share of the part (`60%`). */
export function amount(option: string, least: number): (text: string) => Amount {
  return (text) => {
    const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
    const share = percent ? Number(percent[1]) / 100 : undefined;
    if (share !== undefined && share >= least / 100 && share <= 1) return { share };
    const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value) || value < least) throw wrong(option, text, `whole numbers from ${least}, or a share of the part up to 100%, as in 60%`);
    return value;
  };
}

/** The options of every folding: by hand, or by limits. */
export function foldingOptions(): Option[] {
  return [
    new Option('--lanes <folding>', 'parallel output channels, input channels and pixels, e.g. oc=4,ic=64,pixel=1; kind=dsp or kind=lut for uniform weights; dsp=2 runs the last two output channels on packed DSP48E1; select=off runs a layer with N:M sparsity dense; of a network NODE:oc=4,ic=64, once for each node').argParser(joinedLanes),
    holdOption(),
    fpsOption(),
    ...limitOptions(),
    weightsOption(),
  ];
}

function holdOption(): Option {
  const parse = (text: string) => {
    if (text === 'auto') return text;
    if (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_TURNS) return Number(text);
    throw wrong('--hold', text, `whole numbers 1..${MOST_TURNS}, or auto`);
  };
  return new Option('--hold <steps|auto>', 'hold each weight for so many pixel tiles, which saves energy; auto: for as many, up to 8, as cost no time').argParser(parse);
}

/** For searches for the folding of one layer. */
export function weightsOption(): Option {
  return new Option('--weights <place>', 'where the weights of the engine that is found are: resident, streamed or rebuilt (from factors, on chip); without it on chip if they fit').argParser(oneOf('--weights', ['resident', 'streamed', 'rebuilt'] as const));
}

/** Repeated `--lanes` are those of several nodes of a network. */
export function joinedLanes(text: string, before?: string): string {
  return before === undefined ? text : `${before};${text}`;
}

/** How a network is built. */
export interface FormFlags {
  readonly form?: 'dataflow' | 'shared';
}

export function formOption(): Option {
  return new Option('--form <form>', 'of a network: dataflow (an engine for each layer, the default) or shared (one engine for all; folding oc=16,ic=16)').argParser(oneOf('--form', ['dataflow', 'shared']));
}

/** @throws ShiftloomError('usage') if a layer is asked for in a form */
export function refuseForm(form: FormFlags['form']): void {
  if (form !== undefined) throw new ShiftloomError('usage', '--form', 'is for networks (*.network.json)', 'Leave it out');
}

export function fpsOption(): Option {
  return new Option('--fps <n>', 'of a network: fold its layers to so many frames a second').argParser(realNumber('--fps', 'numbers above 0', (v) => v > 0));
}

/** The options of every search for foldings. */
export function limitOptions(): Option[] {
  return [
    new Option('--target <part>', 'find the best folding for a part, e.g. XC7Z035: at most 70 % of its LUTs, 90 % of its DSP48E1 and block RAMs'),
    new Option('--max-lut <n|share>', 'at most so many LUTs, e.g. 60000 or 60%').argParser(amount('--max-lut', 1)),
    new Option('--max-dsp <n|share>', 'at most so many DSP48E1').argParser(amount('--max-dsp', 0)),
    new Option('--max-bram <n|share>', 'at most so many block RAMs (RAMB36)').argParser(amount('--max-bram', 0)),
    new Option('--latency <cycles|time>', 'the smallest folding that takes at most so long for a frame, e.g. 300000, 1.5ms, 800us; without it the fastest is found'),
    new Option('--clock <MHz>', 'clock of times in --latency and in what is printed').argParser(realNumber('--clock', 'numbers above 0', (v) => v > 0)).default(DEFAULT_CLOCK_MHZ),
  ];
}

export interface LimitFlags {
  readonly target?: string;
  readonly maxLut?: Amount;
  readonly maxDsp?: Amount;
  readonly maxBram?: Amount;
  readonly latency?: string;
  readonly clock: number;
}

export interface WeightsFlags {
  readonly weights?: WeightsPlace;
}

export interface FoldingFlags extends LimitFlags, WeightsFlags {
  readonly lanes?: string;
  readonly hold?: number | 'auto';
  readonly fps?: number;
}

/** @throws ShiftloomError('usage') for what is a network's alone */
export function foldingRequest({ fps, form, hold, weights, ...flags }: FoldingFlags & FormFlags): FoldingRequest {
  refuseForm(form);
  if (fps !== undefined) throw new ShiftloomError('usage', '--fps', 'is for networks (*.network.json)', 'Ask for the time of a frame of this layer: --latency 1ms');
  return { ...networkFoldingRequest(flags), ...(hold === undefined ? {} : { hold }), ...(weights === undefined ? {} : { weights }) };
}

/** @throws ShiftloomError('usage') for what is a layer's alone */
export function networkFoldingRequest({ lanes, hold, fps, target, maxLut, maxDsp, maxBram, latency, clock, weights }: FoldingFlags): NetworkFoldingRequest {
  if (hold !== undefined) throw new ShiftloomError('usage', '--hold', 'is for one layer', 'Give it with a node\'s folding: --lanes conv1:oc=4,ic=8,hold=4');
  refuseWeights(weights);
  return { ...(fps === undefined ? {} : { fps }), lanes, target, maxLut, maxDsp, maxBram, latencyCycles: latency === undefined ? undefined : latencyCycles(latency, clock), clock };
}

/** @throws ShiftloomError('usage') if a place is asked for the weights of a network */
export function refuseWeights(weights: WeightsPlace | undefined): void {
  if (weights !== undefined) throw new ShiftloomError('usage', '--weights', 'is for layers (*.layer.json)', 'Leave it out');
}

/** The options of every simulation. */
export function simulationOptions(): Option[] {
  return [
    new Option('--frames <n>', 'frames of the run with pauses').argParser(wholeNumber('--frames', 0, 100_000)).default(2),
    new Option('--seed <s>', 'seed of the pauses, and of the frames if the layer has no sample').argParser(wholeNumber('--seed', 0)).default(1),
    new Option('--stall-in <p>', 'probability of a pause before an input beat').argParser(probability('--stall-in')).default(0.2),
    new Option('--stall-out <p>', 'probability of back-pressure on the output').argParser(probability('--stall-out')).default(0.2),
    new Option('--engine <name>', 'auto, verilator or embedded').argParser(oneOf('--engine', ['auto', 'verilator', 'embedded'])).default('auto'),
    new Option('--waves <file>', 'FST waves of the frame without pauses, with a GTKWave save file beside it (Verilator only)'),
  ];
}

export interface SimulationFlags {
  readonly frames: number;
  readonly seed: number;
  readonly stallIn: number;
  readonly stallOut: number;
  readonly engine: 'auto' | 'verilator' | 'embedded';
  readonly waves?: string;
}

export function simulationRequest({ waves, ...rest }: SimulationFlags) {
  return { ...rest, ...(waves === undefined ? {} : { waves: { file: waves } }) };
}
