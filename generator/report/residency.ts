/** A residency plan as it is written to residency.json, and as text. */
import { lanesText } from '../plan/lanes_text.js';
import { outSize } from '../plan/residency/networks.js';
import type { Place, ResidencyPlan, ResidentLayer } from '../plan/residency/residency.js';
import { count } from './format.js';

export const RESIDENCY_FORMAT = 'shiftloom.residency';

/** The plan as data: sizes in block RAMs (RAMB36), words and bits; cycles by formula. */
export function residencyJson(network: string, plan: ResidencyPlan): object {
  const { layers, memories, lanes, ...rest } = plan;
  return {
    format: RESIDENCY_FORMAT,
    version: 1,
    network,
    ...rest,
    lanes: lanesText(lanes),
    memories: memories.map(({ name, usedWords, plan: { depth, width, bram36, segments } }) => ({
      name, words: usedWords, bits: width, depth, builtWords: segments.reduce((sum, segment) => sum + segment.depth, 0), bram36,
    })),
    layers: layers.map(({ shape, ...layer }) => ({ ...shape, ...layer })),
  };
}

const COLUMNS = ['layer', 'map', 'channels', 'form', 'rank', 'ratio', 'output words', 'input words', 'kernel words', 'bands', 'compute', 'rebuild', 'frame'];

/** The plan for people: what fills the block RAMs, then a line for each layer. */
export function residencyText(network: string, plan: ResidencyPlan): string {
  const rows = plan.layers.map(layerRow);
  const widths = COLUMNS.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells: readonly string[]) => cells.map((cell, i) => (i < 4 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd();
  return [...headLines(network, plan), '', line(COLUMNS), ...rows.map(line), '', ...sumLines(plan)].join('\n');
}

function headLines(network: string, { ratio, bram36, limit, weights, factors, unit, factorBits, memories, engine, lanes }: ResidencyPlan): string[] {
  const parts = [
    ...memories.map(({ name, plan }) => `${name} ${plan.bram36}`),
    `two halves of a weight tile ${engine.halves}`, `input ring ${engine.ring}`, `output slots ${engine.outputBuffer}`,
  ];
  return [
    `${network}: ${count(weights)} weights as ${count(factors)} factors of ${factorBits.output}, ${factorBits.input} and ${factorBits.kernel} bits, ${(weights / factors).toFixed(2)} times fewer (asked: ${ratio.toFixed(2)} in every layer)`,
    `one reconstruction unit of ${unit.ranks} ranks x ${unit.outputs} outputs x ${unit.inputs} inputs, one engine ${lanesText(lanes)}`,
    `${bram36} of ${limit} block RAMs: ${parts.join(', ')}`,
  ];
}

function layerRow({ shape, form, rank, weights, factors, places, bands, cycles }: ResidentLayer): string[] {
  const at = ({ base, words }: Place) => (words === 0 ? '-' : `${base}+${words}`);
  const map = `${outSize(shape)}x${outSize(shape)}`;
  const channels = `${shape.inChannels}-${shape.outChannels} ${shape.kernel}x${shape.kernel}${shape.stride > 1 ? `/${shape.stride}` : ''}`;
  const { compute, rebuild, frame } = cycles;
  return [shape.name, map, channels, form, String(rank), (weights / factors).toFixed(1), at(places.output), at(places.input), at(places.kernel), String(bands), count(compute), count(rebuild), count(frame)];
}

function sumLines({ layers, lanes }: ResidencyPlan): string[] {
  const sum = (of: (layer: ResidentLayer) => number) => layers.reduce((total, layer) => total + of(layer), 0);
  const [compute, rebuild, frame] = [sum((l) => l.cycles.compute), sum((l) => l.cycles.rebuild), sum((l) => l.cycles.frame)];
  const slow = layers.filter(({ cycles }) => cycles.rebuild > cycles.compute).map(({ shape }) => shape.name);
  const direct = sum((l) => l.cycles.directMacs) / sum((l) => l.cycles.macs);
  return [
    `in sum ${count(compute)} cycles to compute, ${count(rebuild)} to rebuild, ${count(frame)} with what does not hide (${lanes.oc * lanes.ic * lanes.pixel} MAC/cycle)`,
    slow.length === 0
      ? 'rebuilding hides behind computing in every layer'
      : `rebuilding takes longer than computing in ${slow.length} of ${layers.length} layers: ${slow.join(', ')}; run those directly, or give the unit more lanes`,
    `run directly, the factors take ${(100 * direct).toFixed(1)} % of the multiply-accumulates`,
  ];
}
