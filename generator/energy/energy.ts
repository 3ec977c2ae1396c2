/** From numbers of events to energy: per multiply-accumulate, by part, unit and primitive, with the range of the figures. */
import { FIGURES, type EnergyTable, type Figure, type Range } from './energy_table.js';
import type { Counts, EventGroup, Primitive } from './events.js';

/** The array, what feeds it, everything else, and the clock of all. */
export const PARTS = ['array', 'memories', 'control', 'clock'] as const;
export type Part = (typeof PARTS)[number];

export interface EnergyShare extends Range {
  readonly name: string;
}

export interface EnergyFigures {
  /** pJ for each multiply-accumulate of the layer, all low, all nominal, all high figures. */
  readonly perMac: Range;
  /** The same, split. Parts in the order of PARTS, the others in descending order. */
  readonly byPart: readonly EnergyShare[];
  readonly byUnit: readonly EnergyShare[];
  readonly byPrimitive: readonly EnergyShare[];
  /** Events for each multiply-accumulate: energy is linear in them, so any other table can be put in. */
  readonly eventsPerMac: Readonly<Record<Figure, number>>;
}

/** @param macs multiply-accumulates in the counted cycles, on the average of the frame */
export function energyFigures(groups: readonly EventGroup[], table: EnergyTable, macs: number, layerName: string): EnergyFigures {
  const split = (key: (unit: string, primitive: Primitive, figure: Figure) => string): EnergyShare[] => {
    const sums = new Map<string, Counts>();
    for (const { unit, primitive, counts } of groups) {
      for (const [figure, count] of Object.entries(counts) as [Figure, number][]) {
        const name = key(unit, primitive, figure);
        const sum = sums.get(name) ?? {};
        sums.set(name, sum);
        sum[figure] = (sum[figure] ?? 0) + count / macs;
      }
    }
    return [...sums].map(([name, counts]) => ({ name, ...energyOf(counts, table) })).sort((a, b) => b.nominal - a.nominal);
  };
  const events = Object.fromEntries(
    FIGURES.map((figure) => [figure, groups.reduce((sum, { counts }) => sum + (counts[figure] ?? 0), 0) / macs]),
  ) as Record<Figure, number>;
  const parts = split((unit, _primitive, figure) => (figure === 'clock' ? 'clock' : partOf(unit, layerName)));
  return {
    perMac: energyOf(events, table),
    byPart: PARTS.map((name) => parts.find((part) => part.name === name) ?? { name, low: 0, nominal: 0, high: 0 }),
    byUnit: split((unit) => unit),
    byPrimitive: split((_unit, primitive) => primitive),
    eventsPerMac: events,
  };
}

/** pJ of a number of events. */
export function energyOf(counts: Counts, table: EnergyTable): Range {
  const sum = (which: keyof Range) => FIGURES.reduce((total, figure) => total + (counts[figure] ?? 0) * table.figures[figure][which], 0);
  return { low: sum('low'), nominal: sum('nominal'), high: sum('high') };
}

/** A unit's part by its name. Processing elements and the drain that takes their sums are the array. */
function partOf(unit: string, layerName: string): Part {
  const name = unit.startsWith(`${layerName}_`) ? unit.slice(layerName.length + 1) : unit.replace(/^nn_/, '');
  if (/^processing_element|^pair_operands$|^drain$|^lane|adder|accumulator|shift|^pass$|^dsp_pair/.test(name)) return 'array';
  return /memory$|^activation_buffer$|^ram$|^output_buffer$/.test(name) ? 'memories' : 'control';
}

export interface RatioRange {
  readonly nominal: number;
  /** The ratio at the figures, each within its range, that make it smallest and largest. */
  readonly smallest: number;
  readonly largest: number;
  /** What it becomes with one figure at its low and at its high end, the others nominal. */
  readonly byFigure: Readonly<Record<Figure, { readonly low: number; readonly high: number }>>;
}

/**
 * Energy of one engine divided by that of another, over all tables within the ranges. A ratio of two sums that are linear in the
 * figures is extreme where each figure is at one of its ends.
 */
export function energyRatio(of: Readonly<Record<Figure, number>>, to: Readonly<Record<Figure, number>>, table: EnergyTable): RatioRange {
  const at = (value: (figure: Figure, index: number) => number) => {
    const sum = (events: Readonly<Record<Figure, number>>) => FIGURES.reduce((total, figure, i) => total + events[figure] * value(figure, i), 0);
    return sum(of) / sum(to);
  };
  const nominal = at((figure) => table.figures[figure].nominal);
  let smallest = nominal;
  let largest = nominal;
  for (let corner = 0; corner < 2 ** FIGURES.length; corner++) {
    const ratio = at((figure, i) => table.figures[figure][(corner >> i) & 1 ? 'high' : 'low']);
    smallest = Math.min(smallest, ratio);
    largest = Math.max(largest, ratio);
  }
  const single = (one: Figure, end: 'low' | 'high') => at((figure) => table.figures[figure][figure === one ? end : 'nominal']);
  const byFigure = Object.fromEntries(FIGURES.map((figure) => [figure, { low: single(figure, 'low'), high: single(figure, 'high') }]));
  return { nominal, smallest, largest, byFigure: byFigure as RatioRange['byFigure'] };
}
