/** `shiftloom synthesize`: LUTs, flip-flops, DSP blocks and RAM of a generated design. */
import { Option } from 'commander';
import { addResult, openDesign } from '../flow/design.js';
import { holdsNetworkDesign } from '../flow/network_design.js';
import { holdsSharedDesign } from '../flow/shared_design.js';
import { SYNTHESIS_FILE } from '../flow/results.js';
import { synthesizeFlow } from '../flow/synthesize.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import type { CommandSpec } from './command.js';
import { synthesizeFromNetwork } from './network.js';
import { synthesizeSharedNetwork } from './network_shared.js';
import { synthesisText } from './result_text.js';
import { aligned, count, percent } from './terminal.js';

export const synthesizeCommand: CommandSpec<{ readonly part?: string }> = {
  name: 'synthesize',
  summary: 'Synthesize the design in a folder for 7-series with Yosys, and count what it takes.',
  args: [['<folder>', 'folder of the design']],
  options: [new Option('--part <device>', 'device whose shares are given (default xc7z035)')],
  example: 'shiftloom synthesize rtl-out/conv1 --part xc7z020',
  run: async ([folder], { part }, context) => {
    if (await holdsNetworkDesign(folder)) return synthesizeFromNetwork(folder, part, context);
    if (await holdsSharedDesign(folder)) return synthesizeSharedNetwork(folder, part, context);
    const design = await openDesign(folder);
    const result = await synthesizeFlow(design, { part }, context);
    await addResult(folder, SYNTHESIS_FILE, result);
    return { json: { folder, ...result }, text: `${synthesisText(design.name, result)}\n\n${modulesText(result)}` };
  },
};

function modulesText({ modules }: SynthesisResult): string {
  const rows = modules.filter((m) => m.lut > 0).slice(0, 12);
  return ['where the LUTs are', aligned(rows.map((m) => [`${m.name} x ${m.instances}`, `${count(m.lut)} LUT, ${percent(m.lutShare)}`]))].join('\n');
}
