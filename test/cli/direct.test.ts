import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storedLayer } from '../../generator/expand/expand.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import type { DirectReport } from '../../generator/flow/direct.js';
import { SIMULATION_FILE, SYNTHESIS_FILE } from '../../generator/flow/results.js';
import { generateLayer } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { writeLayer } from '../../generator/layer/write.js';
import { reportSchema } from '../../generator/report/report_schema.js';
import { simulationFigures, synthesisFigures } from '../report/results.js';
import { cli, temporaryFolder } from './cli.js';

const folder = temporaryFolder();

/** Writes a layer with two frames of sample; returns its path. */
async function written(layer: Layer, name: string): Promise<string> {
  const { description, tensors } = storedLayer(layer);
  const path = join(folder, `${name}.layer.json`);
  await writeLayer(path, { ...description, name }, tensors, { frames: 2, data: randomInput(layer, 2, 1) });
  return path;
}

describe('the comparison beside an engine', () => {
  it('is a printed line, in REPORT.md, and with the results of the other stages in report.json and both pages', async () => {
    const path = await written(randomCpLayer(14, { residual: false, maxMacs: 20_000 }), 'beside');
    const out = join(folder, 'beside');
    const { code, stdout } = await cli(['generate', path, '--out', out, '--lanes', 'oc=2,ic=1']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^  best run +(stored|rebuilt|direct): [\d,]+ cycles, [\d,]+ LUT, [\d.]+ block RAM, .* dB; /m)]);
    expect(readFileSync(join(out, 'REPORT.md'), 'utf8')).toMatch(/## Stored, rebuilt or direct\n\n\*\*(stored|rebuilt|direct) wins: .*\n\n\| weights \|/);
    expect((await cli(['generate', path, '--out', out, '--lanes', 'oc=2,ic=1', '--check'])).code).toBe(0);
    const generated = generateLayer(await readLayer(path), { oc: 2, ic: 1, pixel: 1, kind: 'lut' });
    writeFileSync(join(out, SIMULATION_FILE), JSON.stringify({ ...simulationFigures(generated), seconds: { total: 1, generate: 0.1 } }));
    writeFileSync(join(out, SYNTHESIS_FILE), JSON.stringify(synthesisFigures(generated)));
    expect((await cli(['report', out])).code).toBe(0);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')));
    expect(report.execution).toEqual(JSON.parse(readFileSync(join(out, 'execution.json'), 'utf8')));
    expect(report.execution!.stored.cycles).toBe(report.cycles);
    for (const page of ['RESULTS.md', 'report.html']) expect(readFileSync(join(out, page), 'utf8')).toContain('Stored, rebuilt or direct');
  });
});

describe('shiftloom direct', () => {
  it('writes the stages as layers that follow on each other, and what they are worth', async () => {
    const out = join(folder, 'chain');
    const { code, stdout } = await cli(['direct', await written(randomCpLayer(14, { residual: false }), 'conv'), '--out', out, '--macs', '32']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^conv: spatial factors of rank \d+ in 2 blocks in 3 stages, 16 bits between them/);
    expect(stdout).toContain("1 of 2 frame(s) of the layer's sample, scales found on the others");
    expect(readdirSync(out).filter((name) => name.endsWith('.layer.json')).sort()).toEqual(['conv_input.layer.json', 'conv_kernel.layer.json', 'conv_output.layer.json']);
    const stages = await Promise.all(['input', 'kernel', 'output'].map((suffix) => readLayer(join(out, `conv_${suffix}.layer.json`))));
    for (const [i, stage] of stages.slice(0, -1).entries()) expect(goldenRun(stage, stage.sample!.data, 2).outputs).toEqual(stages[i + 1].sample!.data);
    const report = JSON.parse(readFileSync(join(out, 'direct.json'), 'utf8')) as DirectReport;
    expect(report.stages.map(({ name }) => name)).toEqual(stages.map(({ description }) => description.name));
    expect(report.cycles).toBe(report.stages.reduce((sum, { cycles }) => sum + cycles, 0));
    expect(report.errors.directAgainstFactors).toBeGreaterThan(40);
  });

  it('compares stored and rebuilt weights on an engine, and writes nothing without --out', async () => {
    const { code, stdout } = await cli(['direct', await written(randomCpLayer(3, { residual: false }), 'compared'), '--lanes', 'oc=2,ic=2,pixel=2']);
    expect(code).toBe(0);
    for (const name of ['stored', 'rebuilt', 'direct']) expect(stdout).toMatch(new RegExp(`^  ${name} +`, 'm'));
    expect(stdout).toMatch(/(stored|rebuilt|direct) wins: /);
    expect(stdout).toContain('rule: the fewest cycles of those that fit');
    expect(stdout).not.toContain('.layer.json');
  });

  it('refuses a layer without factors', async () => {
    const { code, stderr } = await cli(['direct', await written(randomLayer(1, { encodings: ['pot'], kinds: ['conv2d'] }), 'plain'), '--out', join(folder, 'none')]);
    expect([code, stderr]).toEqual([2, 'shiftloom: layer plain: is not stored as factors, which is what direct execution runs. Compress it with --encoding cp\n']);
  });
});
