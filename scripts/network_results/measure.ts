/**
 * One network of examples/networks: accuracies, simulation of its accelerator, and its count by Yosys. Each of the three is kept by a hash of what it depends on, so that
 * a change of the templates does not run 10,000 pictures through the golden model again.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLabelled } from '../../generator/data/labelled.js';
import { ShiftloomError } from '../../generator/errors.js';
import { type GeneratedAccelerator, networkAccelerator } from '../../generator/flow/accelerator.js';
import type { FlowContext } from '../../generator/flow/context.js';
import { evaluateNetwork } from '../../generator/flow/evaluate.js';
import type { ResultCache } from '../../generator/flow/result_cache.js';
import { synthesizeFlow } from '../../generator/flow/synthesize.js';
import { readFloatReference } from '../../generator/network/float_network.js';
import { type Network, classCount } from '../../generator/network/network.js';
import { readNetwork } from '../../generator/network/read.js';
import { evaluationPassed } from '../../generator/report/evaluation.js';
import type { NetworkRow } from './rows.js';

/** Pictures for the float network and the golden model: the whole test part. */
export const GOLDEN_SAMPLES = 10_000;
const RTL_SAMPLES = 1_000;
/** LeNet-300-100 is small enough for more. */
const MANY_RTL_SAMPLES = 2_000;
/** What a run for a first look may have simulated. */
const FEWER_SAMPLES = [1_000, 500, 200, 100];
const STALLS = 0.2;

export interface Example {
  /** Name of the folder. */
  readonly id: string;
  readonly folder: string;
  readonly file: string;
}

/** Folders with a network file, by name. */
export function exampleNetworks(root: string): Example[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      const folder = join(root, name);
      const file = readdirSync(folder).find((entry) => entry.endsWith('.network.json'));
      return file === undefined ? [] : [{ id: name, folder, file: join(folder, file) }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Pictures of a network that are simulated. */
export function rtlSamples(network: string): number {
  return network.startsWith('lenet_300') || network.startsWith('lenet300') ? MANY_RTL_SAMPLES : RTL_SAMPLES;
}

export interface MeasureOptions {
  readonly cache: ResultCache;
  /** Hash of the code that the golden model and the float network are made of. */
  readonly code: string;
  /** Take what was kept only; of simulations the one of the most pictures. */
  readonly keptOnly?: boolean;
  /** Pictures to simulate, in place of the usual number. */
  readonly rtlSamples?: number;
  readonly context?: FlowContext;
}

/** Row of a network; undefined if parts are missing that may not be measured now. @throws ShiftloomError('check') if a simulated word is wrong */
export async function networkRow(example: Example, options: MeasureOptions): Promise<NetworkRow | undefined> {
  const network = await readNetwork(example.file);
  const { dataset } = network.description;
  if (dataset === undefined) throw new ShiftloomError('input', `${example.file} $.dataset`, 'is missing; results need the data set');
  const accelerator = await networkAccelerator(network, {}, options.context);
  const files = hashOf(filesWithin(example.folder).map((file) => readFileSync(file)));
  const verilog = hashOf([...accelerator.files].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([path, text]) => (/\.(v|mem)$/.test(path) ? [path, text] : [])));
  const get = <T>(key: readonly string[], make: () => Promise<T>): Promise<T | undefined> => (options.keptOnly ? options.cache.known<T>(key) : options.cache.result(key, make));
  const accuracy = await get(['accuracy', options.code, files], () => accuracyOf(network, dataset, options.context));
  const wanted = options.rtlSamples ?? rtlSamples(network.description.name);
  const rtlKey = (samples: number) => ['rtl', 'classes and the words before them', verilog, files, String(samples), String(STALLS)];
  const rtl = options.keptOnly ? await mostKept(options.cache, [wanted, ...FEWER_SAMPLES], rtlKey) : await get(rtlKey(wanted), () => simulatedOf(network, dataset, accelerator, wanted, options.context));
  const area = await get(['synthesis', verilog], () => areaOf(accelerator, options.context));
  if (!accuracy || !rtl || !area) return undefined;
  return { network: network.description.name, dataset, ...accuracy, ...rtl, ...area };
}

/** The first that was kept. */
async function mostKept(cache: ResultCache, counts: readonly number[], keyOf: (samples: number) => readonly string[]): Promise<Simulated | undefined> {
  for (const count of counts) {
    const known = await cache.known<Simulated>(keyOf(count));
    if (known) return known;
  }
  return undefined;
}

function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(createHash('sha256').update(part).digest());
  return hash.digest('hex');
}

/** All files of a folder and of those in it, in order. */
export function filesWithin(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name)).sort();
}

type Accuracy = Pick<NetworkRow, 'floatAccuracy' | 'goldenAccuracy' | 'goldenSamples' | 'parametersDense' | 'parametersStored'>;

async function accuracyOf(network: Network, dataset: string, context?: FlowContext): Promise<Accuracy> {
  const reference = await readFloatReference(network);
  if (!reference) throw new ShiftloomError('input', `${network.path} $.reference.float`, 'is missing; results need the float network');
  const data = await readLabelled(dataset, network.input, classCount(network));
  const { accuracy, parametersDense, parametersStored } = await evaluateNetwork(network, data, { samples: GOLDEN_SAMPLES, reference }, context);
  return { floatAccuracy: accuracy.float!.accuracy, goldenAccuracy: accuracy.golden.accuracy, goldenSamples: accuracy.golden.of, parametersDense, parametersStored };
}

type Simulated = Pick<NetworkRow, 'rtlAccuracy' | 'rtlSamples' | 'mismatchedWords' | 'cyclesPerFrame' | 'fps200MHz'>;

async function simulatedOf(network: Network, dataset: string, accelerator: GeneratedAccelerator, samples: number, context?: FlowContext): Promise<Simulated> {
  const data = await readLabelled(dataset, network.input, classCount(network));
  const evaluation = await evaluateNetwork(network, data, { samples, rtlSamples: samples, accelerator, stalls: STALLS }, context);
  const rtl = evaluation.rtl!;
  if (!evaluationPassed(evaluation)) {
    const why = rtl.timedOut ? 'it hung' : rtl.mismatchedWords > 0 ? `${rtl.mismatchedWords} of ${rtl.words} words are wrong` : rtl.protocolErrors[0];
    throw new ShiftloomError('check', network.description.name, `the simulated accelerator is wrong: ${why}`, `See it with: shiftloom evaluate ${network.path} --rtl-samples ${samples}`);
  }
  const { cyclesPerFrame, fps200MHz } = evaluation.accelerator!;
  return { rtlAccuracy: evaluation.accuracy.rtl!.accuracy, rtlSamples: samples, mismatchedWords: rtl.mismatchedWords, cyclesPerFrame, fps200MHz };
}

async function areaOf(accelerator: GeneratedAccelerator, context?: FlowContext): Promise<Pick<NetworkRow, 'lut' | 'ff' | 'dsp' | 'bram36'>> {
  const { resources } = await synthesizeFlow(accelerator, {}, context);
  const { lut, ff, dsp, bram36 } = resources;
  return { lut, ff, dsp, bram36 };
}
