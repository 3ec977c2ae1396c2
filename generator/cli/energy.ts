/** `shiftloom energy`: switching energy of a generated design, from simulating its netlist. */
import { Option } from 'commander';
import { checkCountedCycles, measureEnergy, writeEnergy, type EnergyResult } from '../flow/energy.js';
import { openLayer } from '../flow/layers.js';
import { generateTimed } from '../flow/design.js';
import type { CommandSpec } from './command.js';
import { wholeNumber } from './options.js';
import { existingOrNew } from './simulate.js';
import { aligned, count, percent, seconds } from './terminal.js';

interface EnergyFlags {
  readonly out: string;
  readonly lanes?: string;
  readonly cycles?: number;
  readonly from?: number;
}

export const energyCommand: CommandSpec<EnergyFlags> = {
  name: 'energy',
  summary: 'Synthesize the design in a folder, simulate the netlist on the layer\'s activations and count its toggles.',
  args: [['<layer>', 'the compressed layer file that the design was generated from']],
  needed: [new Option('--out <folder>', 'folder of the design; generated if there is none')],
  options: [
    new Option('--lanes <folding>', 'folding of a design that is not there yet, e.g. oc=4,ic=64,pixel=1'),
    new Option('--cycles <n>', 'cycles counted (default 4096, or the whole frame if it is shorter)').argParser(wholeNumber('--cycles', 1)),
    new Option('--from <n>', 'first cycle counted (default past the first rows)').argParser(wholeNumber('--from', 1)),
  ],
  example: 'shiftloom energy conv1.layer.json --out rtl-out/conv1 --cycles 2000',
  run: async ([source], flags, context) => {
    const layer = await openLayer(source);
    const design = await existingOrNew(layer, flags, context, (fresh) => checkCountedCycles(fresh, flags));
    const { generated } = await generateTimed(layer, design.lanes, context);
    const measured = await measureEnergy({ ...generated, verilog: design.verilog, files: design.files }, flags, context);
    await writeEnergy(flags.out, measured);
    return {
      json: { layer: layer.description.name, folder: flags.out, lanes: design.lanes, ...measured.energy },
      text: energyText(layer.description.name, measured.energy),
      exitCode: measured.energy.mismatches === 0 ? 0 : 1,
    };
  },
};

/** One screen: energy with its range, where it goes, and what was simulated. */
export function energyText(name: string, e: EnergyResult): string {
  const range = ({ low, nominal, high }: EnergyResult['perMac']) => `${nominal.toFixed(2)} pJ (${low.toFixed(2)} to ${high.toFixed(2)})`;
  const shares = (list: EnergyResult['byPart']) => list.slice(0, 5).map((s) => `${s.name} ${percent(s.nominal / e.perMac.nominal)}`).join(', ');
  return [
    `${name}: switching energy, without glitches and leakage; compare it, do not take it for watts (docs/energy.md)`,
    aligned([
      ['per MAC', range(e.perMac)],
      ['per frame', `${(e.perFrame.nominal / 1e6).toFixed(2)} uJ`],
      ['parts', shares(e.byPart)],
      ['units', shares(e.byUnit)],
      ['primitives', shares(e.byPrimitive)],
      ['counted', `${count(e.toggles)} toggles of ${count(e.nets)} nets in ${count(e.cycles)} cycles, ${percent(e.shareOfFrame)} of a frame (${e.input} input)`],
      ['netlist', `${count(e.outputs)} outputs compared, ${e.mismatches === 0 ? 'all right' : `${count(e.mismatches)} WRONG`}`],
      ['time', seconds(e.seconds.total)],
    ]),
  ].join('\n');
}
