/** `shiftloom package`: Vivado project, IP and constraints for a board. */
import { Option } from 'commander';
import { packageDesign, type PackageResult } from '../flow/package.js';
import type { CommandSpec } from './command.js';
import { realNumber } from './options.js';
import { aligned, count } from './terminal.js';

interface PackageFlags {
  readonly board?: string;
  readonly boardFile?: string;
  readonly out?: string;
  readonly clock?: number;
  readonly pblock?: string;
}

export const packageCommand: CommandSpec<PackageFlags> = {
  name: 'package',
  summary: 'Make the design in a folder ready for Vivado and a board: IP, project scripts, constraints, file lists.',
  args: [['<folder>', 'folder of the design']],
  options: [
    new Option('--board <name>', 'board: te0745-35-1c, adrv9361z7035, ax7350b or ax7z035b'),
    new Option('--board-file <file>', 'another board: a Vivado board.xml, or JSON as in constraints/boards'),
    new Option('--out <folder>', 'where to write (default <folder>/deploy)'),
    new Option('--clock <mhz>', 'clock of the fabric (default by the clock estimate of synthesis.json, else 100)')
      .argParser(realNumber('--clock', 'MHz from 10 to 250', (value) => value >= 10 && value <= 250)),
    new Option('--pblock <ranges>', 'where on the die the engine is to be, e.g. CLOCKREGION_X0Y0:CLOCKREGION_X1Y2'),
  ],
  example: 'shiftloom package rtl-out/conv1 --board ax7z035b',
  run: async ([folder], flags, context) => {
    const result = await packageDesign(folder, { board: flags.board, boardFile: flags.boardFile, out: flags.out, mhz: flags.clock, pblock: flags.pblock }, context);
    const { deployment, board, mhz, clockFrom } = result;
    return {
      json: { folder: result.folder, vlnv: deployment.ip.identity.vlnv, board: board.name, part: board.part, mhz, clockFrom, files: [...deployment.files.keys()] },
      text: packageText(result),
    };
  },
};

function packageText({ folder, deployment, board, mhz, clockFrom }: PackageResult): string {
  const because = { given: 'as given', estimated: 'the fastest below the pessimistic clock estimate', default: 'no clock estimate in the folder' }[clockFrom];
  return [
    `${deployment.ip.identity.vlnv} for the ${board.title} (${board.part})`,
    aligned([
      ['folder', `${folder}, ${count(deployment.files.size)} files`],
      ['clock', `${mhz} MHz, ${because}`],
      ['next', `cd ${folder}/vivado && vivado -mode batch -source build.tcl`],
    ]),
  ].join('\n');
}
