/** Everything that `shiftloom package` writes, in memory. */
import { ShiftloomError } from '../errors.js';
import { fileSet, type FileSet } from '../output/file_set.js';
import { render } from '../render/engine.js';
import type { Board } from './boards.js';
import { beatBits, type DesignNumbers } from './design_numbers.js';
import { ipPackage, type DesignSources, type IpPackage } from './ip_package.js';
import { ADDRESSES, vivadoScripts } from './vivado_scripts.js';

/** Tells a folder that may be replaced as a whole. */
export const DEPLOY_MARKER = 'deploy.json';

export interface DeployOptions {
  readonly board: Board;
  /** Clock of the fabric. */
  readonly mhz: number;
  /** ISO 8601 in UTC, for component.xml. */
  readonly created: string;
  /** Place on the die, e.g. CLOCKREGION_X0Y0:CLOCKREGION_X1Y2. */
  readonly pblock?: string;
  /** Switching activity of the design, if it was measured. */
  readonly saif?: string;
}

export interface Deployment {
  readonly ip: IpPackage;
  /** Paths relative to the deploy folder. */
  readonly files: FileSet;
}

/** Ranges of sites that `resize_pblock` takes. */
const PBLOCK = /^[A-Z0-9_]+X\d+Y\d+:[A-Z0-9_]+X\d+Y\d+( [A-Z0-9_]+X\d+Y\d+:[A-Z0-9_]+X\d+Y\d+)*$/;

/** @throws ShiftloomError if the design or an option cannot be packaged */
export function deployFiles(sources: DesignSources, options: DeployOptions): Deployment {
  const { numbers } = sources;
  const { board, mhz, created, pblock, saif } = options;
  if (pblock !== undefined && !PBLOCK.test(pblock)) {
    throw new ShiftloomError('usage', '--pblock', `is '${pblock}'; allowed: ranges of sites as in CLOCKREGION_X0Y0:CLOCKREGION_X1Y2`);
  }
  const ip = ipPackage(sources, { mhz, created });
  const constraints: [string, string][] = [
    [`${numbers.name}_bitstream.xdc`, render('deploy/bitstream.xdc', { generator: numbers.generator })],
    ...(pblock === undefined ? [] : [[`${numbers.name}_pblock.xdc`, pblockText(numbers, pblock)] as [string, string]]),
  ];
  const scripts = vivadoScripts({ numbers, ip, board, mhz, constraints: constraints.map(([name]) => name) });
  return {
    ip,
    files: fileSet([
      ...[...ip.files].map(([path, text]): [string, string] => [`ip/${path}`, text]),
      ...scripts.map(([name, text]): [string, string] => [`vivado/${name}`, text]),
      ...constraints.map(([name, text]): [string, string] => [`constraints/${name}`, text]),
      ...(saif === undefined ? [] : [['power/activity.saif', saif] as [string, string]]),
      ['rtl.f', ip.verilog.map((path) => `ip/${path}\n`).join('')],
      [`${numbers.name}.core`, coreText(numbers, ip, board)],
      [DEPLOY_MARKER, markerText(numbers, ip, options)],
      ['README.md', readmeText(numbers, ip, options)],
    ]),
  };
}

function pblockText({ generator }: DesignNumbers, range: string): string {
  return render('deploy/pblock.xdc', { generator, range: `{${range}}` });
}

function coreText(numbers: DesignNumbers, ip: IpPackage, board: Board): string {
  const { vlnv, displayName, description, top } = ip.identity;
  return render('deploy/fusesoc.core', {
    vlnv, displayName, description, top,
    generator: numbers.generator,
    verilog: ip.verilog.map((path) => `ip/${path}`),
    memories: ip.memories.map((path) => ({ path: `ip/${path}`, name: path.replace(/^hdl\//, '') })),
    constraints: `ip/constraints/${top}_ooc.xdc`,
    part: board.part,
  });
}

const hex = (value: number) => `0x${value.toString(16).toUpperCase()}`;

/** What drivers and other programs need to know, without reading Tcl. */
function markerText(numbers: DesignNumbers, ip: IpPackage, { board, mhz }: DeployOptions): string {
  const marker = {
    format: 'shiftloom.deploy', version: 1, generator: numbers.generator, name: numbers.name, layerHash: numbers.layerHash, vlnv: ip.identity.vlnv,
    board: board.name, part: board.part, mhz,
    addresses: Object.fromEntries(Object.entries(ADDRESSES).filter(([name]) => name !== 'weightDma' || numbers.streamed).map(([name, value]) => [name, hex(value)])),
  };
  return `${JSON.stringify(marker, null, 2)}\n`;
}

function readmeText(numbers: DesignNumbers, ip: IpPackage, { board, mhz }: DeployOptions): string {
  const { input, output, streamed } = numbers;
  return render('deploy/README.md', {
    name: numbers.name, layerHash: numbers.layerHash, generator: numbers.generator, board: board.title, part: board.part, mhz: String(mhz), core: `${numbers.name}.core`,
    engineBase: hex(ADDRESSES.engine), engineRange: hex(ip.registers.range), dmaBase: hex(ADDRESSES.dma), weightDmaBase: hex(ADDRESSES.weightDma),
    inputBits: String(beatBits(input)), inputBeats: String(input.beatsPerFrame), inputBytes: String((input.beatsPerFrame * beatBits(input)) / 8),
    outputBits: String(beatBits(output)), outputBeats: String(output.beatsPerFrame), outputBytes: String((output.beatsPerFrame * beatBits(output)) / 8),
    hasWeights: streamed !== undefined,
    weightPasses: String(streamed?.bands ?? 0), weightBeats: String(streamed?.beatsPerPass ?? 0), weightBytes: String((streamed?.bands ?? 0) * (streamed?.beatsPerPass ?? 0) * 8),
    hasDrivers: false,
    tried: board.tried,
    notes: board.notes,
  });
}
