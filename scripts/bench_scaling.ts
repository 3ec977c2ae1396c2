/**
 * How a bpot engine grows with its multiply-accumulates per cycle, on the whole conv4_1-shaped layer: resources, cycles, and the time
 * that simulating and synthesizing it take.
 *
 *     npm run bench:scaling                      64, 256, 1,024 and 4,096; writes bench/out/scaling.json and scaling.svg
 *
 * Every engine is compiled anew, so that times compare. Exit code 1 if an output is wrong.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completeLanes, parseLanes } from '../generator/flow/lanes.js';
import { simulateLayer, simulationPassed } from '../generator/flow/simulate.js';
import { synthesizeFlow } from '../generator/flow/synthesize.js';
import { generateLayer } from '../generator/generate.js';
import type { Layer } from '../generator/layer/layer.js';
import { randomLanes, randomLayer } from '../generator/layer/random_layer.js';
import { cpuSeconds } from './bench/cpu_time.js';
import { currentCommit, writeResults } from './bench/results.js';
import { conv41Layer } from './conv4_1/layer.js';
import { projectRoot, runAsProgram } from './project.js';
import { scalingChart } from './scaling/chart.js';
import { withTimeRatios, type ScalingFigures } from './scaling/rows.js';

/** 64 input channels in each element; first more output channels, then pixels. */
const FOLDINGS = ['oc=1,ic=64,pixel=1', 'oc=4,ic=64,pixel=1', 'oc=8,ic=64,pixel=2', 'oc=32,ic=64,pixel=2'] as const;

async function figuresOf(layer: Layer, lanes: string, cacheDir: string, commit: string): Promise<ScalingFigures & { readonly right: boolean }> {
  const generated = generateLayer(layer, completeLanes(layer, parseLanes(lanes)));
  const { plan } = generated;
  const started = cpuSeconds();
  const simulation = await simulateLayer(generated, { frames: 0, cacheDir });
  const simulated = cpuSeconds();
  const synthesis = await synthesizeFlow(generated);
  const round = (seconds: number) => Number(seconds.toFixed(2));
  const { lut, ff, dsp, bram36 } = synthesis.resources;
  return {
    lanes,
    peakMacsPerCycle: plan.peakMacsPerCycle,
    lut, ff, dsp, bram36,
    lutPerMac: Number((lut / plan.peakMacsPerCycle).toFixed(2)),
    cycles: simulation.cycles,
    utilization: Number(simulation.utilization.toFixed(4)),
    outputs: simulation.outputs,
    mismatches: simulation.mismatches,
    simulationSeconds: round(simulated - started),
    synthesisSeconds: round(cpuSeconds() - simulated),
    commit,
    right: simulationPassed(simulation),
  };
}

/** Compiles what all models share (the bench, Verilator's run-time), so that the first engine does not pay for it. */
async function warmUp(cacheDir: string): Promise<void> {
  const layer = randomLayer(1);
  await simulateLayer(generateLayer(layer, randomLanes(layer, 1)), { frames: 0, cacheDir });
}

async function main(): Promise<void> {
  const root = projectRoot();
  const layer = await conv41Layer(join(root, 'bench', 'layers'), 'bpot', { activationBits: 8, compress: { encoding: { encoding: 'bpot', groupSize: 16 } } });
  const commit = currentCommit();
  const cacheDir = await mkdtemp(join(tmpdir(), 'shiftloom-scaling-'));
  const figures: ScalingFigures[] = [];
  let allRight = true;
  try {
    await warmUp(cacheDir);
    for (const lanes of FOLDINGS) {
      const { right, ...row } = await figuresOf(layer, lanes, cacheDir, commit);
      allRight &&= right;
      figures.push(row);
      const { peakMacsPerCycle, lut, lutPerMac, cycles, simulationSeconds, synthesisSeconds } = row;
      process.stdout.write(
        `${lanes}: ${peakMacsPerCycle} MACs per cycle, ${lut} LUT (${lutPerMac} each), ${cycles} cycles, simulated in ${simulationSeconds.toFixed(0)}, synthesized in ${synthesisSeconds.toFixed(0)} processor seconds${right ? '' : ' WRONG'}\n`,
      );
    }
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
  const rows = withTimeRatios(figures);
  process.stdout.write(`${writeResults('scaling', rows)}\n`);
  await writeFile(join(root, 'bench', 'out', 'scaling.svg'), scalingChart(rows));
  process.exit(allRight ? 0 : 1);
}

await runAsProgram(import.meta.url, main);
