/** The clock estimate against blocks that were placed and routed (docs/synthesis.md has the table). */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NETLIST_FILE, synthesisScript } from '../../generator/synthesize/flow.js';
import { moduleParameters, parseNetlist } from '../../generator/synthesize/netlist.js';
import { estimateTiming, type TimingEstimate } from '../../generator/synthesize/timing/estimate.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';

/** Routed MHz, slowest first; two figures where the block was routed from two netlists (without and with wide multiplexers). */
const ROUTED = [
  { block: '16 lanes, bare tree, 1 stage', TREE: 16, PIPELINED: 0, STAGES: 1, mhz: [79] },
  { block: '9 lanes, bare tree, 1 stage', TREE: 9, PIPELINED: 0, STAGES: 1, mhz: [89] },
  { block: '16 lanes, registered tree, 1 stage', TREE: 16, PIPELINED: 1, STAGES: 1, mhz: [156, 178] },
  { block: '16 lanes, registered tree, 2 stages', TREE: 16, PIPELINED: 1, STAGES: 2, mhz: [201] },
  { block: '9 lanes, registered tree, 2 stages', TREE: 9, PIPELINED: 1, STAGES: 2, mhz: [247] },
] as const;

const estimates: TimingEstimate[] = [];

beforeAll(async () => {
  const names = ['routed_block.v', 'routed_blocks.v'];
  const sources = await Promise.all(names.map((name) => readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8')));
  const script = synthesisScript({ top: 'routed_blocks', verilog: names, parameters: {}, mapper: 'abc', maccmap: 'merge', keep: [], netlist: true });
  // Mapped as they were when routed: by ABC's own script, which recovers area.
  const stock = script.map((command) => command.replace(/^(abc -lut 6) -script \S+/, '$1'));
  expect(stock).not.toEqual(script);
  const { files } = await runYosys({ script: stock, files: Object.fromEntries(names.map((name, i) => [name, sources[i]])), outputs: [NETLIST_FILE] });
  const netlist = parseNetlist(files[NETLIST_FILE]);
  const modules = [...moduleParameters(netlist)];
  for (const { TREE, PIPELINED, STAGES } of ROUTED) {
    const [name] = modules.find(([, p]) => p.TREE === TREE && p.PIPELINED === PIPELINED && p.STAGES === STAGES)!;
    estimates.push(estimateTiming(netlist, name)!);
  }
});
afterAll(closeYosysWorkers);

describe('the clock estimate of blocks that were placed and routed', () => {
  it.each(ROUTED.map((point, i) => ({ ...point, i })))('has the routed clock of $block in its range, and nominal within 18 %', ({ i, mhz }) => {
    const { fmaxMhz } = estimates[i];
    for (const routed of mhz) {
      expect(routed).toBeGreaterThan(fmaxMhz.pessimistic);
      expect(routed).toBeLessThan(fmaxMhz.optimistic);
    }
    const middle = mhz.reduce((sum, routed) => sum + routed, 0) / mhz.length;
    expect(Math.abs(fmaxMhz.nominal / middle - 1)).toBeLessThan(0.18);
  });

  it('ranks them as routing did: no block is put behind one that routed slower', () => {
    const nominal = estimates.map(({ fmaxMhz }) => fmaxMhz.nominal);
    expect(nominal).toEqual([...nominal].sort((a, b) => a - b));
    // The bare trees and the one-stage lane are told apart; the last two have the same logic on their longest path.
    expect(new Set(nominal.slice(0, 4)).size).toBe(4);
  });

  it('puts most of the period into routing, as routing did', () => {
    for (const { path } of estimates) expect(path.routingNs / path.totalNs).toBeGreaterThan(0.6);
  });
});
