import { describe, expect, it } from 'vitest';
import { generateLayer } from '../../generator/generate.js';
import { weightOfCode } from '../../generator/golden/lane.js';
import { randomLayer } from '../../generator/layer/random_layer.js';
import { exponentOf } from '../../generator/plan/accumulator.js';
import type { LayerPlan } from '../../generator/plan/plan.js';

/** Bits of every word of a memory, read back from the LOAD_DATA words. */
function wordBits(words: Uint32Array, memory: LayerPlan['weightMemory']): (word: number, low: number, width: number) => number {
  return (word, low, width) => {
    let value = 0;
    for (let i = 0; i < width; i++) {
      const bit = low + i;
      const chunk = words[word * memory.chunks + Math.floor(bit / memory.chunkWidth)];
      value += ((chunk >>> bit % memory.chunkWidth) & 1) * 2 ** i;
    }
    return value;
  };
}

describe('memory contents', () => {
  it.each(['uniform', 'pot', 'apot', 'bpot', 'csd'] as const)('hold every %s weight at its step and lane, and zero on unused lanes', (encoding) => {
    const layer = randomLayer(17, { encodings: [encoding], kinds: ['conv2d'] });
    const g = layer.geometry;
    const { plan, loads } = generateLayer(layer, { oc: 3, ic: 4, pixel: 1, kind: 'lut' });
    const read = wordBits(loads[0].words, plan.weightMemory);
    const positions = g.kernelHeight * g.kernelWidth;
    let word = 0;
    let compared = 0;
    for (let group = 0; group < g.groups; group++)
      for (let tile = 0; tile < plan.sequencer.tiles; tile++)
        for (let part = 0; part < plan.ring.groupWords; part++)
          for (let position = 0; position < positions; position++, word++)
            for (let lane = 0; lane < 12; lane++) {
              const [inGroup, input] = [tile * 3 + Math.floor(lane / 4), part * 4 + (lane % 4)];
              const used = inGroup < g.groupOutChannels && input < g.groupInChannels;
              const channel = group * g.groupOutChannels + inGroup;
              const exponent = used ? exponentOf(layer, channel, input, position) : 0;
              const code = read(word, lane * plan.processingElement.codeBits, plan.processingElement.codeBits);
              const want = used ? layer.tensors.weight[(channel * g.groupInChannels + input) * positions + position] : 0;
              expect(weightOfCode(plan.encoding, code, exponent)).toBe(want);
              compared++;
            }
    expect(word).toBe(plan.weightMemory.depth);
    expect(compared).toBeGreaterThan(0);
  });

  it('are the same in the $readmemh files and in the words for LOAD_DATA', () => {
    const layer = randomLayer(23, { kinds: ['conv2d'] });
    const { plan, loads, files } = generateLayer(layer, { oc: 2, ic: 3, pixel: 2, kind: 'lut' });
    for (const [unit, memory, words] of [['weight_memory', plan.weightMemory, loads[0].words], ['parameter_memory', plan.parameterMemory, loads[1].words]] as const) {
      for (let chunk = 0; chunk < memory.chunks; chunk++) {
        const lines = files.get(`mem/${unit}_s0_c${chunk}.mem`)!.trim().split('\n').slice(0, memory.depth);
        expect(lines.map((line) => parseInt(line, 16))).toEqual(lines.map((_, word) => words[word * memory.chunks + chunk]));
      }
    }
  });
});
