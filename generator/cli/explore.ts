/** `shiftloom explore`: the Pareto front of a layer's foldings. */
import path from 'node:path';
import { Option } from 'commander';
import { ENCODING_NAMES } from '../flow/encoding_names.js';
import { exploreLayers, writeExploration } from '../flow/explore.js';
import { exploreInputs } from '../flow/explore_inputs.js';
import type { ExploredPoint, ExploredSeries, Exploration } from '../report/exploration.js';
import type { CommandSpec } from './command.js';
import { foldingRequest, limitOptions, weightsOption, wholeNumber, type LimitFlags, type WeightsFlags } from './options.js';
import { aligned, count, percent } from './terminal.js';

interface ExploreFlags extends LimitFlags, WeightsFlags {
  readonly out: string;
  readonly encodings?: string;
  readonly synthesize: number;
  readonly cache?: string;
}

export const exploreCommand: CommandSpec<ExploreFlags> = {
  name: 'explore',
  summary: 'Find the Pareto front of a layer: the fastest folding for every size, within the limits of a part.',
  args: [['<layer>', 'compressed layer file, *.layer.json; or a float layer, *.float.json, to compare encodings']],
  options: [
    ...limitOptions(),
    weightsOption(),
    new Option('--out <folder>', 'folder for explore.svg, explore.csv and explore.json').default('explore'),
    new Option('--encodings <list>', `for a float layer: encodings to compare, of ${ENCODING_NAMES} (default pot,apot,bpot,uniform4)`),
    new Option('--synthesize <n>', 'synthesize so many points of each front, spread over its sizes').argParser(wholeNumber('--synthesize', 0, 1000)).default(0),
    new Option('--cache <folder>', 'folder of results; an interrupted run goes on from there (default: in the package)'),
  ],
  example: 'shiftloom explore conv1.layer.json --target XC7Z035 --out conv1_front --synthesize 3\nshiftloom explore conv1.float.json --encodings pot,apot,bpot,uniform4',
  run: async ([source], flags, context) => {
    const inputs = await exploreInputs(source, flags.encodings, context);
    const options = { limits: foldingRequest(flags), synthesize: flags.synthesize, cacheDir: flags.cache };
    const { exploration, work } = await exploreLayers(inputs, options, context);
    context.signal?.throwIfAborted();
    const files = await writeExploration(flags.out, exploration);
    const cached = work.cached > 0 ? ` (${work.cached} of ${work.parts} parts were there already)` : '';
    return {
      json: { folder: flags.out, files, work, ...exploration },
      text: `${explorationText(exploration)}\n${files.map((file) => path.join(flags.out, file)).join(', ')}${cached}`,
    };
  },
};

/** Points of a front that a screen shows. */
const SHOWN = 10;

function explorationText({ layer, macs, target, limits, clockMHz, series }: Exploration): string {
  const within = `${target}, at most ${count(limits.maxLut ?? 0)} LUT, ${count(limits.maxDsp ?? 0)} DSP, ${count(limits.maxBram ?? 0)} block RAM; ${clockMHz} MHz`;
  return [`${layer}: ${count(macs)} multiply-accumulates a frame; ${within}`, ...series.map(seriesText)].join('\n');
}

function seriesText({ label, points, considered, planned, weightSqnrDb }: ExploredSeries): string {
  const shown = points.filter((_, i) => i === points.length - 1 || i % Math.ceil(points.length / SHOWN) === 0);
  const sqnr = weightSqnrDb === undefined || weightSqnrDb === null ? '' : `, weights at ${weightSqnrDb.toFixed(1)} dB`;
  const head = `${label}${sqnr}: ${points.length} foldings on the front, of ${count(considered)} compared and ${count(planned)} planned`;
  const marked = points.filter((p) => p.measured && !shown.includes(p));
  return [head, aligned([...shown, ...marked].sort((a, b) => a.lut - b.lut).map((p) => [`${p.timeMs.toPrecision(3)} ms`, pointText(p)] as const))].join('\n');
}

function pointText({ lanes, cycles, utilization, lut, dsp, bram36, bound, measured }: ExploredPoint): string {
  const counted = measured ? `; Yosys: ${count(measured.lut)} LUT, ${measured.dsp} DSP, ${measured.bram36} block RAM, ${measured.clockMHz ?? '?'} MHz` : '';
  return `${count(cycles).padStart(11)} cycles  ${percent(utilization).padStart(6)}  ${count(lut).padStart(8)} LUT  ${String(dsp).padStart(4)} DSP  ${String(bram36).padStart(6)} BRAM  ${lanes}, bound by ${bound}${counted}`;
}
