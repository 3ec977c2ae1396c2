import { describe, expect, it } from 'vitest';
import { maxPool, type PoolWindow } from '../../../generator/golden/max_pool.js';
import { planLayer } from '../../../generator/plan/plan_layer.js';
import { randomLanes, randomLayer } from '../../../generator/layer/random_layer.js';
import { cycleModel, cyclesBetweenFrames } from '../../../generator/plan/cycles.js';
import { fifoDepths } from '../../../generator/plan/network/fifo_depths.js';
import { GraphBuilder, type WindowAxis } from '../../../generator/plan/network/stage_actors.js';
import { play } from '../../../generator/plan/network/token_game.js';
import { beatsOf, runStreams } from '../../support/stream_bench.js';

const axis = (length: number, kernel: number, stride: number, before = 0, after = 0): WindowAxis => ({ length, kernel, stride, before, after });

/**
 * A fork; one branch takes 3x3 maxima with stride 1 and padding, the other waits in a FIFO; then the sum. A window's first row comes out when the row
 * below it is in: a row and a beat or two must wait.
 */
function residual(width: number, height: number, channelBeats: number, depth?: number) {
  const graph = new GraphBuilder();
  const beats = width * height * channelBeats;
  const [input, left, right, filtered, sum] = ['input', 'left', 'right', 'filtered', 'sum'].map((name) => graph.edge(name));
  graph.source(input, beats);
  graph.fork('fork', input, [left, right], beats);
  graph.maxPool('pool', left, filtered, axis(height, 3, 1, 1, 1), axis(width, 3, 1, 1, 1), channelBeats);
  const waiting = graph.fifo('fifo', right, beats, depth);
  graph.add('add', [filtered, waiting], sum, beats);
  graph.sink(sum, beats);
  return graph;
}

describe('FIFO depths', () => {
  it('are the least with which a network with a skip connection does not stop: it does with one place less', () => {
    for (const [width, height, channelBeats] of [[6, 5, 1], [4, 4, 3], [8, 3, 2]]) {
      const [{ least, fullRate }] = fifoDepths(residual(width, height, channelBeats));
      // The first maximum needs a row and a pixel more; the fork, both inputs of the sum and the pool hold a few beats themselves.
      expect(least).toBeGreaterThan((width - 1) * channelBeats);
      expect(least).toBeLessThanOrEqual((width + 2) * channelBeats + 2);
      expect(fullRate).toBeGreaterThanOrEqual(least);
      expect(play(residual(width, height, channelBeats, least), 4).complete).toBe(true);
      const stopped = play(residual(width, height, channelBeats, least - 1), 4);
      expect(stopped.complete).toBe(false);
      expect(stopped.waiting.map(({ actor }) => actor)).toEqual(expect.arrayContaining(['fork', 'fifo', 'add']));
    }
  });

  it('for full rate let frames through as fast as with no limit, and not with one place less', () => {
    const cycles = (depth?: number) => play(residual(6, 5, 2, depth), 3).cycles;
    const [{ fullRate }] = fifoDepths(residual(6, 5, 2));
    expect(cycles(fullRate)).toBe(cycles());
    expect(cycles(fullRate - 1)).toBeGreaterThan(cycles());
  });

  it('are found one after the other where there are several, each as small as the others let it be', () => {
    const graph = new GraphBuilder();
    const beats = 20;
    const [input, a, b, pooled, sum, c, d, again, out] = 'input a b pooled sum c d again out'.split(' ').map((name) => graph.edge(name));
    graph.source(input, beats);
    graph.fork('fork1', input, [a, b], beats);
    graph.maxPool('pool1', a, pooled, axis(5, 3, 1, 1, 1), axis(4, 3, 1, 1, 1), 1);
    graph.add('add1', [pooled, graph.fifo('fifo1', b, beats)], sum, beats);
    graph.fork('fork2', sum, [c, d], beats);
    graph.maxPool('pool2', c, again, axis(5, 5, 1, 2, 2), axis(4, 3, 1, 1, 1), 1);
    graph.add('add2', [graph.fifo('long', again, beats), graph.fifo('fifo2', d, beats)], out, beats);
    graph.sink(out, beats);
    const depths = fifoDepths(graph);
    expect(depths.map(({ name }) => name)).toEqual(['fifo1', 'long', 'fifo2']);
    expect(depths[1].least).toBe(1); // nothing waits in front of the longer branch
    const open = graph.edges.flatMap(({ capacity }, index) => (capacity === undefined ? [index] : []));
    const least = new Map(open.map((index, i) => [index, depths[i].least]));
    expect(play(graph, 5, least).complete).toBe(true);
    for (const index of open.filter((edge) => least.get(edge)! > 1)) {
      expect(play(graph, 3, new Map(least).set(index, least.get(index)! - 1)).complete).toBe(false);
    }
  });

  it('do not help a sum whose other input takes beats that never come: the units that wait are named', () => {
    const graph = new GraphBuilder();
    const [input, a, b, sum] = ['input', 'a', 'b', 'sum'].map((name) => graph.edge(name));
    graph.source(input, 8);
    graph.fork('fork', input, [a, b], 8);
    const pooled = graph.edge('pooled');
    graph.maxPool('pool', a, pooled, axis(2, 2, 2), axis(4, 2, 2), 1);
    graph.add('add', [pooled, graph.fifo('fifo', b, 8)], sum, 8);
    graph.sink(sum, 8);
    expect(() => fifoDepths(graph)).toThrow('network: its units wait for each other whatever FIFOs stand between them: add for pooled, sink for sum');
  });
});

describe('actors of the units', () => {
  it('take as long as an engine does, by the cycle model: a frame and frames that follow each other', () => {
    for (const seed of [180, 202, 204, 212, 205, 3, 14, 27, 31]) {
      const layer = randomLayer(seed);
      const plan = planLayer(layer, { ...randomLanes(layer, seed), weights: 'resident' });
      const run = (frames: number) => {
        const graph = new GraphBuilder();
        const [input, output] = [graph.edge('input'), graph.edge('output')];
        graph.source(input, plan.input.beatsPerFrame);
        graph.engine('layer', input, output, plan);
        graph.sink(output, plan.output.beatsPerFrame);
        // Without the cycles in which the sequencer, after its last row, goes back to the first.
        const sinkOnly = { ...graph, actors: graph.actors };
        return play(sinkOnly, frames);
      };
      const between = Math.ceil((run(7).cycles - run(3).cycles) / 4);
      expect(between, `layer ${seed}`).toBe(cyclesBetweenFrames(plan));
      expect(Math.abs(run(1).cycles - cycleModel(plan).cycles), `layer ${seed}`).toBeLessThanOrEqual(8);
    }
  });

  it('give beats in the cycles in which the simulated pooling gives them', () => {
    const windows: [PoolWindow, number, number][] = [
      [{ kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] }, 6, 8], [{ kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] }, 5, 6], [{ kernel: [3, 2], strides: [2, 3], pads: [1, 0, 2, 1] }, 7, 7],
    ];
    for (const [{ kernel, strides, pads }, height, width] of windows) {
      const data = Int32Array.from({ length: height * width * 2 }, (_, i) => (i * 37) % 256);
      const result = maxPool(data, { height, width, channels: 1 }, { kernel, strides, pads }, 2);
      const port = (name: string, values: Int32Array) => ({ name, width: 8, beats: beatsOf(values, 1, 8, values.length / 2) });
      const [run] = runStreams([{
        cell: 'nn_max_pool',
        parameters: { WIDTH: width, HEIGHT: height, KERNEL_H: kernel[0], KERNEL_W: kernel[1], STRIDE_H: strides[0], STRIDE_W: strides[1], PAD_TOP: pads[0], PAD_LEFT: pads[1], PAD_BOTTOM: pads[2], PAD_RIGHT: pads[3] },
        inputs: [port('s_axis', data)], outputs: [port('m_axis', result)],
      }]);
      const graph = new GraphBuilder();
      const [input, output] = [graph.edge('input'), graph.edge('output')];
      graph.source(input, height * width);
      graph.maxPool('pool', input, output, axis(height, kernel[0], strides[0], pads[0], pads[2]), axis(width, kernel[1], strides[1], pads[1], pads[3]), 1);
      graph.sink(output, result.length / 2);
      const simulated = run.outputCycles[0][1] - run.inputCycles[0][0] + 1;
      expect(Math.abs(play(graph, 2).cycles - simulated), JSON.stringify({ kernel, strides, pads })).toBeLessThanOrEqual(4);
    }
  });
});
