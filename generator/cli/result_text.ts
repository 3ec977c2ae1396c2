/** Texts of results that several commands print. */
import type { SynthesisResult } from '../synthesize/synthesize.js';
import { aligned, count, percent, seconds, type CommandResult } from './terminal.js';

/** The outcome of `--check`. */
export function checked(folder: string, differing: readonly string[]): CommandResult {
  const text = differing.length === 0 ? `${folder} is as it would be written` : `${folder} differs:\n${differing.map((file) => `  ${file}`).join('\n')}`;
  return { json: { folder, differing }, text, exitCode: differing.length === 0 ? 0 : 1 };
}

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
