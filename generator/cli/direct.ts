/** `shiftloom direct`: a factored layer as a chain of small layers. */
import path from 'node:path';
import { Option } from 'commander';
import { DIRECT_FILE, directExecution, writeDirect, type DirectReport, type OutputErrors } from '../flow/direct.js';
import { compareExecutions, EXECUTIONS, type ExecutionComparison } from '../flow/execution.js';
import { completeLanes, limitsOf, parseLanes } from '../flow/lanes.js';
import { openFloatLayer, openLayer } from '../flow/layers.js';
import type { CommandSpec } from './command.js';
import { foldingRequest, limitOptions, wholeNumber, type LimitFlags } from './options.js';
import { aligned, count, percent } from './terminal.js';

interface DirectFlags extends LimitFlags {
  readonly out?: string;
  readonly lanes?: string;
  readonly bits?: number;
  readonly block?: number;
  readonly float?: string;
  readonly macs?: number;
}

export const directCommand: CommandSpec<DirectFlags> = {
  name: 'direct',
  summary: "Run a layer's factors as convolutions of their own: the stages as layer files, what the outputs are worth, and whether stored or rebuilt weights are better.",
  args: [['<layer>', 'layer stored as factors, *.layer.json (compress --encoding cp)']],
  options: [
    new Option('--out <folder>', `folder of the stages' layer files and ${DIRECT_FILE}; nothing is written without it`),
    new Option('--lanes <folding>', 'the engine that stored and rebuilt weights are compared on, e.g. oc=16,ic=32,pixel=2; each stage has at most as many multiply-accumulates per cycle'),
    new Option('--bits <n>', 'bits of the values between stages (default 16)').argParser(wholeNumber('--bits', 2, 16)),
    new Option('--block <n>', 'channels that a lane of the middle stages chooses from (default 8; 1: plain depthwise)').argParser(wholeNumber('--block', 1, 16)),
    new Option('--float <layer>', 'the trained layer, *.float.json, to measure outputs against'),
    new Option('--macs <n>', 'at most so many multiply-accumulates per cycle in each stage').argParser(wholeNumber('--macs', 1, 32768)),
    ...limitOptions().filter(({ long }) => long !== '--latency'),
  ],
  example: 'shiftloom direct conv1.layer.json --out conv1_direct --macs 1024 --float conv1.float.json\nshiftloom run conv1_direct/conv1_input.layer.json --out rtl-out/conv1_input',
  run: async ([source], { out, bits, block, float, macs, lanes: text, ...flags }, context) => {
    const layer = await openLayer(source);
    const trained = float === undefined ? undefined : await openFloatLayer(float);
    const lanes = text === undefined ? undefined : completeLanes(layer, parseLanes(text));
    const most = macs ?? (lanes && lanes.oc * lanes.ic * lanes.pixel);
    const found = limitsOf(foldingRequest(flags))?.limits;
    const limits = found || most !== undefined ? { ...found, ...(most === undefined ? {} : { maxMacs: most }) } : undefined;
    const result = await directExecution(layer, { bits, block, float: trained, limits }, context);
    const comparison = compareExecutions(layer, result.report, { lanes, limits });
    const files = out === undefined ? [] : await writeDirect(out, result, comparison);
    const written = files.map((file) => path.join(out!, file));
    return { json: { files: written, ...result.report, comparison }, text: [directText(result.report), comparisonText(comparison), ...(files.length > 0 ? [written.join(', ')] : [])].join('\n') };
  },
};

function directText({ layer, form, rank, blocks, bits, macs, directMacs, stages, cycles, lut, dsp, bram36, errors }: DirectReport): string {
  const of = blocks > 1 ? `rank ${rank} in ${blocks} blocks` : `rank ${rank}`;
  return [
    `${layer}: ${form} factors of ${of} in ${stages.length} stages, ${bits} bits between them; ${count(directMacs)} instead of ${count(macs)} multiply-accumulates a frame (${percent(directMacs / macs)})`,
    aligned([
      ...stages.map((stage) => [stage.name, `${count(stage.cycles).padStart(10)} cycles  ${count(stage.lut).padStart(7)} LUT  ${String(stage.dsp).padStart(3)} DSP  ${String(stage.bram36).padStart(5)} BRAM  ${stage.lanes}, bound by ${stage.bound}`] as const),
      ['one after the other', `${count(cycles).padStart(10)} cycles  ${count(lut).padStart(7)} LUT  ${String(dsp).padStart(3)} DSP  ${String(bram36).padStart(5)} BRAM  (the largest stage)`],
    ]),
    aligned(errorRows(errors)),
  ].join('\n');
}

function comparisonText({ wins, because, rule, notRebuilt, notDirect, ...ways }: ExecutionComparison): string {
  const db = (value: number | null | undefined) => (value === undefined ? 'unknown' : value === null ? 'exact' : `${value.toFixed(1)} dB`);
  const rows = EXECUTIONS.flatMap((name) => {
    const cost = ways[name];
    if (!cost) return [[name, (name === 'rebuilt' ? notRebuilt : notDirect) ?? ''] as const];
    const unit = !('laneLut' in cost) ? '' : `  (${count(cost.reconstructionLut)} LUT to rebuild, ${percent(cost.reconstructionLut / cost.laneLut)} of the lanes')`;
    return [[name, `${count(cost.cycles).padStart(10)} cycles  ${count(cost.lut).padStart(7)} LUT  ${String(cost.dsp).padStart(3)} DSP  ${String(cost.bram36).padStart(5)} BRAM  ${db(cost.outputSqnrDb).padStart(8)}  ${cost.lanes}${unit}`] as const];
  });
  return `stored, rebuilt or direct:\n${aligned(rows)}\n  ${wins} wins: ${because}\n  rule: ${rule}`;
}

function errorRows({ measuredOn, ...errors }: OutputErrors): (readonly [string, string] | undefined)[] {
  const db = (value: number | null) => (value === null ? 'no difference' : `${value.toFixed(1)} dB`);
  const both = (title: string, direct: number | null, recoded: number | null) => [title, `${db(direct)} direct, ${db(recoded)} with recoded weights`] as const;
  return [
    errors.directAgainstFloat === undefined ? undefined : both('against the trained layer', errors.directAgainstFloat, errors.recodedAgainstFloat ?? null),
    both('against the factors', errors.directAgainstFactors, errors.recodedAgainstFactors),
    ['against recoded weights', `${db(errors.directAgainstRecoded)} direct`],
    ['outputs measured on', measuredOn],
  ];
}
