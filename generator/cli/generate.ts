/** `shiftloom generate`: a compressed layer as Verilog. */
import { Option } from 'commander';
import { designDifferences, generateTimed, writeDesign } from '../flow/design.js';
import { chooseLanes, type Folding } from '../flow/lanes.js';
import { openLayer } from '../flow/layers.js';
import type { Generated } from '../generate.js';
import type { CommandSpec } from './command.js';
import { foldingOptions, foldingRequest, type FoldingFlags } from './options.js';
import { aligned, count, percent, seconds, type CommandResult } from './terminal.js';

interface GenerateFlags extends FoldingFlags {
  readonly out: string;
  readonly check?: boolean;
}

export const generateCommand: CommandSpec<GenerateFlags> = {
  name: 'generate',
  summary: 'Generate the Verilog of a compressed layer, and estimate its size and speed.',
  args: [['<layer>', 'compressed layer file, *.layer.json']],
  needed: [
    new Option('--out <folder>', 'folder of the design; one that shiftloom wrote before is replaced'),
  ],
  options: [
    ...foldingOptions(),
    new Option('--check', 'write nothing; exit 1 if the folder differs from what would be written'),
  ],
  example: 'shiftloom generate conv1.layer.json --out rtl-out/conv1 --lanes oc=4,ic=64,pixel=1\nshiftloom generate conv1.layer.json --out rtl-out/conv1 --latency 1.5ms',
  run: async ([source], flags, context) => {
    const layer = await openLayer(source);
    const folding = chooseLanes(layer, foldingRequest(flags));
    const { generated, seconds: time } = await generateTimed(layer, folding.lanes, context);
    if (flags.check) return checked(flags.out, await designDifferences(flags.out, generated));
    await writeDesign(flags.out, generated);
    return {
      json: { ...designFacts(generated, folding), folder: flags.out, files: [...generated.files.keys()], seconds: time },
      text: `${designText(generated, folding)}\n${aligned([['written', `${generated.files.size} files to ${flags.out} in ${seconds(time)}`]])}`,
    };
  },
};

function checked(folder: string, differing: readonly string[]): CommandResult {
  const text = differing.length === 0 ? `${folder} is as it would be written` : `${folder} differs:\n${differing.map((file) => `  ${file}`).join('\n')}`;
  return { json: { folder, differing }, text, exitCode: differing.length === 0 ? 0 : 1 };
}

/** What is known about a design before it is synthesized. */
export function designFacts({ plan, estimate }: Generated, { considered }: Folding): object {
  return {
    layer: plan.name,
    encoding: plan.encoding.encoding,
    lanes: plan.lanes,
    ...(considered === undefined ? {} : { considered }),
    macs: plan.macs,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    accumulatorWidth: plan.accumulatorWidth,
    estimate: { ...estimate, utilization: plan.macs / (estimate.cycles * plan.peakMacsPerCycle) },
  };
}

export function designText({ plan, estimate }: Generated, { considered }: Folding): string {
  const { oc, ic, pixel, kind } = plan.lanes;
  const how = considered === undefined ? '' : `, chosen from ${count(considered)} foldings`;
  const use = percent(plan.macs / (estimate.cycles * plan.peakMacsPerCycle));
  return [
    `${plan.name}: ${plan.encoding.encoding} weights, ${count(plan.macs)} multiply-accumulates a frame`,
    aligned([
      ['lanes', `oc=${oc},ic=${ic},pixel=${pixel},kind=${kind}: ${count(plan.peakMacsPerCycle)} multiply-accumulates per cycle${how}`],
      ['estimate', `${count(estimate.lut)} LUT, ${count(estimate.ff)} FF, ${count(estimate.dsp)} DSP, ${estimate.bram36} block RAM (RAMB36)`],
      ['cycles', `${count(estimate.cycles)} a frame, ${use} of peak; ${(estimate.cycles / 200_000).toFixed(3)} ms at 200 MHz`],
    ]),
  ].join('\n');
}
