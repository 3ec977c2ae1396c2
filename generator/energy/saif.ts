/**
 * Switching activity as SAIF 2.0 (backward), which Vivado reads with `read_saif`: nets by the names that they have in the source, in a
 * tree of the source's instances. Nets that only synthesis made are left out, as no other tool knows their names.
 */
import type { Netlist } from '../synthesize/netlist.js';
import { FlatNets, type NetActivity } from './events.js';
import { cellsOf, type NetPlaces } from './netlist_verilog.js';

export interface SaifOptions {
  readonly top: string;
  /** Clock period in ps. */
  readonly period: number;
  readonly program: string;
  readonly version: string;
}

interface Scope {
  readonly nets: Map<string, string>;
  readonly scopes: Map<string, Scope>;
}

export function saifText(netlist: Netlist, places: readonly NetPlaces[], activity: NetActivity, options: SaifOptions): string {
  const root: Scope = { nets: new Map(), scopes: new Map() };
  const flat = new FlatNets(netlist, places);
  const duration = activity.cycles * options.period;
  for (const { path, module: key } of places) {
    const module = netlist.modules[key];
    const outer = instancePath(netlist, options.top, path);
    const inner = Object.entries(module.cells).filter(([, cell]) => cell.type === '$scopeinfo').map(([name]) => name);
    for (const [name, { hide_name, bits }] of Object.entries(module.netnames)) {
      if (hide_name) continue;
      const { scopes, local } = splitName(name, inner);
      const scope = scopeAt(root, [...outer, ...scopes]);
      bits.forEach((bit, i) => {
        const index = flat.indexOf(path, bit);
        if (index === undefined) return;
        const label = escaped(bits.length > 1 ? `${local}[${i}]` : local);
        const clock = flat.clocks.has(index);
        const high = clock ? duration / 2 : activity.high[index] * options.period;
        const toggles = clock ? 2 * activity.cycles : activity.toggles[index];
        scope.nets.set(label, `(T0 ${duration - high}) (T1 ${high}) (TX 0) (TC ${toggles}) (IG 0)`);
      });
    }
  }
  return [
    '(SAIFILE',
    '(SAIFVERSION "2.0")',
    '(DIRECTION "backward")',
    `(DESIGN "${options.top}")`,
    '(VENDOR "shiftloom")',
    `(PROGRAM_NAME "${options.program}")`,
    `(VERSION "${options.version}")`,
    '(DIVIDER / )',
    '(TIMESCALE 1 ps)',
    `(DURATION ${duration})`,
    ...scopeLines(escaped(options.top), root, ''),
    ')',
    '',
  ].join('\n');
}

/** Names of the instances on the way; those within a flattened module are one name each, as Vivado has generate blocks. */
function instancePath(netlist: Netlist, top: string, path: readonly number[]): string[] {
  const names: string[] = [];
  let module = netlist.modules[top];
  for (const index of path) {
    const [name, cell] = cellsOf(module)[index];
    const inner = Object.entries(module.cells).filter(([, c]) => c.type === '$scopeinfo').map(([scope]) => scope);
    const { scopes, local } = splitName(name, inner);
    names.push(...scopes, local);
    module = netlist.modules[cell.type];
  }
  return names;
}

/** `u_a.gen[0].u_b.x_q` with the instances `u_a` and `u_a.gen[0].u_b` is `x_q` in `gen[0].u_b` in `u_a`. */
function splitName(name: string, instances: readonly string[]): { scopes: string[]; local: string } {
  const around = instances.filter((instance) => name.startsWith(`${instance}.`)).sort((a, b) => a.length - b.length);
  const scopes = around.map((instance, i) => (i === 0 ? instance : instance.slice(around[i - 1].length + 1)));
  const last = around[around.length - 1];
  return { scopes, local: last === undefined ? name : name.slice(last.length + 1) };
}

function scopeAt(root: Scope, names: readonly string[]): Scope {
  let scope = root;
  for (const name of names) {
    const key = escaped(name);
    const next = scope.scopes.get(key) ?? { nets: new Map<string, string>(), scopes: new Map<string, Scope>() };
    scope.scopes.set(key, next);
    scope = next;
  }
  return scope;
}

function scopeLines(name: string, { nets, scopes }: Scope, indent: string): string[] {
  // Lists are joined and not spread into a call: a flattened engine has more nets than a call takes arguments.
  const counts = nets.size > 0 ? [`${indent} (NET`, ...Array.from(nets, ([net, text]) => `${indent}  (${net} ${text})`), `${indent} )`] : [];
  const inner = [...scopes].flatMap(([instance, scope]) => scopeLines(instance, scope, `${indent} `));
  return [`${indent}(INSTANCE ${name}`, ...counts, ...inner, `${indent})`];
}

/** Brackets, dots and other signs that are not part of a plain name have a backslash before them. */
function escaped(name: string): string {
  return name.replace(/[^A-Za-z0-9_$]/g, (sign) => `\\${sign}`);
}
