/** `shiftloom evaluate`: accuracy of the float network, of the golden model and of the simulated Verilog, side by side. */
import path from 'node:path';
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import { readLabelled } from '../data/labelled.js';
import { networkAccelerator } from '../flow/accelerator.js';
import { evaluateNetwork } from '../flow/evaluate.js';
import { EVALUATION_FILE, writeEvaluation } from '../flow/evaluation_files.js';
import { readFloatReference } from '../network/float_network.js';
import { type Network, classCount } from '../network/network.js';
import { isNetworkFile, readNetwork } from '../network/read.js';
import { DATASETS } from '../network/schema.js';
import { type Evaluation, type Score, evaluationPassed } from '../report/evaluation.js';
import type { CommandSpec } from './command.js';
import { formOption, oneOf, probability, wholeNumber, type FormFlags } from './options.js';
import { aligned, count, percent, seconds } from './terminal.js';

interface EvaluateFlags extends FormFlags {
  readonly data?: string;
  readonly samples?: number;
  readonly rtlSamples?: number;
  readonly stalls: number;
  readonly seed: number;
  readonly fps?: number;
  readonly engine: 'auto' | 'verilator' | 'embedded';
  readonly out?: string;
}

/** Pictures that are simulated unless another number is asked for: seconds for a small network. */
const DEFAULT_RTL_SAMPLES = 100;

export const evaluateCommand: CommandSpec<EvaluateFlags> = {
  name: 'evaluate',
  summary: 'Measure the accuracy of a network on labelled pictures: float, golden model and simulated Verilog.',
  args: [['<network>', 'the network file (*.network.json)']],
  options: [
    new Option('--data <source>', `${DATASETS.join(' or ')} (test pictures), or a folder with images.npy and labels.npy; default what the network names`),
    new Option('--samples <n>', 'pictures for the float network and the golden model, the first of the data (default all)').argParser(wholeNumber('--samples', 1)),
    new Option('--rtl-samples <n>', 'pictures whose classes the simulated Verilog gives, the first of the samples; every output word is compared; 0 leaves the simulation out (default 100, or all samples if they are fewer)').argParser(wholeNumber('--rtl-samples', 0)),
    new Option('--stalls <p>', 'probability of a pause in a cycle, on both streams of the simulation').argParser(probability('--stalls')).default(0.2),
    new Option('--seed <s>', 'seed of the pauses').argParser(wholeNumber('--seed', 0)).default(1),
    new Option('--fps <n>', 'frames per second at 200 MHz that the layers are folded to (default: the foldings that the network names, else 256 multiply-accumulates per cycle in all)').argParser(wholeNumber('--fps', 1, 200_000_000)),
    formOption(),
    new Option('--engine <name>', 'auto, verilator or embedded').argParser(oneOf('--engine', ['auto', 'verilator', 'embedded'])).default('auto'),
    new Option('--out <folder>', `folder for ${EVALUATION_FILE} and a page with the confusion matrix and every wrong picture`),
  ],
  example: 'shiftloom evaluate lenet.network.json --data mnist --rtl-samples 1000 --out evaluation',
  run: async ([source], flags, context) => {
    const network = await openNetwork(source);
    context.onProgress?.({ stage: 'evaluate', message: 'reading pictures' });
    const data = await readLabelled(dataSource(network, flags.data), network.input, classCount(network));
    const reference = await readFloatReference(network);
    const { samples = data.count, stalls, seed, fps, form, engine } = flags;
    const rtlSamples = flags.rtlSamples ?? Math.min(samples, DEFAULT_RTL_SAMPLES);
    const accelerator = rtlSamples > 0 ? await networkAccelerator(network, { fps, form, engine }, context) : undefined;
    const evaluation = await evaluateNetwork(network, data, { samples, rtlSamples, stalls, seed, reference, accelerator }, context);
    const page = flags.out === undefined ? undefined : await writeEvaluation(flags.out, evaluation, data, network.input);
    return {
      json: { ...(page === undefined ? {} : { files: [path.join(flags.out!, EVALUATION_FILE), page] }), passed: evaluationPassed(evaluation), ...evaluation },
      text: [evaluationText(evaluation), page].filter((part) => part !== undefined).join('\n'),
      exitCode: evaluationPassed(evaluation) ? 0 : 1,
    };
  },
};

async function openNetwork(source: string): Promise<Network> {
  if (!isNetworkFile(source)) throw new ShiftloomError('usage', source, 'is not a network file', 'Give a *.network.json file');
  return readNetwork(source);
}

function dataSource({ description }: Network, given: string | undefined): string {
  const source = given ?? description.dataset;
  if (source === undefined) throw new ShiftloomError('usage', '--data', 'is needed: the network names no data set', `Give ${DATASETS.join(', ')} or a folder with images.npy and labels.npy`);
  return source;
}

/** The small table, and the figures of the accelerator. */
function evaluationText(e: Evaluation): string {
  const line = (name: string, s: Score | undefined): readonly [string, string] | undefined => (s ? [name, `${percent(s.accuracy, 2).padStart(8)}   ${count(s.right)} of ${count(s.of)}`] : undefined);
  const { rtl, accelerator: a } = e;
  return [
    `${e.network} on ${e.data}: ${count(e.parametersStored)} parameters stored of ${count(e.parametersDense)}, ${(e.parametersDense / e.parametersStored).toFixed(1)} times fewer`,
    aligned([
      line('float', e.accuracy.float),
      line('golden', e.accuracy.golden),
      line('RTL', e.accuracy.rtl),
      rtl ? ['words', `${count(rtl.words)} output words compared with the golden model, ${count(rtl.mismatchedWords)} wrong`] : undefined,
      rtl?.firstMismatch ? ['first wrong', `picture ${rtl.firstMismatch.frame}, word ${rtl.firstMismatch.index}: ${rtl.firstMismatch.got}, expected ${rtl.firstMismatch.expected}`] : undefined,
      rtl?.timedOut ? ['hung', 'a run was stopped at the limit of cycles'] : undefined,
      ...(rtl?.protocolErrors ?? []).slice(0, 8).map((text) => ['protocol', text] as const),
      a ? ['speed', `${count(a.cyclesPerFrame)} cycles a frame, ${count(a.fps200MHz)} frames per second at 200 MHz; latency ${count(a.latencyCycles)} cycles`] : undefined,
      a ? ['resources', `${count(a.lut)} LUT, ${count(a.ff)} FF, ${count(a.dsp)} DSP48E1, ${a.bram36} RAMB36 (${a.resources})`] : undefined,
      ['time', `${seconds(e.seconds.networks)} for the networks${rtl ? `, ${seconds(e.seconds.simulation)} for the simulation` : ''}`],
    ]),
  ].join('\n');
}
