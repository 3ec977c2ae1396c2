/** Everything that `shiftloom package` writes, in memory. */
import { ShiftloomError } from '../errors.js';
import { fileSet, type FileSet } from '../output/file_set.js';
import { render } from '../render/engine.js';
import type { Board } from './boards.js';
import { beatBits, type DesignNumbers } from './design_numbers.js';
import type { IpFile } from './component_xml.js';
import type { DriverContents } from './driver_data.js';
import { driverFiles } from './driver_files.js';
import { identityOf } from './identity.js';
import { ipPackage, type DesignSources, type IpPackage } from './ip_package.js';
import { registerMap } from './register_map.js';
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

/** A design with the contents of its memories and frames to check a board with. */
export interface DeploySources extends DesignSources {
  readonly contents: DriverContents;
}

/** @throws ShiftloomError if the design or an option cannot be packaged */
export function deployFiles(sources: DeploySources, options: DeployOptions): Deployment {
  const { numbers, contents } = sources;
  const { board, mhz, created, pblock, saif } = options;
  if (pblock !== undefined && !PBLOCK.test(pblock)) {
    throw new ShiftloomError('usage', '--pblock', `is '${pblock}'; allowed: ranges of sites as in CLOCKREGION_X0Y0:CLOCKREGION_X1Y2`);
  }
  const drivers = driverFiles({ numbers, registers: registerMap(numbers), identity: identityOf(numbers), contents, addresses: ADDRESSES });
  const ip = ipPackage(sources, { mhz, created, drivers: ipDriver(drivers, identityOf(numbers).versioned) });
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
      ...[...drivers].map(([path, text]): [string, string] => [`driver/${path}`, text]),
      ...(saif === undefined ? [] : [['power/activity.saif', saif] as [string, string]]),
      ['rtl.f', ip.verilog.map((path) => `ip/${path}\n`).join('')],
      [`${numbers.name}.core`, coreText(numbers, ip, board)],
      [DEPLOY_MARKER, markerText(numbers, ip, options)],
      ['README.md', readmeText(numbers, ip, options)],
    ]),
  };
}

/** The bare-metal driver as part of the IP: Vitis then finds it with the hardware hand-off. */
function ipDriver(drivers: FileSet, versioned: string): [IpFile, string][] {
  const folder = `baremetal/${versioned}/`;
  return [...drivers].filter(([path]) => path.startsWith(folder)).map(([path, text]) => {
    const kind = path.endsWith('.mdd') ? 'driver_mdd' : path.endsWith('.tcl') ? 'driver_tcl' : 'driver_source';
    return [{ path: `drivers/${versioned}/${path.slice(folder.length)}`, kind }, text];
  });
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

/** True if weights come over a stream of their own. */
const hasWeights = (ip: IpPackage) => ip.interfaces.some(({ name }) => name === 's_axis_weight');

const hex = (value: number) => `0x${value.toString(16).toUpperCase()}`;

/** What drivers and other programs need to know, without reading Tcl. */
function markerText(numbers: DesignNumbers, ip: IpPackage, { board, mhz }: DeployOptions): string {
  const marker = {
    format: 'shiftloom.deploy', version: 1, generator: numbers.generator, name: numbers.name, layerHash: numbers.layerHash, vlnv: ip.identity.vlnv,
    board: board.name, part: board.part, mhz,
    addresses: Object.fromEntries(Object.entries(ADDRESSES).filter(([name]) => name !== 'weightDma' || hasWeights(ip)).map(([name, value]) => [name, hex(value)])),
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
    hasWeights: hasWeights(ip),
    weightPasses: String(streamed?.bands ?? 0), weightBeats: String(streamed?.beatsPerPass ?? 0), weightBytes: String((streamed?.bands ?? 0) * (streamed?.beatsPerPass ?? 0) * 8),
    tried: board.tried,
    notes: board.notes,
  });
}
