/** `shiftloom generate`: a compressed layer as Verilog. */
import { Option } from 'commander';
import { compareWays } from '../flow/compare_ways.js';
import { designDifferences, generateTimed, writeDesign } from '../flow/design.js';
import { EXECUTIONS, type ExecutionComparison, type ExecutionCost } from '../flow/execution.js';
import { chooseLanes, type Folding } from '../flow/lanes.js';
import { openLayer } from '../flow/layers.js';
import type { Generated } from '../generate.js';
import { bindingOf, type Binding } from '../plan/binding.js';
import { lanesText, rebuildText } from '../plan/lanes_text.js';
import type { Estimate } from '../plan/plan.js';
import { isNetworkFile } from '../network/read.js';
import type { CommandSpec } from './command.js';
import { generateFromNetwork } from './network.js';
import { foldingOptions, foldingRequest, formOption, type FoldingFlags, type FormFlags } from './options.js';
import { checked } from './result_text.js';
import { aligned, count, percent, seconds } from './terminal.js';

interface GenerateFlags extends FoldingFlags, FormFlags {
  readonly out: string;
  readonly check?: boolean;
}

export const generateCommand: CommandSpec<GenerateFlags> = {
  name: 'generate',
  summary: 'Generate the Verilog of a compressed layer or a network, and estimate its size and speed.',
  args: [['<layer>', 'compressed layer file, *.layer.json, or network file, *.network.json']],
  needed: [
    new Option('--out <folder>', 'folder of the design; one that shiftloom wrote before is replaced'),
  ],
  options: [
    ...foldingOptions(),
    formOption(),
    new Option('--check', 'write nothing; exit 1 if the folder differs from what would be written'),
  ],
  example: 'shiftloom generate conv1.layer.json --out rtl-out/conv1 --lanes oc=4,ic=64,pixel=1\nshiftloom generate conv1.layer.json --out rtl-out/conv1 --target XC7Z035 --latency 1.5ms',
  run: async ([source], flags, context) => {
    if (isNetworkFile(source)) return generateFromNetwork(source, flags, context);
    const layer = await openLayer(source);
    const folding = chooseLanes(layer, foldingRequest(flags));
    const { generated, seconds: time } = await generateTimed(layer, folding.lanes, context);
    const execution = await compareWays(layer, folding, context);
    if (flags.check) return checked(flags.out, await designDifferences(flags.out, generated, execution));
    await writeDesign(flags.out, generated, execution);
    return {
      json: { ...designFacts(generated, folding), ...(execution ? { execution } : {}), folder: flags.out, files: [...generated.files.keys()], seconds: time },
      text: `${designText(generated, folding, execution)}\n${aligned([['written', `${generated.files.size} files to ${flags.out} in ${seconds(time)}`]])}`,
    };
  },
};

/** What is known about a design before it is synthesized. */
export function designFacts({ plan, estimate }: Generated, { considered, planned, target, clock }: Folding): object {
  return {
    layer: plan.name,
    encoding: plan.encoding.encoding,
    lanes: plan.lanes,
    ...(considered === undefined ? {} : { considered, planned }),
    ...(target ? { target: target.part.name, limits: target.limits } : {}),
    binding: bindingOf(plan, estimate, target?.limits),
    macs: plan.macs,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    accumulatorWidth: plan.accumulatorWidth,
    estimate: { ...estimate, utilization: plan.macs / (estimate.cycles * plan.peakMacsPerCycle), milliseconds: milliseconds(estimate.cycles, clock) },
  };
}

/** @param execution of a layer stored as factors: which way to run it is best */
export function designText({ plan, estimate }: Generated, { considered, planned, target, clock }: Folding, execution?: ExecutionComparison): string {
  const how = considered === undefined ? '' : `, chosen from ${count(considered)} foldings (${count(planned ?? considered)} planned)`;
  const use = percent(plan.macs / (estimate.cycles * plan.peakMacsPerCycle));
  return [
    `${plan.name}: ${plan.encoding.encoding} weights, ${count(plan.macs)} multiply-accumulates a frame`,
    aligned([
      ['lanes', `${lanesText(plan.lanes)}: ${count(plan.peakMacsPerCycle)} multiply-accumulates per cycle${how}`],
      ['estimate', `${count(estimate.lut)} LUT, ${count(estimate.ff)} FF, ${count(estimate.dsp)} DSP, ${estimate.bram36} block RAM (RAMB36)`],
      target ? ['target', targetText(estimate, target)] : undefined,
      ['cycles', `${count(estimate.cycles)} a frame, ${use} of peak; ${milliseconds(estimate.cycles, clock).toFixed(3)} ms at ${clock} MHz`],
      estimate.cyclesBetweenFrames ? ['in a row', `${count(estimate.cyclesBetweenFrames)} from frame to frame, ${percent(plan.macs / (estimate.cyclesBetweenFrames * plan.peakMacsPerCycle))} of peak`] : undefined,
      plan.reconstruction ? ['weights', `rebuilt ${rebuildText(plan.reconstruction.lanes)} (ranks x outputs x inputs), ${count(plan.reconstruction.tileCycles)} cycles a channel tile, for each of ${count(plan.streamed!.bands)} band(s)`] : undefined,
      plan.streamed && !plan.reconstruction ? ['weights', `streamed, ${count(plan.streamed.beatsPerPass)} beats for each of ${count(plan.streamed.bands)} band(s) of ${count(plan.streamed.bandRows)} rows`] : undefined,
      ['bound by', bindingText(bindingOf(plan, estimate, target?.limits))],
      execution ? ['best run', executionLine(execution)] : undefined,
    ]),
  ].join('\n');
}

/** `direct wins: 3,469 cycles, 31,813 LUT, 54.5 dB; stored 18,883 cycles, 20,421 LUT, ...` */
function executionLine({ wins, notRebuilt, notDirect, outputsAgainst, ...ways }: ExecutionComparison): string {
  const text = (cost: ExecutionCost) => {
    const outputs = cost.outputSqnrDb === undefined ? '' : `, ${cost.outputSqnrDb === null ? 'exact' : `${cost.outputSqnrDb.toFixed(1)} dB`}`;
    return `${count(cost.cycles)} cycles, ${count(cost.lut)} LUT, ${cost.bram36} block RAM${outputs}`;
  };
  const others = EXECUTIONS.filter((name) => name !== wins).map((name) => `${name} ${ways[name] ? text(ways[name]) : `is not possible (${(name === 'rebuilt' ? notRebuilt : notDirect) ?? ''})`}`);
  return `${wins}: ${text(ways[wins]!)}; ${others.join('; ')}`;
}

function targetText({ lut, dsp, bram36 }: Estimate, { part, limits }: NonNullable<Folding['target']>): string {
  const of = (used: number, has: number, most: number | undefined, name: string) => `${percent(used / has)} of the ${name}s (at most ${percent((most ?? has) / has)})`;
  return `${part.title}: ${of(lut, part.lut, limits.maxLut, 'LUT')}, ${of(dsp, part.dsp, limits.maxDsp, 'DSP')}, ${of(bram36, part.bram36, limits.maxBram, 'block RAM')}`;
}

/** `LUT (97.4 % of the limit); the array works in 98.9 % of the cycles`. */
export function bindingText({ binds, time, timeShare, resource, resourceShare }: Binding): string {
  const worker = { compute: 'the array', requantizers: 'the requantizers', 'input stream': 'the input stream', 'output stream': 'the output stream', 'weight stream': 'the weight stream', rebuilding: 'the rebuilding of weights' }[time];
  const limit = resource && resourceShare !== undefined ? ` (${resource} at ${percent(resourceShare)} of its limit)` : '';
  const works = time === 'compute' ? 'works' : time === 'requantizers' ? 'work' : 'is busy';
  return `${binds}${limit}; ${worker} ${works} in ${percent(timeShare)} of the cycles`;
}

function milliseconds(cycles: number, clock: number): number {
  return cycles / (1000 * clock);
}
