/** `shiftloom residency`: all weights of a network on chip at once, as factors. */
import path from 'node:path';
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import { parseLanes } from '../flow/lanes.js';
import { NETWORK_NAMES, RESIDENCY_DEFAULTS, networkResidency, writeResidency, type NetworkName } from '../flow/residency.js';
import type { Lanes } from '../plan/plan.js';
import { residencyJson, residencyText } from '../report/residency.js';
import type { CommandSpec } from './command.js';
import { numberList, oneOf, realNumber, wholeNumber } from './options.js';

interface ResidencyFlags {
  readonly network: NetworkName;
  readonly bram?: number;
  readonly ratio?: number;
  readonly ranks?: ReadonlyMap<string, number>;
  readonly unit?: readonly number[];
  readonly factorBits?: readonly number[];
  readonly lanes?: string;
  readonly ring?: number;
  readonly out?: string;
}

const { bram, unit, factorBits, ring } = RESIDENCY_DEFAULTS;

export const residencyCommand: CommandSpec<ResidencyFlags> = {
  name: 'residency',
  summary: "Plan a network whose weights all stay in block RAM as factors: ranks, the memory map of one reconstruction unit, cycles.",
  args: [],
  needed: [new Option('--network <name>', `whose convolution layers: ${NETWORK_NAMES.join(', ')}`).argParser(oneOf('--network', NETWORK_NAMES))],
  options: [
    new Option('--bram <n>', `block RAMs (RAMB36) for everything (default ${bram})`).argParser(wholeNumber('--bram', 1, 10_000)),
    new Option('--ratio <x>', 'so many times fewer factors than weights in every layer (default: the smallest ratio that fits)').argParser(realNumber('--ratio', 'numbers from 1', (v) => v >= 1)),
    new Option('--ranks <list>', 'ranks of single layers, as in conv1_1=27,conv1_2=96').argParser(rankList),
    new Option('--unit <r,o,i>', `lanes of the reconstruction unit: ranks, output channels, input channels (default ${Object.values(unit).join(',')})`).argParser(numberList('--unit', '16,4,4', [3])),
    new Option('--factor-bits <a,b,c>', `bits of a factor of output, input and kernel (default ${Object.values(factorBits).join(',')})`).argParser(numberList('--factor-bits', '4,4,4', [3])),
    new Option('--lanes <folding>', 'the engine that all layers share (default oc=16,ic=32,pixel=2)'),
    new Option('--ring <n>', `block RAMs that the engine's input ring may take (default ${ring})`).argParser(wholeNumber('--ring', 1, 10_000)),
    new Option('--out <folder>', 'folder for residency.json, residency.txt and the memory map residency.svg'),
  ],
  example: 'shiftloom residency --network vgg16 --out vgg16_residency\nshiftloom residency --network resnet50 --bram 500 --ratio 10',
  run: async (_, flags, context) => {
    context.onProgress?.({ stage: 'residency', message: `planning ${flags.network}` });
    const plan = networkResidency(flags.network, {
      bram: flags.bram, ratio: flags.ratio, ranks: flags.ranks, unit: unitOf(flags.unit), factorBits: bitsOf(flags.factorBits), lanes: lanesOf(flags.lanes), ring: flags.ring,
    });
    const files = flags.out === undefined ? [] : await writeResidency(flags.out, flags.network, plan);
    const written = files.map((file) => path.join(flags.out!, file));
    return { json: { files: written, ...residencyJson(flags.network, plan) }, text: [residencyText(flags.network, plan), written.join(', ')].join('\n').trimEnd() };
  },
};

function rankList(text: string): ReadonlyMap<string, number> {
  const entries = text.split(',').map((part) => /^\s*([a-z][a-z0-9_]*)\s*=\s*([1-9]\d{0,4})\s*$/.exec(part));
  if (entries.some((entry) => entry === null)) throw new ShiftloomError('usage', '--ranks', `is '${text}'; allowed: NAME=RANK with commas between, as in conv1_1=27,conv1_2=96`);
  return new Map(entries.map((entry) => [entry![1], Number(entry![2])]));
}

function unitOf(values: readonly number[] | undefined) {
  if (values === undefined) return undefined;
  const wrong = values.find((value) => value < 1 || value > 256);
  if (wrong !== undefined) throw new ShiftloomError('usage', '--unit', `is ${values.join(',')}; allowed: whole numbers 1..256`);
  const [ranks, outputs, inputs] = values;
  return { ranks, outputs, inputs };
}

function bitsOf(values: readonly number[] | undefined) {
  if (values === undefined) return undefined;
  const wrong = values.find((value) => value < 2 || value > 8);
  if (wrong !== undefined) throw new ShiftloomError('usage', '--factor-bits', `is ${values.join(',')}; allowed: whole numbers 2..8`);
  const [output, input, kernel] = values;
  return { output, input, kernel };
}

function lanesOf(text: string | undefined): Lanes | undefined {
  if (text === undefined) return undefined;
  const { oc = 1, ic = 1, pixel = 1, dsp, kind, select, weights, band, hold } = parseLanes(text);
  const foreign = Object.entries({ dsp, kind, select, weights, band, hold }).find(([, value]) => value !== undefined)?.[0];
  if (foreign !== undefined) throw new ShiftloomError('usage', '--lanes', `${foreign} is not chosen here: the engine has shift-add lanes and rebuilt weights`, 'Give oc, ic and pixel');
  return { oc, ic, pixel, kind: 'lut' };
}
