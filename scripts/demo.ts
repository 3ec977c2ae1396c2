/**
 * The demo: a real trained layer through everything, into rtl-out/demo.
 *
 *     npm run demo
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { count, percent, seconds } from '../generator/cli/terminal.js';
import { compressLayer, type CompressedLayer } from '../generator/compress/compress.js';
import type { FlowProgress } from '../generator/flow/context.js';
import { openLayer } from '../generator/flow/layers.js';
import { runLayer, type RunResult } from '../generator/flow/run.js';
import { readFloatLayer } from '../generator/import/float_layer_file.js';
import { writeLayer } from '../generator/layer/write.js';
import { verilatorInstallHint } from '../sim/tools.js';
import { prepareDemo } from './prepare_demo.js';
import { projectRoot, runAsProgram } from './project.js';

/** 4 output channels times 64 input channels: 256 multiply-accumulates per cycle. */
const LANES = 'oc=4,ic=64,pixel=1';
const ENCODING = { encoding: 'bpot', groupSize: 16 } as const;

export interface DemoOptions {
  /** Folder of the design and its report. */
  readonly out: string;
  /** Folder of the layer files. */
  readonly layers: string;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly onStep?: (text: string) => void;
  readonly onProgress?: (progress: FlowProgress) => void;
}

export interface DemoResult {
  readonly compressed: CompressedLayer;
  readonly run: RunResult;
}

/** Prepares, compresses and runs the demo layer. @throws ShiftloomError as the stages do */
export async function runDemo(options: DemoOptions): Promise<DemoResult> {
  const { out, layers, signal, env, onStep, onProgress } = options;
  onStep?.('preparing the layer: running a face detector on two photos');
  const { floatLayerPath } = await prepareDemo(layers);
  onStep?.(`compressing its weights to '${ENCODING.encoding}'`);
  const compressed = compressLayer(await readFloatLayer(floatLayerPath), { encoding: ENCODING });
  // In a folder of its own: the tensors have the same file name as those of the float layer.
  const layerPath = join(layers, 'compressed', 'conv_demo.layer.json');
  await mkdir(dirname(layerPath), { recursive: true });
  await writeLayer(layerPath, compressed.description, compressed.tensors, compressed.sample);
  onStep?.(`generating, simulating and synthesizing ${LANES}`);
  const run = await runLayer(await openLayer(layerPath), out, { folding: { lanes: LANES } }, { signal, env, onProgress });
  return { compressed, run };
}

/** One screen: what went in, what came out, and where to look. */
export function demoText({ compressed: { stats }, run }: DemoResult, out: string): string {
  const { generated, simulation: s, synthesis, folding, report } = run;
  const { lut, ff, dsp, bram36 } = synthesis.resources;
  const { plan } = generated;
  const verdict = (wrong: number) => (wrong === 0 ? 'all equal' : `${count(wrong)} WRONG`);
  const db = (value: number | null) => (value === null ? 'no error' : `${value.toFixed(1)} dB`);
  const engine = s.engine === 'verilator' ? `Verilator ${s.engineVersion}` : 'the embedded engine';
  const rows: [string, string][] = [
    ['layer', `3x3 convolution, 256 -> 512 channels, of a trained face detector; ${count(plan.macs)} multiply-accumulates a frame`],
    ['input', 'what the network itself makes of two photos'],
    ['compressed', `${count(stats.weights)} weights, ${stats.bitsPerWeight.toFixed(2)} bits each with everything: ${stats.ratio32.toFixed(1)} times smaller than 32-bit, ${stats.ratio8.toFixed(1)} than 8-bit`],
    ['error', `weights ${db(stats.weightSqnrDb)}, outputs ${db(stats.outputSqnrDb)} SQNR`],
    ['engine', `${plan.peakMacsPerCycle} multiply-accumulates per cycle (oc=${folding.lanes.oc}, ic=${folding.lanes.ic}, pixel=${folding.lanes.pixel}), shifts and adds only in the array`],
    ['simulated', `${count(s.outputs)} outputs on ${engine} against the golden model: ${verdict(s.mismatches)}`],
    ['', `${count(s.oracle.compared)} accumulators of the golden model against ONNX Runtime: ${verdict(s.oracle.mismatches)}`],
    ['speed', `${count(s.cycles)} cycles a frame, ${percent(s.utilization)} of peak; ${(s.cycles / 200_000).toFixed(2)} ms at 200 MHz`],
    ['size', `${count(lut)} LUT (${percent(synthesis.share.lut)} of the ${synthesis.part.title}), ${count(ff)} FF, ${dsp} DSP, ${bram36} block RAM`],
    ['', `${(lut / plan.peakMacsPerCycle).toFixed(1)} LUT for each multiply-accumulate per cycle, buffers and control included`],
    ['time', Object.entries(report.seconds).map(([stage, time]) => `${stage} ${seconds(time ?? 0)}`).join(', ')],
    ['report', `${join(out, 'report.html')} (open it in a browser), ${join(out, 'report.json')}`],
    ['Verilog', `${join(out, 'rtl')}, starting at ${plan.name}_top.v; ${join(out, 'REPORT.md')} describes it`],
  ];
  const lines = rows.map(([title, text]) => `  ${title.padEnd(12)}${text}`);
  if (s.engine === 'embedded') {
    lines.push('', `Simulated on the embedded engine, because Verilator was not found; with it the demo takes about half the time. ${verilatorInstallHint()}`);
  }
  return lines.join('\n');
}

async function main(): Promise<void> {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort(new Error('interrupted'));
    process.once('SIGINT', () => process.exit(130));
  });
  const root = projectRoot();
  const out = join(root, 'rtl-out', 'demo');
  const started = performance.now();
  const say = (text: string) => process.stdout.write(`${seconds((performance.now() - started) / 1000).padStart(6)}  ${text}\n`);
  let last = '';
  const onProgress = ({ stage, message }: FlowProgress) => {
    // One line for each thing that is done, not for each step of counting.
    const line = `${stage}: ${message}`;
    if (/^\d/.test(message) || line === last) return;
    last = line;
    say(line);
  };
  try {
    const result = await runDemo({ out, layers: join(root, 'examples', 'demo'), signal: controller.signal, onStep: say, onProgress });
    process.stdout.write(`\n${demoText(result, relative(process.cwd(), out))}\n`);
    process.exit(result.run.passed ? 0 : 1);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    process.exit(130);
  }
}

await runAsProgram(import.meta.url, main);
