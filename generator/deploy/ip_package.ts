/** The folder of the IP: component.xml, the Verilog, first contents of the memories, the out-of-context clock, the page of parameters. */
import { createHash } from 'node:crypto';
import { ShiftloomError } from '../errors.js';
import { fileSet, type FileSet } from '../output/file_set.js';
import { render } from '../render/engine.js';
import { busInterfaces, type BusInterface } from './bus_interfaces.js';
import { componentXml, type IpFile } from './component_xml.js';
import type { DesignNumbers } from './design_numbers.js';
import { identityOf, type Identity } from './identity.js';
import { lintComponent } from './ip_lint.js';
import { registerMap, type RegisterMap } from './register_map.js';
import { readTop, type TopModule } from './top_ports.js';

/** A generated design as the packaging sees it. */
export interface DesignSources {
  readonly numbers: DesignNumbers;
  /** Paths of the Verilog in compile order, as in files.f. */
  readonly verilog: readonly string[];
  /** Texts by path: the Verilog and `mem/*.mem`. */
  readonly files: ReadonlyMap<string, string>;
}

export interface IpPackage {
  readonly identity: Identity;
  readonly top: TopModule;
  readonly interfaces: readonly BusInterface[];
  readonly registers: RegisterMap;
  /** Changes with the contents. */
  readonly revision: number;
  /** Paths relative to the IP's folder. */
  readonly files: FileSet;
  /** Verilog in compile order and memory files, paths relative to the IP's folder. */
  readonly verilog: readonly string[];
  readonly memories: readonly string[];
}

export interface IpOptions {
  /** Clock for synthesis of the IP on its own. */
  readonly mhz: number;
  /** ISO 8601 in UTC. */
  readonly created: string;
  /** Driver files to go with the IP, paths relative to its folder. */
  readonly drivers?: readonly (readonly [IpFile, string])[];
}

/**
 * The IP of a design.
 * @throws ShiftloomError('check') if its component.xml does not pass our own checks
 */
export function ipPackage({ numbers, verilog, files }: DesignSources, { mhz, created, drivers = [] }: IpOptions): IpPackage {
  const identity = identityOf(numbers);
  const hdl = verilog.map((path): [IpFile, string] => [{ path: hdlPath(path), kind: 'verilog' }, withMemoryNames(textOf(files, path), numbers.name)]);
  const memories = [...files].filter(([path]) => path.startsWith('mem/')).map(([path, text]): [IpFile, string] => [{ path: memoryPath(path, numbers.name), kind: 'memory' }, text]);
  const topPath = verilog.find((path) => path.endsWith(`/${identity.top}.v`)) ?? `rtl/${identity.top}.v`;
  const top = readTop(textOf(files, topPath), topPath);
  const constraints: [IpFile, string] = [{ path: `constraints/${identity.top}_ooc.xdc`, kind: 'constraints_out_of_context' }, outOfContextText(numbers, mhz)];
  const xgui: [IpFile, string] = [{ path: `xgui/${identity.versioned}.tcl`, kind: 'xgui' }, xguiText(numbers, top)];
  const parts = [constraints, ...hdl, ...memories, xgui, ...drivers];
  const [interfaces, registers] = [busInterfaces(top), registerMap(numbers)];
  const revision = revisionOf(parts);
  const xml = componentXml({ identity, top, interfaces, registers, files: parts.map(([file]) => file), revision, created });
  const all = fileSet([...parts.map(([file, text]): [string, string] => [file.path, text]), ['component.xml', xml]]);
  const findings = lintComponent(xml, { top, files: new Set(all.keys()) });
  if (findings.length > 0) throw new ShiftloomError('check', 'component.xml', `has ${findings.length} fault(s):\n  ${findings.join('\n  ')}`);
  return { identity, top, interfaces, registers, revision, files: all, verilog: hdl.map(([file]) => file.path), memories: memories.map(([file]) => file.path) };
}

export function outOfContextText(numbers: DesignNumbers, mhz: number): string {
  return render('deploy/ooc.xdc', { top: `${numbers.name}_top`, mhz: String(mhz), periodNs: (1000 / mhz).toFixed(3), generator: numbers.generator });
}

function xguiText(numbers: DesignNumbers, top: TopModule): string {
  const variable = (name: string) => `\${${name}}`; // three closing braces in a row are a word of the template language
  const parameters = top.parameters.map(({ name }) => ({ name, userVariable: variable(`PARAM_VALUE.${name}`), modelVariable: variable(`MODELPARAM_VALUE.${name}`) }));
  return render('deploy/xgui.tcl', { displayName: identityOf(numbers).displayName, generator: numbers.generator, parameters });
}

function textOf(files: ReadonlyMap<string, string>, path: string): string {
  const found = files.get(path);
  if (found === undefined) throw new ShiftloomError('input', path, 'belongs to the design and is missing', 'Generate the design again');
  return found;
}

const hdlPath = (path: string) => path.replace(/^rtl\//, 'hdl/');

/** Memory files lie beside the Verilog under names that no other layer's files have: Vivado looks for both. */
function memoryPath(path: string, design: string): string {
  return path.replace(/^mem\/(.*)\.mem$/, `hdl/${design}_$1.dat`);
}

/** `$readmemh` by bare file name, as HLS writes it: the only form that is known to be found in synthesis and in simulation of an IP. */
function withMemoryNames(verilog: string, design: string): string {
  return verilog.replace(/"mem\/(\w+)\.mem"/g, `"./${design}_$1.dat"`);
}

/** A number of up to nine digits that changes with the contents. */
function revisionOf(parts: readonly (readonly [IpFile, string])[]): number {
  const hash = createHash('sha256');
  for (const [file, text] of parts) hash.update(file.path).update('\0').update(text);
  return 1 + (Number.parseInt(hash.digest('hex').slice(0, 8), 16) % 999_999_999);
}
