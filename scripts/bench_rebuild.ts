/**
 * What the unit that rebuilds weights costs and how fast it can be clocked, for every kind of factors and of rebuilt weights: the unit alone, counted by Yosys.
 *
 *     npm run bench:rebuild                    prints the table of docs/units/factor_reconstruction.md
 *     npm run bench:rebuild -- --only apot     those whose factors or weights are so encoded
 *     npm run bench:rebuild -- --residual 1    with a residual entry on 1 % of the weights
 */
import { Command } from 'commander';
import { ShiftloomError } from '../generator/errors.js';
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

/** Largest shift of a residual entry. */
const RESIDUAL_SHIFT = 8;

/** 3x3, 32 to 32 channels, on seeded factors that differ in their recoding shifts. @param share of the weights that have a residual entry */
function layerOf(factor: FactorEncoding, recode: CpEncoding['recode'], share: number): Layer {
  const weights: CpEncoding = { encoding: 'cp', form: 'spatial', rank: RANK, blocks: 1, factors: { output: factor, input: factor, kernel: factor }, recode, ...(share > 0 ? { residual: { maxShift: RESIDUAL_SHIFT } } : {}) };
  const description = layerSchema.parse({
    format: LAYER_FORMAT, version: SCHEMA_VERSION, kind: 'conv2d', name: 'unit', input: { channels: CHANNELS, height: 8, width: 8 }, output: { channels: CHANNELS }, kernel: [3, 3], pads: [1, 1, 1, 1],
    weights, requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'relu' }, tensors: 'unit.safetensors',
  });
  const geometry = geometryOf(description);
  const random = new Random(7);
  const none = new Int32Array(CHANNELS);
  const drawn = randomFactors(random, geometry, { ...weights, residual: undefined });
  const factors = { ...drawn, recodeShift: none.map((_, o) => 2 + (o % 3)), ...(share > 0 ? { residual: residualOf(random, 9 * CHANNELS * CHANNELS, share) } : {}) };
  const layer = expandLayer({ description, geometry, tensors: { factors, bias: none, multiplier: none, shift: none } }, 'unit');
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}

function residualOf(random: Random, weights: number, share: number): Int32Array {
  const positions = Array.from({ length: weights }, (_, position) => position).filter(() => random.chance(share));
  return Int32Array.from(positions.flatMap((position) => [position, random.chance(0.5) ? -1 : 1, random.integer(0, RESIDUAL_SHIFT)]));
}

async function row(factors: string, weights: string, share: number): Promise<string> {
  const { plan, estimate, verilog, files } = generateLayer(layerOf(FACTORS[factors], WEIGHTS[weights], share), { ...LANES, kind: weights.startsWith('uniform') ? 'dsp' : 'lut' });
  const memories = [...files.keys()].filter((path) => path.endsWith('.mem'));
  const { resources, timing } = await synthesizeDesign({ files: [...verilog, ...memories].map((path) => ({ path, text: files.get(path)! })), top: `${plan.name}_factor_reconstruction` });
  const whole = (value: number) => value.toLocaleString('en-US');
  return `| \`${factors}\` | \`${weights}\` | ${whole(resources.lut)} | ${whole(estimate.reconstructionLut!)} | ${whole(resources.ff)} | ${resources.dsp} | ${resources.bram36} | ${timing!.fmaxMhz.nominal} | \`${timing!.path.end.name}\`, ${timing!.path.levels} levels |`;
}

async function main(): Promise<void> {
  const encodings = [...new Set([...Object.keys(FACTORS), ...Object.keys(WEIGHTS)])].join(', ');
  const { only, residual } = new Command('bench:rebuild')
    .description('Cost and clock of the unit that rebuilds weights, by factors and weights.')
    .option('--only <encoding>', `of ${encodings}`)
    .option('--residual <percent>', 'share of the weights that have a residual entry', '0')
    .parse(process.argv.slice(2), { from: 'user' })
    .opts<{ only?: string; residual: string }>();
  const share = Number(residual) / 100;
  if (!(share >= 0 && share <= 1)) throw new ShiftloomError('usage', '--residual', `is '${residual}'`, 'Allowed: 0 to 100');
  if (only !== undefined && !(only in FACTORS || only in WEIGHTS)) throw new ShiftloomError('usage', '--only', `there is no encoding '${only}'`, `Encodings: ${encodings}`);
  const pairs = Object.keys(FACTORS).flatMap((factors) => Object.keys(WEIGHTS).map((weights) => [factors, weights] as const));
  process.stdout.write('| factors | weights | LUT | estimate | FF | DSP48E1 | RAMB36 | nominal MHz | longest way into |\n|---|---|---|---|---|---|---|---|---|\n');
  for (const [factors, weights] of pairs) if (only === undefined || only === factors || only === weights) process.stdout.write(`${await row(factors, weights, share)}\n`);
  await closeYosysWorkers();
}

await runAsProgram(import.meta.url, main);
