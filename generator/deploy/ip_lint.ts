/**
 * Checks of a component.xml that the standard's schema cannot make: does it say the truth about the Verilog and the files beside it, and do
 * the interfaces follow their bus definitions? It reads the text as anyone would and shares nothing with what wrote it but the bus definitions.
 */
import { XMLParser } from 'fast-xml-parser';
import { BUS_DEFINITIONS, physicalDirection, type Role } from './bus_definitions.js';
import { lintRegisters } from './register_lint.js';
import type { Port, TopModule } from './top_ports.js';
import { list, record, text, type XmlNode } from './xml_tree.js';

export interface LintFacts {
  /** Ports and parameters as the Verilog has them. */
  readonly top: TopModule;
  /** Paths of all files beside component.xml. */
  readonly files: ReadonlySet<string>;
}

interface ReadInterface {
  readonly name: string;
  readonly bus: string;
  readonly role: Role | undefined;
  readonly maps: readonly { readonly logical: string; readonly physical: string }[];
  readonly parameters: ReadonlyMap<string, string>;
}

/** Families that Vivado knows Zynq-7000 parts by. */
const FAMILIES = new Set(['zynq', 'azynq', 'qzynq']);

/** One sentence for each finding; empty if all is right. */
export function lintComponent(xml: string, facts: LintFacts): string[] {
  const parser = new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, parseTagValue: false, parseAttributeValue: false });
  const component = record(record(parser.parse(xml)).component);
  const interfaces = list(record(component.busInterfaces).busInterface).map(readInterface);
  return [
    ...interfaces.flatMap((item) => lintInterface(item, facts.top.ports)),
    ...lintMapping(interfaces, facts.top.ports),
    ...lintClocks(interfaces),
    ...lintPorts(component, facts.top.ports),
    ...lintModel(component, facts),
    ...lintFiles(component, facts),
    ...lintRegisters(component, interfaces.filter(({ bus }) => bus === 'aximm').map(({ name, maps }) => ({ name, addressWidth: widthOf(facts.top.ports, maps, 'AWADDR') }))),
    ...lintVendor(component),
  ];
}

function readInterface(node: XmlNode): ReadInterface {
  const parameters = list(record(node.parameters).parameter).map((parameter) => [text(parameter.name), text(parameter.value)] as const);
  return {
    name: text(node.name),
    bus: text(record(node.busType)['@_name']),
    role: node.slave !== undefined ? 'slave' : node.master !== undefined ? 'master' : undefined,
    maps: list(record(node.portMaps).portMap).map((map) => ({ logical: text(record(map.logicalPort).name), physical: text(record(map.physicalPort).name) })),
    parameters: new Map(parameters),
  };
}

function widthOf(ports: readonly Port[], maps: ReadInterface['maps'], logical: string): number {
  const physical = maps.find((map) => map.logical === logical)?.physical;
  return ports.find(({ name }) => name === physical)?.width ?? 0;
}

function lintInterface({ name, bus, role, maps, parameters }: ReadInterface, ports: readonly Port[]): string[] {
  const definition = BUS_DEFINITIONS[bus];
  if (!definition) return [`${name}: bus '${bus}' is not one of ${Object.keys(BUS_DEFINITIONS).join(', ')}`];
  if (!role) return [`${name}: is neither master nor slave`];
  const found: string[] = [];
  for (const { logical, physical } of maps) {
    const port = ports.find((candidate) => candidate.name === physical);
    const known = definition.ports[logical];
    if (!known) found.push(`${name}: ${bus} has no logical port '${logical}'`);
    if (!known || !port) continue; // a port that is not there is told of with the mapping
    const wanted = physicalDirection(known, role);
    if (port.direction !== wanted) found.push(`${name}: ${physical} is '${port.direction}', ${logical} of a ${role} is '${wanted}'`);
    if (known.width !== undefined && port.width !== known.width) found.push(`${name}: ${physical} has ${port.width} bits, ${logical} has ${known.width}`);
  }
  const mapped = maps.map(({ logical }) => logical);
  for (const logical of new Set(mapped)) if (mapped.indexOf(logical) !== mapped.lastIndexOf(logical)) found.push(`${name}: ${logical} is mapped twice`);
  for (const [logical, port] of Object.entries(definition.ports)) {
    if (port.required && !mapped.includes(logical)) found.push(`${name}: ${logical} is not mapped, and ${bus} needs it`);
  }
  return [...found, ...lintWidths(name, bus, parameters, (logical) => widthOf(ports, maps, logical))];
}

function lintWidths(name: string, bus: string, parameters: ReadonlyMap<string, string>, width: (logical: string) => number): string[] {
  const equal = (parameter: string, value: number, what: string) =>
    parameters.get(parameter) === `${value}` ? [] : [`${name}: ${parameter} is ${parameters.get(parameter) ?? 'missing'}, ${what} make it ${value}`];
  if (bus === 'axis') {
    const whole = width('TDATA') % 8 === 0 ? [] : [`${name}: TDATA has ${width('TDATA')} bits, not whole bytes`];
    return [...whole, ...equal('TDATA_NUM_BYTES', width('TDATA') / 8, 'the ports'), ...equal('HAS_TLAST', width('TLAST'), 'the ports')];
  }
  if (bus !== 'aximm') return [];
  const same = (a: string, b: string, factor = 1) =>
    width(a) === width(b) * factor ? [] : [`${name}: ${a} has ${width(a)} bits, ${b} has ${width(b)}`];
  const lite = parameters.get('PROTOCOL') === 'AXI4LITE' ? [] : [`${name}: PROTOCOL is ${parameters.get('PROTOCOL') ?? 'missing'}, the engine's registers are AXI4LITE`];
  return [
    ...lite, ...equal('DATA_WIDTH', width('WDATA'), 'the ports'), ...equal('ADDR_WIDTH', width('AWADDR'), 'the ports'),
    ...same('WDATA', 'RDATA'), ...same('WDATA', 'WSTRB', 8), ...same('AWADDR', 'ARADDR'),
  ];
}

/** Every port belongs to one interface, and every mapped port is there. */
function lintMapping(interfaces: readonly ReadInterface[], ports: readonly Port[]): string[] {
  const owners = new Map<string, string[]>();
  for (const { name, maps } of interfaces) for (const { physical } of maps) owners.set(physical, [...(owners.get(physical) ?? []), name]);
  const names = new Set(ports.map(({ name }) => name));
  return [
    ...[...owners].filter(([port]) => !names.has(port)).map(([port, by]) => `${by[0]}: maps to '${port}', which the Verilog does not have`),
    ...[...owners].filter(([, by]) => by.length > 1).map(([port, by]) => `${port}: belongs to ${by.join(' and ')}`),
    ...[...names].filter((port) => !owners.has(port)).map((port) => `${port}: belongs to no bus interface`),
  ];
}

/** Clock, reset and interrupt parameters, without which the block design cannot check or connect. */
function lintClocks(interfaces: readonly ReadInterface[]): string[] {
  const found: string[] = [];
  const clocked: string[] = [];
  const resets = interfaces.filter(({ bus }) => bus === 'reset').flatMap(({ maps }) => maps.map(({ physical }) => physical));
  for (const { name, parameters } of interfaces.filter(({ bus }) => bus === 'clock')) {
    const targets = (parameters.get('ASSOCIATED_BUSIF') ?? '').split(':').filter((target) => target !== '');
    for (const target of targets) {
      const bus = interfaces.find((item) => item.name === target)?.bus;
      if (bus !== 'aximm' && bus !== 'axis') found.push(`${name}: ASSOCIATED_BUSIF names '${target}', which is no AXI interface`);
    }
    clocked.push(...targets);
    const reset = parameters.get('ASSOCIATED_RESET');
    if (reset === undefined || !resets.includes(reset)) found.push(`${name}: ASSOCIATED_RESET is '${reset ?? ''}', which is no reset port`);
    if (parameters.has('FREQ_HZ')) found.push(`${name}: FREQ_HZ would bind the IP to one frequency`);
  }
  for (const { name } of interfaces.filter(({ bus }) => bus === 'aximm' || bus === 'axis')) {
    const times = clocked.filter((target) => target === name).length;
    if (times !== 1) found.push(`${name}: is associated with ${times} clocks`);
  }
  for (const { name, bus, parameters, maps } of interfaces) {
    const polarity = maps[0]?.physical.endsWith('n') ? 'ACTIVE_LOW' : 'ACTIVE_HIGH';
    if (bus === 'reset' && parameters.get('POLARITY') !== polarity) found.push(`${name}: POLARITY is ${parameters.get('POLARITY') ?? 'missing'}, the port's name says ${polarity}`);
    if (bus === 'interrupt' && parameters.get('SENSITIVITY') !== 'LEVEL_HIGH') found.push(`${name}: SENSITIVITY is ${parameters.get('SENSITIVITY') ?? 'missing'}, the engine's interrupt is LEVEL_HIGH`);
  }
  return found;
}

function lintPorts(component: XmlNode, ports: readonly Port[]): string[] {
  const bounds = (wire: XmlNode) => {
    const vector = record(wire.vector);
    return wire.vector === undefined ? [0, 0] : [Number(text(vector.left)), Number(text(vector.right))];
  };
  const declared = list(record(record(component.model).ports).port).map((node) => {
    const wire = record(node.wire);
    const [left, right] = bounds(wire);
    return { name: text(node.name), direction: text(wire.direction), width: left - right + 1 };
  });
  const found: string[] = [];
  for (const port of ports) {
    const mine = declared.find(({ name }) => name === port.name);
    if (!mine) found.push(`${port.name}: is a port of the Verilog and missing here`);
    else if (mine.direction !== port.direction) found.push(`${port.name}: is '${mine.direction}' here and '${port.direction}' in the Verilog`);
    else if (mine.width !== port.width) found.push(`${port.name}: has ${mine.width} bits here and ${port.width} in the Verilog`);
  }
  return [...found, ...declared.filter(({ name }) => !ports.some((port) => port.name === name)).map(({ name }) => `${name}: is no port of the Verilog`)];
}

/** Views, and the two places where a parameter stands. */
function lintModel(component: XmlNode, { top }: LintFacts): string[] {
  const model = record(component.model);
  const found: string[] = [];
  for (const view of list(record(model.views).view).filter((item) => item.language !== undefined)) {
    if (text(view.modelName) !== top.name) found.push(`${text(view.name)}: modelName is '${text(view.modelName)}', the top module is '${top.name}'`);
  }
  for (const environment of ['synthesis', 'simulation']) {
    const views = list(record(model.views).view).filter((view) => text(view.envIdentifier).endsWith(`vivado.xilinx.com:${environment}`));
    if (views.length !== 1) found.push(`views: ${views.length} are for ${environment}`);
  }
  const valuesOf = (nodes: readonly XmlNode[]) => new Map(nodes.map((node) => [text(node.name), text(node.value)]));
  const hdl = valuesOf(list(record(model.modelParameters).modelParameter));
  const user = valuesOf(list(record(component.parameters).parameter));
  for (const { name, value } of top.parameters) {
    if (hdl.get(name) !== `${value}`) found.push(`${name}: is ${hdl.get(name) ?? 'missing'} among the model's parameters and ${value} in the Verilog`);
    if (user.get(name) !== hdl.get(name)) found.push(`${name}: is ${user.get(name) ?? 'missing'} for the user and ${hdl.get(name) ?? 'missing'} for the model`);
  }
  for (const name of hdl.keys()) if (!top.parameters.some((parameter) => parameter.name === name)) found.push(`${name}: is no parameter of the Verilog`);
  if (!user.has('Component_Name')) found.push('Component_Name: is missing');
  return found;
}

function lintFiles(component: XmlNode, { files }: LintFacts): string[] {
  const sets = list(record(component.fileSets).fileSet);
  const named = new Set<string>();
  const found: string[] = [];
  for (const set of sets) {
    const paths = list(set.file).map((file) => text(file.name));
    if (paths.length === 0) found.push(`${text(set.name)}: is empty`);
    for (const path of paths) {
      if (!files.has(path)) found.push(`${text(set.name)}: '${path}' is not there`);
      if (paths.indexOf(path) !== paths.lastIndexOf(path)) found.push(`${text(set.name)}: '${path}' is there twice`);
      named.add(path);
    }
    if (!text(set.name).includes('synthesis') && !text(set.name).includes('simulation')) continue;
    for (const file of [...files].filter((path) => path.startsWith('hdl/') && !paths.includes(path))) found.push(`${text(set.name)}: lacks '${file}'`);
  }
  return [...new Set(found), ...[...files].filter((path) => path !== 'component.xml' && !named.has(path)).map((path) => `'${path}' is in no file set`)];
}

function lintVendor(component: XmlNode): string[] {
  const core = record(record(component.vendorExtensions).coreExtensions);
  const families = list(record(core.supportedFamilies).family).map(text);
  const found = families.filter((family) => !FAMILIES.has(family)).map((family) => `supportedFamilies: '${family}' is none of ${[...FAMILIES].join(', ')}`);
  if (families.length === 0) found.push('supportedFamilies: is missing, and Vivado would show the IP for no part');
  if (text(core.displayName) === '') found.push('displayName: is missing');
  if (!/^[1-9]\d{0,9}$/.test(text(core.coreRevision))) found.push(`coreRevision: '${text(core.coreRevision)}' is no number`);
  return found;
}
