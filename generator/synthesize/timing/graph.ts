/** The whole design as one graph of nets: every instance of every module, joined at its ports. */
import type { Netlist } from '../netlist.js';
import { DRIVER, makeTemplate, type Template } from './template.js';

export interface Instance {
  readonly path: string;
  readonly template: Template;
  /** Global number of each net of the module. */
  readonly nets: Int32Array;
}

/** A clocked pin: a register's output (start) or a data input with set-up (end). */
export interface ClockedPin {
  readonly net: number;
  readonly delay: number;
  readonly sink: number;
  readonly instance: number;
  readonly cell: number;
  readonly port: string;
}

export interface TimingGraph {
  readonly nets: number;
  readonly instances: readonly Instance[];
  readonly arcFrom: Int32Array;
  readonly arcTo: Int32Array;
  readonly arcDelay: Float32Array;
  readonly arcSink: Uint8Array;
  readonly arcInstance: Int32Array;
  readonly arcCell: Int32Array;
  /** `DRIVER` kind and number of loads of each net. */
  readonly driver: Uint8Array;
  readonly loads: Int32Array;
  /** Side of the square that the kept modules on a net fill together, in CLBs; 0 for a net that stays within one of them. */
  readonly span: Float32Array;
  readonly starts: readonly ClockedPin[];
  readonly ends: readonly ClockedPin[];
  readonly inputs: readonly number[];
  readonly outputs: readonly { readonly net: number; readonly port: string }[];
  readonly unknown: readonly string[];
  /** Carry select inputs without a LUT of their own. */
  readonly routeThroughs: number;
  /** Representative of a global net number. */
  find(net: number): number;
}

export function buildGraph(netlist: Netlist, top: string): TimingGraph {
  const templates = new Map<string, Template>();
  const templateOf = (name: string): Template => {
    let template = templates.get(name);
    if (!template) templates.set(name, (template = makeTemplate(netlist, name)));
    return template;
  };
  const join = new Joiner();
  const instances: Instance[] = [];
  const place = (name: string, path: string, ports: Map<string, readonly number[]>): void => {
    const template = templateOf(name);
    const nets = placeNets(template, ports, join);
    instances.push({ path, template, nets });
    for (const child of template.children) {
      const outer = new Map(Object.entries(child.connections).map(([port, bits]) => [port, bits.map((bit) => (typeof bit === 'number' ? nets[template.netOf(bit)] : -1))]));
      place(child.module, path === '' ? child.name : `${path}.${child.name}`, outer);
    }
  };
  place(top, '', new Map());
  return collect(netlist, top, instances, join, [...templates.values()]);
}

/** Gives each net of an instance a global number: the outer one at a port, else a new one. */
function placeNets(template: Template, ports: Map<string, readonly number[]>, join: Joiner): Int32Array {
  // Number the nets that only ports and children name, before the size is taken.
  for (const port of Object.values(template.source.ports)) port.bits.forEach((bit) => template.netOf(bit));
  for (const child of template.children) for (const bits of Object.values(child.connections)) bits.forEach((bit) => template.netOf(bit));
  const nets = new Int32Array(template.netCount()).fill(-1);
  for (const [port, outer] of ports) {
    template.source.ports[port]?.bits.forEach((bit, i) => {
      const local = template.netOf(bit);
      if (local < 0 || outer[i] === undefined || outer[i] < 0) return;
      if (nets[local] < 0) nets[local] = outer[i];
      else join.union(nets[local], outer[i]);
    });
  }
  for (let i = 0; i < nets.length; i++) if (nets[i] < 0) nets[i] = join.add();
  return nets;
}

function collect(netlist: Netlist, top: string, instances: Instance[], join: Joiner, templates: Template[]): TimingGraph {
  const arcs = instances.reduce((sum, { template }) => sum + template.arcs.length, 0);
  const graph = {
    nets: join.size,
    instances,
    arcFrom: new Int32Array(arcs),
    arcTo: new Int32Array(arcs),
    arcDelay: new Float32Array(arcs),
    arcSink: new Uint8Array(arcs),
    arcInstance: new Int32Array(arcs),
    arcCell: new Int32Array(arcs),
    driver: new Uint8Array(join.size),
    loads: new Int32Array(join.size),
    span: spansOf(instances, join),
    starts: [] as ClockedPin[],
    ends: [] as ClockedPin[],
    inputs: [] as number[],
    outputs: [] as { net: number; port: string }[],
    unknown: [...new Set(templates.flatMap((template) => [...template.unknown]))].sort(),
    routeThroughs: 0,
    find: (net: number) => join.find(net),
  };
  let next = 0;
  instances.forEach(({ template, nets }, instance) => {
    for (const arc of template.arcs) {
      graph.arcFrom[next] = join.find(nets[arc.from]);
      graph.arcTo[next] = join.find(nets[arc.to]);
      graph.arcDelay[next] = arc.delay;
      graph.arcSink[next] = arc.sink;
      graph.arcInstance[next] = instance;
      graph.arcCell[next++] = arc.cell;
    }
    for (const { net, kind } of template.drivers) if (net >= 0) graph.driver[join.find(nets[net])] = kind;
    for (const net of template.loads) graph.loads[join.find(nets[net])]++;
    for (const pin of template.launches) graph.starts.push({ ...pin, net: join.find(nets[pin.net]), instance });
    for (const pin of template.captures) graph.ends.push({ ...pin, net: join.find(nets[pin.net]), instance });
  });
  const { nets, template } = instances[0];
  for (const [port, { direction, bits }] of Object.entries(netlist.modules[top].ports)) {
    for (const bit of bits) {
      if (typeof bit !== 'number') continue;
      const net = join.find(nets[template.netOf(bit)]);
      if (direction === 'input') graph.inputs.push(net);
      else graph.outputs.push({ net, port });
    }
  }
  graph.routeThroughs = countRouteThroughs(graph);
  return graph;
}

/** CLBs per LUT with 70 % of a CLB's eight in use, and per block RAM and DSP48E1 as they lie in the XC7Z035 (21,488 CLBs, 500 and 900). */
const CLBS = { lut: 1 / (8 * 0.7), bram36: 43, dsp: 24 };

function clbsOf(template: Template): number {
  let clbs = 0;
  for (const { type } of template.cells) {
    if (/^(LUT|SRL|RAM\d)/.test(type)) clbs += CLBS.lut;
    else if (type === 'RAMB36E1') clbs += CLBS.bram36;
    else if (type === 'RAMB18E1') clbs += CLBS.bram36 / 2;
    else if (type === 'DSP48E1') clbs += CLBS.dsp;
  }
  return clbs;
}

/** A net with loads in several instances of kept modules reaches over all of them, however they are placed. */
function spansOf(instances: readonly Instance[], join: Joiner): Float32Array {
  const area = new Float32Array(join.size);
  const users = new Int32Array(join.size);
  const latest = new Int32Array(join.size);
  const clbs = new Map<Template, number>();
  instances.forEach(({ template, nets }, instance) => {
    if (instance === 0) return;
    if (!clbs.has(template)) clbs.set(template, clbsOf(template));
    for (const local of template.loads) {
      const net = join.find(nets[local]);
      if (latest[net] === instance) continue;
      latest[net] = instance;
      users[net]++;
      area[net] += clbs.get(template)!;
    }
  });
  return area.map((sum, net) => (users[net] > 1 ? Math.sqrt(sum) : 0));
}

/** Select inputs of carry chains on a net that is no LUT's, or that another select input has already: a LUT stands at one place of one chain. */
function countRouteThroughs(graph: Pick<TimingGraph, 'instances' | 'driver' | 'loads' | 'find' | 'outputs'>): number {
  const ports = new Set(graph.outputs.map(({ net }) => net));
  const users = new Map<number, number>();
  for (const { template, nets } of graph.instances) {
    for (const { select, outputs } of template.carrySelects) {
      // The upper end of the last block of a chain is filled up with copies of the sign and leads nowhere.
      if (!outputs.some((local) => graph.loads[graph.find(nets[local])] > 0 || ports.has(graph.find(nets[local])))) continue;
      const net = graph.find(nets[select]);
      users.set(net, (users.get(net) ?? 0) + 1);
    }
  }
  let count = 0;
  for (const [net, pins] of users) count += pins - (graph.driver[net] === DRIVER.LUT ? 1 : 0);
  return count;
}

/** Union-find over global nets: a module may join two of its ports, so two outer nets are one. */
class Joiner {
  private readonly parent: number[] = [];

  get size(): number {
    return this.parent.length;
  }

  add(): number {
    return this.parent.push(this.parent.length) - 1;
  }

  find(net: number): number {
    let root = net;
    while (this.parent[root] !== root) root = this.parent[root];
    while (this.parent[net] !== root) [net, this.parent[net]] = [this.parent[net], root];
    return root;
  }

  union(a: number, b: number): void {
    const [x, y] = [this.find(a), this.find(b)];
    this.parent[Math.max(x, y)] = Math.min(x, y);
  }
}
