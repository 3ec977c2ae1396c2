/** The mapped netlist as `write_json` gives it, with only what is used here. */

/** A net number inside its module, or a constant. */
export type Bit = number | '0' | '1' | 'x' | 'z';

export interface NetlistCell {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly port_directions: Readonly<Record<string, 'input' | 'output' | 'inout'>>;
  readonly connections: Readonly<Record<string, readonly Bit[]>>;
}

export interface NetlistModule {
  readonly attributes: Readonly<Record<string, string>>;
  readonly parameter_default_values?: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<string, { readonly direction: 'input' | 'output' | 'inout'; readonly bits: readonly Bit[] }>>;
  readonly cells: Readonly<Record<string, NetlistCell>>;
  readonly netnames: Readonly<Record<string, { readonly hide_name: 0 | 1; readonly bits: readonly Bit[] }>>;
}

export interface Netlist {
  readonly modules: Readonly<Record<string, NetlistModule>>;
}

export function parseNetlist(text: string): Netlist {
  return JSON.parse(text) as Netlist;
}

/** Yosys writes integer parameters as strings of bits, and strings as they are with a blank added if they look like bits. */
export function parameterNumber(value: string | undefined): number | undefined {
  if (value === undefined || !/^[01]{1,53}$/.test(value)) return undefined;
  return value.length === 32 ? Number.parseInt(value, 2) | 0 : Number.parseInt(value, 2);
}

/** Integer parameter values of each module, by its name in the netlist. */
export function moduleParameters(netlist: Netlist): Map<string, Record<string, number>> {
  const all = new Map<string, Record<string, number>>();
  for (const [name, module] of Object.entries(netlist.modules)) {
    const values: Record<string, number> = {};
    for (const [parameter, text] of Object.entries(module.parameter_default_values ?? {})) {
      const value = parameterNumber(text);
      if (value !== undefined) values[parameter] = value;
    }
    all.set(name, values);
  }
  return all;
}
