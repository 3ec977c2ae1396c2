/** `shiftloom run`: generate, simulate, synthesize and report in one go. */
import path from 'node:path';
import { Option } from 'commander';
import { openLayer } from '../flow/layers.js';
import { REPORT_FILE, REPORT_PAGE } from '../flow/results.js';
import { runLayer, type RunResult } from '../flow/run.js';
import { isNetworkFile } from '../network/read.js';
import type { CommandSpec } from './command.js';
import { runFromNetwork } from './network.js';
import { designText } from './generate.js';
import { foldingOptions, foldingRequest, formOption, simulationOptions, simulationRequest, type FoldingFlags, type FormFlags, type SimulationFlags } from './options.js';
import { simulationText } from './simulate.js';
import { synthesisText } from './result_text.js';

interface RunFlags extends FoldingFlags, FormFlags, SimulationFlags {
  readonly out: string;
  readonly part?: string;
  readonly energy?: boolean;
}

export const runCommand: CommandSpec<RunFlags> = {
  name: 'run',
  summary: 'Generate, simulate, synthesize and report in one go.',
  args: [['<layer>', 'compressed layer file, *.layer.json, or network file, *.network.json']],
  needed: [
    new Option('--out <folder>', 'folder of the design and its report; one that shiftloom wrote before is replaced'),
  ],
  options: [
    ...foldingOptions(),
    formOption(),
    ...simulationOptions(),
    new Option('--part <device>', 'device whose shares are given (default: the target, else xc7z035)'),
    new Option('--energy', 'measure switching energy too; needs Verilator'),
  ],
  example: 'shiftloom run conv1.layer.json --out rtl-out/conv1 --lanes oc=16,ic=16,pixel=1 --json',
  run: async ([source], flags, context) => {
    if (isNetworkFile(source)) return runFromNetwork(source, flags, context);
    const layer = await openLayer(source);
    const result = await runLayer(
      layer,
      flags.out,
      { folding: foldingRequest(flags), simulation: simulationRequest(flags), part: flags.part ?? flags.target, energy: flags.energy },
      context,
    );
    return { json: result.report, text: runText(result, flags.out), exitCode: result.passed ? 0 : 1 };
  },
};

export function runText({ folding, generated, execution, simulation, synthesis }: RunResult, folder: string): string {
  const name = generated.plan.name;
  return [
    designText(generated, folding, execution),
    simulationText(name, simulation, generated.estimate.cycles),
    synthesisText(name, synthesis),
    `report in ${path.join(folder, REPORT_PAGE)} and ${path.join(folder, REPORT_FILE)}`,
  ].join('\n');
}
