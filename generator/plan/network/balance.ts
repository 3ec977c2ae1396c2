/**
 * Foldings of a network's layers for a frame rate. All layers work at once, so the slowest sets the rate and lanes beyond it are wasted: each layer
 * gets the smallest engine that keeps up.
 */
import { ShiftloomError } from '../../errors.js';
import { macsOf, type Layer } from '../../layer/layer.js';
import { cyclesBetweenFrames } from '../cycles.js';
import { estimateLayer } from '../estimate.js';
import { icCounts, laneKinds, visitFoldings, withWeightMemory, type BoundedFolding } from '../foldings.js';
import { MAX_BRAM, sizeOf } from '../limits.js';
import type { Lanes } from '../plan.js';
import { planCore } from '../plan_layer.js';
import { planSelection, stepChannels } from '../selection.js';

/** Multiply-accumulates per cycle beyond the least possible that are looked at: a folding with more of them is never the smallest. */
const SPARE_MACS = 4;
/** Foldings that are planned at most, in the order of their size. */
const MOST_PLANNED = 400;

const found = new WeakMap<Layer, Map<number, Lanes>>();

/**
 * The smallest folding with resident weights whose frames follow each other in at most `cycles` cycles.
 * @throws ShiftloomError('resource') if no folding is so fast, with the rate of the input stream if that is why
 */
export function balanceLayer(layer: Layer, cycles: number): Lanes {
  let known = found.get(layer);
  if (!known) found.set(layer, (known = new Map()));
  let lanes = known.get(cycles);
  if (!lanes) known.set(cycles, (lanes = smallest(layer, cycles)));
  return lanes;
}

function smallest(layer: Layer, cycles: number): Lanes {
  const bySize = candidates(layer, cycles).sort((a, b) => sizeOf(a.least) - sizeOf(b.least));
  let best: { lanes: Lanes; size: number } | undefined;
  let planned = 0;
  for (const folding of bySize) {
    if (best && sizeOf(folding.least) >= best.size) break;
    if (best && sizeOf(withWeightMemory(layer, folding)) >= best.size) continue;
    if (planned++ > MOST_PLANNED && best) break;
    const plan = planCore(layer, folding.lanes, Infinity);
    if (cyclesBetweenFrames(plan) > cycles) continue;
    const estimate = estimateLayer(plan);
    const size = sizeOf(estimate);
    if (estimate.bram36 <= MAX_BRAM && (!best || size < best.size)) best = { lanes: folding.lanes, size };
  }
  if (best) return best.lanes;
  throw new ShiftloomError(
    'resource',
    layer.description.name,
    `no folding takes a frame every ${cycles} cycles: its ${layerMacs(layer).toLocaleString('en-US')} multiply-accumulates or its streams take longer`,
    'Ask for fewer frames per second',
  );
}

/** Multiply-accumulates of a frame, of a block-permuted layer those of its blocks. */
export function layerMacs({ blocks, geometry }: Layer): number {
  return blocks ? blocks.tensors.weight.length : macsOf(geometry);
}

/** Foldings whose array alone is fast enough, with the fewest output-channel lanes for their number of channel tiles. */
function candidates(layer: Layer, cycles: number): BoundedFolding[] {
  const g = layer.geometry;
  const most = { lut: Infinity, dsp: Infinity, macs: Math.max(64, (SPARE_MACS * layerMacs(layer)) / cycles) };
  const folded: BoundedFolding[] = [];
  for (const ic of icCounts(layer)) {
    visitFoldings(layer, ic, laneKinds(layer)[0], 'resident', most, (folding) => {
      const { oc } = folding.lanes;
      if (!layer.blocks && oc > 1 && Math.ceil(g.groupOutChannels / (oc - 1)) === Math.ceil(g.groupOutChannels / oc)) return;
      if (arraySteps(layer, folding.lanes) <= cycles) folded.push(folding);
    });
  }
  return folded;
}

/** Steps of the array in a frame. */
function arraySteps(layer: Layer, lanes: Lanes): number {
  const { oc, ic, pixel, blocks: sets = 1 } = lanes;
  if (layer.blocks) {
    const { inputSizes, outputSizes } = layer.blocks.tensors;
    return Math.ceil(inputSizes.length / sets) * Math.ceil((Math.max(...outputSizes) * sets) / oc) * Math.ceil(Math.max(...inputSizes) / ic);
  }
  const g = layer.geometry;
  const steps = Math.ceil(g.groupInChannels / stepChannels(ic, planSelection(layer, lanes))) * g.kernelHeight * g.kernelWidth;
  return g.outHeight * Math.ceil(g.outWidth / pixel) * g.groups * Math.ceil(g.groupOutChannels / oc) * steps;
}
