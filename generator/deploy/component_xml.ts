/**
 * `component.xml`: the engine as IP-XACT, IEEE 1685-2009, in the dialect that Vivado reads. Elements stand in the order that the schema wants.
 * Vendor extensions are the fewest that Vivado shows an IP with: older versions drop an IP whose extensions they do not know.
 */
import { XMLBuilder } from 'fast-xml-parser';
import { BUS_DEFINITIONS } from './bus_definitions.js';
import type { BusInterface } from './bus_interfaces.js';
import type { Identity } from './identity.js';
import { memoryMapNode } from './component_registers.js';
import type { RegisterMap } from './register_map.js';
import type { Port, TopModule } from './top_ports.js';

type Node = { readonly [name: string]: unknown };

/** A file of the IP: path relative to component.xml and what Vivado is to take it for. */
export interface IpFile {
  readonly path: string;
  readonly kind: 'verilog' | 'memory' | 'constraints_out_of_context' | 'xgui' | 'driver_mdd' | 'driver_tcl' | 'driver_source';
}

export interface ComponentInputs {
  readonly identity: Identity;
  readonly top: TopModule;
  readonly interfaces: readonly BusInterface[];
  readonly registers: RegisterMap;
  /** In compile order. */
  readonly files: readonly IpFile[];
  /** Rises or changes with the contents: Vivado's IP cache goes by it. */
  readonly revision: number;
  /** ISO 8601, UTC. */
  readonly created: string;
}

/** Oldest Vivado that the scripts are for; newer ones read what older ones wrote. */
const WRITTEN_FOR = '2019.2';

const VIEWS = [
  { name: 'xilinx_anylanguagesynthesis', title: 'Synthesis', environment: ':vivado.xilinx.com:synthesis', kinds: ['verilog', 'memory', 'constraints_out_of_context'], isHdl: true },
  { name: 'xilinx_anylanguagebehavioralsimulation', title: 'Simulation', environment: ':vivado.xilinx.com:simulation', kinds: ['verilog', 'memory'], isHdl: true },
  { name: 'xilinx_softwaredriver', title: 'Software Driver', environment: ':vivado.xilinx.com:sw.driver', kinds: ['driver_mdd', 'driver_tcl', 'driver_source'], isHdl: false },
  { name: 'xilinx_xpgui', title: 'UI Layout', environment: ':vivado.xilinx.com:xgui.ui', kinds: ['xgui'], isHdl: false },
] as const;

const FILE_TYPES: Readonly<Record<IpFile['kind'], Node>> = {
  verilog: { 'spirit:fileType': 'verilogSource' },
  memory: { 'spirit:userFileType': 'mif' },
  constraints_out_of_context: { 'spirit:userFileType': ['xdc', 'USED_IN_out_of_context'] },
  xgui: { 'spirit:fileType': 'tclSource', 'spirit:userFileType': 'XGUI_VERSION_2' },
  driver_mdd: { 'spirit:userFileType': ['mdd', 'driver_mdd'] },
  driver_tcl: { 'spirit:fileType': 'tclSource', 'spirit:userFileType': 'driver_tcl' },
  driver_source: { 'spirit:userFileType': 'driver_src' },
};

/** The text of component.xml. */
export function componentXml(inputs: ComponentInputs): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, format: true, indentBy: '  ', suppressEmptyNode: true, suppressBooleanAttributes: false });
  const { identity, interfaces, registers } = inputs;
  const views = VIEWS.filter(({ kinds }) => inputs.files.some(({ kind }) => (kinds as readonly string[]).includes(kind)));
  const component = {
    '@_xmlns:xilinx': 'http://www.xilinx.com',
    '@_xmlns:spirit': 'http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009',
    '@_xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    'spirit:vendor': identity.vendor,
    'spirit:library': identity.library,
    'spirit:name': identity.name,
    'spirit:version': identity.version,
    'spirit:busInterfaces': { 'spirit:busInterface': interfaces.map(busInterfaceNode) },
    'spirit:memoryMaps': { 'spirit:memoryMap': interfaces.filter(isMapped).map(({ name }) => memoryMapNode(name, registers)) },
    'spirit:model': modelNode(inputs, views),
    'spirit:choices': { 'spirit:choice': { 'spirit:name': 'choice_primitives', 'spirit:enumeration': ['0', '1'] } },
    'spirit:fileSets': { 'spirit:fileSet': views.map((view) => fileSetNode(view, inputs.files)) },
    'spirit:description': identity.description,
    'spirit:parameters': { 'spirit:parameter': userParameters(inputs) },
    'spirit:vendorExtensions': vendorExtensions(inputs),
  };
  const text = builder.build({ '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' }, 'spirit:component': component }) as string;
  return text;
}

const isMapped = ({ bus, role }: BusInterface) => bus === 'aximm' && role === 'slave';

const fileSetName = (view: string) => `${view}_view_fileset`;

function busInterfaceNode(item: BusInterface): Node {
  const { library } = BUS_DEFINITIONS[item.bus];
  const reference = (name: string) => ({ '@_spirit:vendor': 'xilinx.com', '@_spirit:library': library, '@_spirit:name': name, '@_spirit:version': '1.0' });
  return {
    'spirit:name': item.name,
    'spirit:busType': reference(item.bus),
    'spirit:abstractionType': reference(`${item.bus}_rtl`),
    [`spirit:${item.role}`]: isMapped(item) ? { 'spirit:memoryMapRef': { '@_spirit:memoryMapRef': item.name } } : '',
    'spirit:portMaps': {
      'spirit:portMap': [...item.ports].map(([logical, port]) => ({
        'spirit:logicalPort': { 'spirit:name': logical },
        'spirit:physicalPort': { 'spirit:name': port.name },
      })),
    },
    'spirit:parameters': {
      'spirit:parameter': item.parameters.map(([name, value]) => ({
        'spirit:name': name,
        'spirit:value': { '@_spirit:id': `BUSIFPARAM_VALUE.${item.name.toUpperCase()}.${name}`, '#text': value },
      })),
    },
  };
}

function modelNode({ top }: ComponentInputs, views: readonly (typeof VIEWS)[number][]): Node {
  const hdlViews = views.filter(({ isHdl }) => isHdl).map(({ name }) => name);
  return {
    'spirit:views': {
      'spirit:view': views.map(({ name, title, environment, isHdl }) => ({
        'spirit:name': name,
        'spirit:displayName': title,
        'spirit:envIdentifier': environment,
        ...(isHdl ? { 'spirit:language': 'Verilog', 'spirit:modelName': top.name } : {}),
        'spirit:fileSetRef': { 'spirit:localName': fileSetName(name) },
      })),
    },
    'spirit:ports': { 'spirit:port': top.ports.map((port) => portNode(port, hdlViews)) },
    'spirit:modelParameters': {
      'spirit:modelParameter': top.parameters.map(({ name, value }, index) => ({
        ...(index === 0 ? { '@_xsi:type': 'spirit:nameValueTypeType' } : {}),
        '@_spirit:dataType': 'integer',
        'spirit:name': name,
        'spirit:value': { '@_spirit:format': 'long', '@_spirit:resolve': 'generated', '@_spirit:id': `MODELPARAM_VALUE.${name}`, '#text': `${value}` },
      })),
    },
  };
}

function portNode({ name, direction, width }: Port, views: readonly string[]): Node {
  const bound = (value: number) => ({ '@_spirit:format': 'long', '#text': `${value}` });
  return {
    'spirit:name': name,
    'spirit:wire': {
      'spirit:direction': direction,
      ...(width > 1 ? { 'spirit:vector': { 'spirit:left': bound(width - 1), 'spirit:right': bound(0) } } : {}),
      'spirit:wireTypeDefs': { 'spirit:wireTypeDef': { 'spirit:typeName': 'wire', 'spirit:viewNameRef': views } },
    },
  };
}

function fileSetNode(view: (typeof VIEWS)[number], files: readonly IpFile[]): Node {
  const mine = files.filter(({ kind }) => (view.kinds as readonly string[]).includes(kind));
  return { 'spirit:name': fileSetName(view.name), 'spirit:file': mine.map(({ path, kind }) => ({ 'spirit:name': path, ...FILE_TYPES[kind] })) };
}

function userParameters({ identity, top }: ComponentInputs): Node[] {
  const value = (name: string, order: number, text: string, more: Node = {}) => ({
    'spirit:name': name,
    'spirit:value': { ...more, '@_spirit:resolve': 'user', '@_spirit:id': `PARAM_VALUE.${name}`, '@_spirit:order': `${order}`, '#text': text },
  });
  return [
    value('Component_Name', 1, identity.versioned),
    ...top.parameters.map((parameter, index) =>
      value(parameter.name, index + 2, `${parameter.value}`, { '@_spirit:format': 'long', '@_spirit:choiceRef': 'choice_primitives' }),
    ),
  ];
}

function vendorExtensions({ identity, revision, created }: ComponentInputs): Node {
  return {
    'xilinx:coreExtensions': {
      'xilinx:supportedFamilies': { 'xilinx:family': { '@_xilinx:lifeCycle': 'Production', '#text': 'zynq' } },
      'xilinx:taxonomies': { 'xilinx:taxonomy': '/UserIP' },
      'xilinx:displayName': identity.displayName,
      'xilinx:vendorDisplayName': 'shiftloom',
      'xilinx:coreRevision': `${revision}`,
      'xilinx:coreCreationDateTime': created,
    },
    'xilinx:packagingInfo': { 'xilinx:xilinxVersion': WRITTEN_FOR },
  };
}
