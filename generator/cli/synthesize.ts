/** `shiftloom synthesize`: LUTs, flip-flops, DSP blocks and RAM of a generated design. */
import { Option } from 'commander';
import { addResult, openDesign } from '../flow/design.js';
import { SYNTHESIS_FILE } from '../flow/results.js';
import { synthesizeFlow } from '../flow/synthesize.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import type { CommandSpec } from './command.js';
import { aligned, count, percent, seconds } from './terminal.js';

export const synthesizeCommand: CommandSpec<{ readonly part?: string }> = {
  name: 'synthesize',
  summary: 'Synthesize the design in a folder for 7-series with Yosys, and count what it takes.',
  args: [['<folder>', 'folder of the design']],
  options: [new Option('--part <device>', 'device whose shares are given (default xc7z035)')],
  example: 'shiftloom synthesize rtl-out/conv1 --part xc7z020',
  run: async ([folder], { part }, context) => {
    const design = await openDesign(folder);
    const result = await synthesizeFlow(design, { part }, context);
    await addResult(folder, SYNTHESIS_FILE, result);
    return { json: { folder, ...result }, text: `${synthesisText(design.name, result)}\n\n${modulesText(result)}` };
  },
};

export function synthesisText(name: string, { resources: r, share, part, timing, warnings, seconds: time }: SynthesisResult): string {
  return [
    `${name} on the ${part.title}`,
    aligned([
      ['LUT', `${count(r.lut)}, ${percent(share.lut)} of the device (${count(r.lutRam)} as RAM, ${count(r.srl)} as shift registers)`],
      ['FF', `${count(r.ff)}, ${percent(share.ff)}`],
      ['CARRY4', count(r.carry4)],
      ['DSP48E1', `${count(r.dsp)}, ${percent(share.dsp)}`],
      ['RAMB36', `${r.bram36}, ${percent(share.bram36)}`],
      timing ? ['clock', `${timing.fmaxMhz.pessimistic} to ${timing.fmaxMhz.optimistic} MHz, nominal ${timing.fmaxMhz.nominal} MHz (${timing.label})`] : undefined,
      ...warnings.map((text) => ['warning', text] as const),
      ['time', seconds(time)],
    ]),
  ].join('\n');
}

function modulesText({ modules }: SynthesisResult): string {
  const rows = modules.filter((m) => m.lut > 0).slice(0, 12);
  return ['where the LUTs are', aligned(rows.map((m) => [`${m.name} x ${m.instances}`, `${count(m.lut)} LUT, ${percent(m.lutShare)}`]))].join('\n');
}
