import { describe, expect, it } from 'vitest';
import type { CompressOptions } from '../../generator/compress/options.js';
import { generateLayer } from '../../generator/generate.js';
import { weightOfCode } from '../../generator/golden/lane.js';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import type { Layer } from '../../generator/layer/layer.js';
import { exponentOf } from '../../generator/plan/accumulator.js';
import type { Lanes, LayerPlan } from '../../generator/plan/plan.js';
import { chooseChannels, planSelection, selectionOf } from '../../generator/plan/selection.js';
import { foldedLanes as lanes, prunedLayer } from '../support/pruned_layer.js';

describe('chooseChannels', () => {
  it.each([[2, 4], [1, 4], [1, 2], [3, 5], [4, 8]])('gives lane j of %i of %i one of the channels that it can have, and every weight a lane', (n, m) => {
    const selection = selectionOf({ n, m });
    for (let mask = 0; mask < 2 ** m; mask++) {
      const needed = Array.from({ length: m }, (_, c) => c).filter((c) => (mask >> c) & 1);
      const chosen = chooseChannels((c) => needed.includes(c), selection);
      if (needed.length > n) {
        expect(chosen).toBeUndefined();
        continue;
      }
      expect(chosen).toHaveLength(n);
      expect(chosen).toEqual(expect.arrayContaining(needed));
      chosen!.forEach((channel, lane) => expect(channel - lane >= 0 && channel - lane < selection.choices).toBe(true));
      expect(new Set(chosen).size).toBe(n);
    }
  });

  it('needs 2 bits for three or four choices and 1 for two', () => {
    const of = (n: number, m: number) => selectionOf({ n, m });
    expect([of(2, 4), of(1, 4), of(1, 2), of(1, 16)].map(({ choices, indexBits }) => [choices, indexBits])).toEqual([[3, 2], [4, 2], [2, 1], [16, 4]]);
  });
});

describe('planSelection', () => {
  const layer = prunedLayer(2, 4, {}, { encoding: 'pot' });

  it('selects where the layer declares a structure and the lanes are a multiple of n', () => {
    expect(planSelection(layer, { ic: 4 })).toMatchObject({ n: 2, m: 4 });
    expect(planSelection(layer, { ic: 4, select: true })).toMatchObject({ n: 2, m: 4 });
    expect([planSelection(layer, { ic: 3 }), planSelection(layer, { ic: 4, select: false })]).toEqual([undefined, undefined]);
  });

  it('says why lanes that must select cannot', () => {
    expect(() => planSelection(layer, { ic: 3, select: true })).toThrow(
      'lanes select=on: ic=3 lanes are not a multiple of the 2 that take 4 channels. Take ic=4, or leave select out',
    );
  });

  it('runs dense, or says why not, where pairs would be two pixels and their number is odd', () => {
    expect(planSelection(layer, { ic: 4, dsp: 1, pixel: 2 })).toMatchObject({ n: 2, m: 4 });
    expect(planSelection(layer, { ic: 4, dsp: 2, pixel: 1 })).toBeUndefined();
    expect(() => planSelection(layer, { ic: 4, dsp: 2, pixel: 1, select: true })).toThrow(
      'lanes select=on: the dsp=2 lanes work on two pixels each where lanes select, and pixel=1 is odd. Take an even number of pixels, leave dsp out, or take select=off',
    );
  });

  it('covers m / n times as many channels in a step', () => {
    const { plan } = generateLayer(layer, lanes(2, 4, 1));
    expect(plan).toMatchObject({ peakMacsPerCycle: 16, ring: { channels: 8, groupWords: 1 }, sequencer: { steps: 9 }, processingElement: { icLanes: 4, channels: 8 } });
    const { codeBits, selection } = plan.processingElement;
    expect(plan.weightMemory.width).toBe(2 * 4 * (codeBits + selection!.indexBits));
  });
});

/** Every weight that the words of a selecting engine hold, at (outChannels, groupInChannels, kernel positions). */
function weightsOfWords(layer: Layer, { weightMemory, lanes, ring, sequencer, processingElement: pe, encoding }: LayerPlan, words: Uint32Array): Int32Array {
  const g = layer.geometry;
  const positions = g.kernelHeight * g.kernelWidth;
  const { n, m, indexBits } = pe.selection!;
  const selectBase = lanes.oc * (lanes.ic * pe.codeBits + pe.exponentGroups * pe.exponentBits);
  const read = (word: number, low: number, width: number) =>
    Array.from({ length: width }, (_, i) => {
      const chunk = words[word * weightMemory.chunks + Math.floor((low + i) / weightMemory.chunkWidth)];
      return ((chunk >>> (low + i) % weightMemory.chunkWidth) & 1) * 2 ** i;
    }).reduce((a, b) => a + b, 0);
  const weights = new Int32Array(layer.tensors.weight.length);
  for (let word = 0; word < weightMemory.depth; word++) {
    const position = word % positions;
    const part = Math.floor(word / positions) % ring.groupWords;
    const tile = Math.floor(word / ring.groupWords / positions) % sequencer.tiles;
    const group = Math.floor(word / ring.groupWords / positions / sequencer.tiles);
    for (let lane = 0; lane < lanes.oc * lanes.ic; lane++) {
      const [oc, ic] = [tile * lanes.oc + Math.floor(lane / lanes.ic), lane % lanes.ic];
      const input = part * ring.channels + Math.floor(ic / n) * m + (ic % n) + read(word, selectBase + lane * indexBits, indexBits);
      const isUsed = oc < g.groupOutChannels && input < g.groupInChannels;
      const channel = group * g.groupOutChannels + oc;
      const group0 = lanes.oc * lanes.ic * pe.codeBits + (Math.floor(lane / lanes.ic) * pe.exponentGroups + Math.floor(ic / pe.groupLanes)) * pe.exponentBits;
      const exponent = read(word, group0, pe.exponentGroups > 0 ? pe.exponentBits : 0);
      const weight = weightOfCode(encoding, read(word, lane * pe.codeBits, pe.codeBits), exponent);
      if (!isUsed) expect(weight).toBe(0);
      else weights[(channel * g.groupInChannels + input) * positions + position] += weight;
      if (isUsed && weight !== 0) expect(exponent).toBe(exponentOf(layer, channel, input, position));
    }
  }
  return weights;
}

describe('weight words of lanes that select', () => {
  const cases: [string, number, number, Partial<FloatLayer>, CompressOptions['encoding'], Lanes][] = [
    ['2:4', 2, 4, {}, { encoding: 'pot' }, lanes(2, 4, 1)],
    ['one lane', 1, 4, {}, { encoding: 'apot' }, lanes(1, 1, 1)],
    ['blocks wider than the channels', 3, 16, { input: { channels: 5, height: 4, width: 4 } }, { encoding: 'uniform', bits: 4 }, lanes(4, 6, 1)],
    ['a last block that is shorter', 2, 4, { input: { channels: 11, height: 4, width: 4 } }, { encoding: 'csd', digits: 2 }, lanes(5, 4, 1)],
    ['groups of channels', 1, 2, { input: { channels: 12, height: 4, width: 4 }, groups: 2 }, { encoding: 'codebook', levels: [-3, 0, 2, 7] }, lanes(2, 2, 1)],
    ['exponents of whole blocks', 2, 4, { input: { channels: 24, height: 4, width: 4 } }, { encoding: 'bpot', groupSize: 8 }, lanes(3, 8, 1)],
    ['exponents that cut blocks', 2, 4, { input: { channels: 24, height: 4, width: 4 } }, { encoding: 'bpot', groupSize: 6 }, lanes(3, 4, 1)],
  ];

  it.each(cases)('hold every weight at a lane that can have its channel: %s', (_, n, m, change, encoding, folding) => {
    const layer = prunedLayer(n, m, change, encoding);
    const { plan, loads } = generateLayer(layer, folding);
    expect(plan.processingElement.selection).toMatchObject({ n, m });
    expect(weightsOfWords(layer, plan, loads[0].words)).toEqual(layer.tensors.weight);
  });

  it('share an exponent among the lanes of whole blocks only', () => {
    const groupLanes = (groupSize: number, ic: number) =>
      generateLayer(prunedLayer(2, 4, { input: { channels: 64, height: 3, width: 3 } }, { encoding: 'bpot', groupSize }), lanes(1, ic, 1)).plan.processingElement.groupLanes;
    expect([groupLanes(32, 16), groupLanes(16, 16), groupLanes(16, 4), groupLanes(6, 16)]).toEqual([16, 8, 4, 1]);
  });

  it('are refused for a layer that does not keep its structure', () => {
    const layer = prunedLayer(2, 4, {}, { encoding: 'pot' });
    const weight = layer.tensors.weight.slice().fill(1, 2 * 72 + 9 * 4, 2 * 72 + 9 * 8);
    expect(() => generateLayer({ ...layer, tensors: { ...layer.tensors, weight } }, lanes(2, 4, 1))).toThrow(
      'small: more than 2 weights of input channels 4..7 of output channel 2, kernel position [0, 0] are not zero. Take select=off',
    );
  });
});
