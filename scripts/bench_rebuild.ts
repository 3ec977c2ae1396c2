/**
 * What the unit that rebuilds weights costs and how fast it can be clocked, for every kind of factors and of rebuilt weights: the unit alone, counted by Yosys.
 *
 *     npm run bench:rebuild                    prints the table of docs/units/factor_reconstruction.md
 *     npm run bench:rebuild -- --only apot     those whose factors or weights are so encoded
 */
import { Command } from 'commander';
import { expandLayer } from '../generator/expand/expand.js';
import { generateLayer } from '../generator/generate.js';
import { geometryOf, type Layer } from '../generator/layer/layer.js';
import { Random } from '../generator/layer/random.js';
import { randomFactors } from '../generator/layer/random_factors.js';
import { randomRequantization } from '../generator/layer/random_requantization.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema, type CpEncoding, type FactorEncoding } from '../generator/layer/schema.js';
import type { Lanes } from '../generator/plan/plan.js';
import { synthesizeDesign } from '../generator/synthesize/synthesize.js';
import { closeYosysWorkers } from '../generator/synthesize/yosys.js';
import { runAsProgram } from './project.js';

const FACTORS: Readonly<Record<string, FactorEncoding>> = { pot: { encoding: 'pot', maxShift: 2 }, apot: { encoding: 'apot' }, uniform4: { encoding: 'uniform', bits: 4 } };
const WEIGHTS: Readonly<Record<string, CpEncoding['recode']>> = {
  pot: { encoding: 'pot', maxShift: 6 }, apot: { encoding: 'apot' }, bpot: { encoding: 'bpot', groupSize: 16, maxExponent: 3 }, csd: { encoding: 'csd', digits: 2, maxShift: 7 }, uniform8: { encoding: 'uniform', bits: 8 },
};
const RANK = 24;
const CHANNELS = 32;
/** 64 terms a cycle; two recoders. */
const LANES: Omit<Lanes, 'kind'> = { oc: 4, ic: 8, pixel: 1, weights: 'rebuilt', rebuild: { ranks: 8, outputs: 2, inputs: 4 } };

/** 3x3, 32 to 32 channels, on seeded factors that differ in their recoding shifts. */
function layerOf(factor: FactorEncoding, recode: CpEncoding['recode']): Layer {
  const weights: CpEncoding = { encoding: 'cp', form: 'spatial', rank: RANK, blocks: 1, factors: { output: factor, input: factor, kernel: factor }, recode };
  const description = layerSchema.parse({
    format: LAYER_FORMAT, version: SCHEMA_VERSION, kind: 'conv2d', name: 'unit', input: { channels: CHANNELS, height: 8, width: 8 }, output: { channels: CHANNELS }, kernel: [3, 3], pads: [1, 1, 1, 1],
    weights, requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'relu' }, tensors: 'unit.safetensors',
  });
  const geometry = geometryOf(description);
  const random = new Random(7);
  const none = new Int32Array(CHANNELS);
  const factors = { ...randomFactors(random, geometry, weights), recodeShift: none.map((_, o) => 2 + (o % 3)) };
  const layer = expandLayer({ description, geometry, tensors: { factors, bias: none, multiplier: none, shift: none } }, 'unit');
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}

async function row(factors: string, weights: string): Promise<string> {
  const { plan, estimate, verilog, files } = generateLayer(layerOf(FACTORS[factors], WEIGHTS[weights]), { ...LANES, kind: weights.startsWith('uniform') ? 'dsp' : 'lut' });
  const memories = [...files.keys()].filter((path) => path.endsWith('.mem'));
  const { resources, timing } = await synthesizeDesign({ files: [...verilog, ...memories].map((path) => ({ path, text: files.get(path)! })), top: `${plan.name}_factor_reconstruction` });
  const whole = (value: number) => value.toLocaleString('en-US');
  return `| \`${factors}\` | \`${weights}\` | ${whole(resources.lut)} | ${whole(estimate.reconstructionLut!)} | ${whole(resources.ff)} | ${resources.dsp} | ${timing!.fmaxMhz.nominal} | \`${timing!.path.end.name}\`, ${timing!.path.levels} levels |`;
}

async function main(): Promise<void> {
  const { only } = new Command('bench:rebuild')
    .description('Cost and clock of the unit that rebuilds weights, by factors and weights.')
    .option('--only <encoding>', `of ${[...new Set([...Object.keys(FACTORS), ...Object.keys(WEIGHTS)])].join(', ')}`)
    .parse(process.argv.slice(2), { from: 'user' })
    .opts<{ only?: string }>();
  const pairs = Object.keys(FACTORS).flatMap((factors) => Object.keys(WEIGHTS).map((weights) => [factors, weights] as const));
  process.stdout.write('| factors | weights | LUT | estimate | FF | DSP48E1 | nominal MHz | longest way into |\n|---|---|---|---|---|---|---|---|\n');
  for (const [factors, weights] of pairs) if (only === undefined || only === factors || only === weights) process.stdout.write(`${await row(factors, weights)}\n`);
  await closeYosysWorkers();
}

await runAsProgram(import.meta.url, main);
