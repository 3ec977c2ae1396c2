/** Bus interfaces of an engine, from the names of its ports. */
import { ShiftloomError } from '../errors.js';
import type { Role } from './bus_definitions.js';
import type { Port, TopModule } from './top_ports.js';

export interface BusInterface {
  /** Also the prefix of its ports. */
  readonly name: string;
  readonly bus: 'aximm' | 'axis' | 'clock' | 'reset' | 'interrupt';
  readonly role: Role;
  /** Logical name to port. */
  readonly ports: ReadonlyMap<string, Port>;
  readonly parameters: readonly (readonly [string, string])[];
}

/** Bus, role and how a port's name gives its logical name. */
const KINDS: readonly { readonly pattern: RegExp; readonly bus: BusInterface['bus']; readonly role: Role; readonly logical?: string }[] = [
  { pattern: /^(s_axil)_(\w+)$/, bus: 'aximm', role: 'slave' },
  { pattern: /^(s_axis(?:_weight)?)_(t\w+)$/, bus: 'axis', role: 'slave' },
  { pattern: /^(m_axis)_(t\w+)$/, bus: 'axis', role: 'master' },
  { pattern: /^(aclk)$/, bus: 'clock', role: 'slave', logical: 'CLK' },
  { pattern: /^(aresetn)$/, bus: 'reset', role: 'slave', logical: 'RST' },
  { pattern: /^(interrupt)$/, bus: 'interrupt', role: 'master', logical: 'INTERRUPT' },
];

/**
 * Interfaces in the order of the ports.
 * @throws ShiftloomError('unsupported') for a port that belongs to no interface
 */
export function busInterfaces({ name: top, ports }: TopModule): BusInterface[] {
  const found = new Map<string, { bus: BusInterface['bus']; role: Role; ports: Map<string, Port> }>();
  for (const port of ports) {
    const kind = KINDS.find(({ pattern }) => pattern.test(port.name));
    if (!kind) throw new ShiftloomError('unsupported', top, `port ${port.name} belongs to no bus interface`);
    const [, name, signal = ''] = kind.pattern.exec(port.name)!;
    const entry = found.get(name) ?? { bus: kind.bus, role: kind.role, ports: new Map<string, Port>() };
    entry.ports.set(kind.logical ?? signal.toUpperCase(), port);
    found.set(name, entry);
  }
  const data = [...found].filter(([, { bus }]) => bus === 'aximm' || bus === 'axis').map(([name]) => name);
  return [...found].map(([name, entry]) => ({ name, ...entry, parameters: parametersOf(entry.bus, entry.ports, data) }));
}

/** FREQ_HZ is left out on purpose: a number would bind the IP to that frequency, and the block design would refuse any other clock. */
function parametersOf(bus: BusInterface['bus'], ports: ReadonlyMap<string, Port>, data: readonly string[]): [string, string][] {
  const width = (logical: string) => ports.get(logical)?.width ?? 0;
  switch (bus) {
    case 'aximm':
      return [
        ['PROTOCOL', 'AXI4LITE'], ['DATA_WIDTH', `${width('WDATA')}`], ['ADDR_WIDTH', `${width('AWADDR')}`], ['READ_WRITE_MODE', 'READ_WRITE'],
        ['HAS_BURST', '0'], ['HAS_PROT', '0'], ['NUM_READ_OUTSTANDING', '1'], ['NUM_WRITE_OUTSTANDING', '1'],
      ];
    case 'axis':
      return [
        ['TDATA_NUM_BYTES', `${width('TDATA') / 8}`], ['TDEST_WIDTH', '0'], ['TID_WIDTH', '0'], ['TUSER_WIDTH', '0'],
        ['HAS_TREADY', '1'], ['HAS_TSTRB', '0'], ['HAS_TKEEP', '0'], ['HAS_TLAST', '1'],
      ];
    case 'clock':
      return [['ASSOCIATED_BUSIF', data.join(':')], ['ASSOCIATED_RESET', 'aresetn']];
    case 'reset':
      return [['POLARITY', 'ACTIVE_LOW']];
    case 'interrupt':
      return [['SENSITIVITY', 'LEVEL_HIGH']];
  }
}
