import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documentationImages } from '../../scripts/docs/draw.js';
import { portGroups } from '../../scripts/docs/symbols.js';
import { PIPELINE_EXAMPLE } from '../../scripts/docs/timing_diagrams.js';
import { geometryOf } from '../../generator/layer/layer.js';
import { layerSchema } from '../../generator/layer/schema.js';
import { planLayer } from '../../generator/plan/plan_layer.js';

const FOLDER = 'docs/images';

describe('pictures of the documentation', () => {
  const images = documentationImages();

  it('are those that the scripts draw (npm run build && node dist/scripts/docs/draw.js)', () => {
    for (const [name, svg] of Object.entries(images)) expect(readFileSync(join(FOLDER, name), 'utf8'), name).toBe(svg);
  });

  it('are all shown on a page', () => {
    const folders = ['.', 'docs', 'docs/units'];
    const text = folders.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.md')).map((name) => readFileSync(join(folder, name), 'utf8'))).join('\n');
    for (const name of Object.keys(images)) expect(text).toContain(`images/${name}`);
  });

  it('are well-formed and have a background and a title', () => {
    for (const [name, svg] of Object.entries(images)) {
      const opened = [...svg.matchAll(/<(svg|title|text)\b/g)].length;
      const closed = [...svg.matchAll(/<\/(svg|title|text)>/g)].length;
      expect(opened, name).toBe(closed);
      expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 \d+/);
      expect(svg.split('\n')[2]).toContain('fill="#ffffff"');
    }
  });
});

describe('the port list reader', () => {
  it('finds ports, buses and group titles of a module', () => {
    const verilog = ['module nn_x #(', '    parameter WIDTH = 8', ') (', '    input  wire             clk,', '    // Read port: one word', '    output reg  [WIDTH-1:0] data_o', ');'].join('\n');
    expect(portGroups(verilog)).toEqual([
      { title: '', ports: [{ direction: 'input', name: 'clk', isBus: false }] },
      { title: 'Read port', ports: [{ direction: 'output', name: 'data_o', isBus: true }] },
    ]);
  });
});

describe('the engine of the pipeline picture', () => {
  it('has the latencies that the picture shows', () => {
    const description = layerSchema.parse({
      kind: 'conv2d',
      format: 'shiftloom.layer',
      version: 1,
      name: 'picture',
      input: { channels: 8, height: 4, width: 5 },
      output: { channels: 8 },
      kernel: [2, 2],
      weights: { encoding: 'pot', maxShift: 6 },
      requantize: { form: 'power_of_two' },
      tensors: 'picture.safetensors',
    });
    const eight = (value: number) => new Int32Array(8).fill(value);
    const tensors = { weight: new Int32Array(8 * 8 * 4).fill(-64), bias: eight(0), multiplier: eight(1), shift: eight(8) };
    const plan = planLayer({ description, geometry: geometryOf(description), tensors }, { oc: 4, ic: 8, pixel: 2, kind: 'lut' });
    expect({
      steps: plan.sequencer.steps,
      readLatency: plan.readLatency,
      elementLatency: plan.array.latency,
      requantizeLatency: plan.requantize.latency,
    }).toEqual(PIPELINE_EXAMPLE);
    expect([plan.requantize.lanes, plan.output.beatsPerPixel, plan.sequencer.rowTiles]).toEqual([2, 1, 2]);
  });
});
