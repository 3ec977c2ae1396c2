/** Where the elements of the output stream belong: streamed weights give the outputs channel tile by channel tile. */
import type { LayerPlan } from './plan.js';

/**
 * For each element of a frame in stream order, its place in row, column, channel order; undefined if the stream has that order itself.
 * Stream order with streamed weights: band, group, channel tile, row of the band, column, channel of the tile.
 */
export function outputOrder({ streamed, lanes, sequencer, layer, blocks }: LayerPlan): Uint32Array | undefined {
  if (!streamed || blocks) return undefined; // blocks have one pixel, whose outputs are in order or put in order
  const { groups, groupOutChannels, outHeight, outWidth, outChannels } = layer.geometry;
  const order = new Uint32Array(outHeight * outWidth * outChannels);
  let next = 0;
  for (let band = 0; band < streamed.bands; band++) {
    const end = Math.min(outHeight, (band + 1) * streamed.bandRows);
    for (let tile = 0; tile < groups * sequencer.tiles; tile++) {
      const first = (tile % sequencer.tiles) * lanes.oc;
      const channels = Math.min(lanes.oc, groupOutChannels - first);
      const channel = Math.floor(tile / sequencer.tiles) * groupOutChannels + first;
      for (let pixel = band * streamed.bandRows * outWidth; pixel < end * outWidth; pixel++) {
        for (let c = 0; c < channels; c++) order[next++] = pixel * outChannels + channel + c;
      }
    }
  }
  return order;
}

/** Frames in row, column, channel order as the stream has them. */
export function inStreamOrder(plan: LayerPlan, outputs: Int32Array): Int32Array {
  const order = outputOrder(plan);
  if (!order) return outputs;
  const streamed = new Int32Array(outputs.length);
  for (let base = 0; base < outputs.length; base += order.length) {
    for (let i = 0; i < order.length; i++) streamed[base + i] = outputs[base + order[i]];
  }
  return streamed;
}
