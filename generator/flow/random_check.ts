/** One random layer through everything: generated, simulated with pauses by seed, compared with golden model and oracle. */
import { ShiftloomError } from '../errors.js';
import { randomBlockLayer } from '../expand/random_block_layer.js';
import { randomCpLayer } from '../expand/random_cp_layer.js';
import { generateLayer, type Generated } from '../generate.js';
import type { Layer } from '../layer/layer.js';
import { randomHold } from '../layer/random_hold.js';
import { randomBlockLanes } from '../layer/random_block_lanes.js';
import { Random } from '../layer/random.js';
import { randomLanes, randomLayer } from '../layer/random_layer.js';
import { randomRebuild } from '../layer/random_rebuild.js';
import { cycleModel, type CycleReport } from '../plan/cycles.js';
import { rebuildText } from '../plan/lanes_text.js';
import type { Lanes } from '../plan/plan.js';
import { lanesOption } from '../units/header.js';
import type { FlowContext } from './context.js';
import { simulateLayer, type EngineChoice, type LayerSimulation, type LayerSimulationOptions } from './simulate.js';

export interface RandomCheckOptions {
  readonly engine?: EngineChoice;
  /** Run on both engines, which must agree in outputs and cycles. */
  readonly bothEngines?: boolean;
  /** Looks at the emitted files; every line it gives is a failure. */
  readonly lint?: (generated: Generated) => Promise<readonly string[]>;
  readonly cacheDir?: string;
  /** Only layers whose weights are rebuilt from factors on chip. */
  readonly rebuilt?: boolean;
  /** Only block-permuted layers. */
  readonly blocks?: boolean;
}

/** Most multiply-accumulates of a layer that only its weights are looked at of. */
const REBUILT_MACS = 20_000;

export interface RandomCheck {
  readonly seed: number;
  /** Geometry, encoding and folding in one line. */
  readonly what: string;
  readonly generated?: Generated;
  readonly simulation?: LayerSimulation;
  /** One sentence each; empty if all is right. */
  readonly failures: readonly string[];
}

/** Checks the layer of one seed. What goes wrong is in `failures`; only being aborted and missing tools are thrown. */
export async function checkRandomLayer(seed: number, options: RandomCheckOptions = {}, context: FlowContext = {}): Promise<RandomCheck> {
  const layer = checkedLayer(seed, options);
  const drawn = { ...randomLanes(layer, seed), ...randomHold(layer, seed), ...randomBlockLanes(layer, seed) };
  const lanes: Lanes = { ...drawn, ...randomRebuild(layer, drawn, seed), ...(options.rebuilt ? { weights: 'rebuilt' } : {}) };
  const g = layer.geometry;
  const shape = `${g.inHeight}x${g.inWidth}x${g.inChannels}->${g.outChannels} k${g.kernelHeight}x${g.kernelWidth} s${g.strideHeight}x${g.strideWidth}`;
  const more = `p${g.padTop},${g.padLeft},${g.padBottom},${g.padRight} d${g.dilationHeight}x${g.dilationWidth} g${g.groups}`;
  const { input, output, weights } = layer.description;
  const type = (side: { bits: number; signed: boolean }) => `${side.signed ? 's' : 'u'}${side.bits}`;
  let what = `${shape} ${more} ${type(input)}->${type(output)} ${weights.encoding}${factorsOf(layer)}${blocksOf(layer)} oc=${lanes.oc},ic=${lanes.ic},pixel=${lanes.pixel},kind=${lanes.kind}`;
  let generated: Generated;
  try {
    generated = generateLayer(layer, lanes);
    what = what.replace(/oc=.*/, lanesOption(generated.plan).replace('--lanes ', '') + bandsOf(generated));
  } catch (error) {
    context.signal?.throwIfAborted();
    return { seed, what, failures: [`generate: ${(error as Error).message}`] };
  }
  const failures: string[] = [];
  const found = await attempt('lint', failures, context, async () => options.lint?.(generated));
  failures.push(...(found ?? []).map((line) => `lint: ${line}`));
  const engines: EngineChoice[] = options.bothEngines ? ['verilator', 'embedded'] : [options.engine ?? 'auto'];
  const results: LayerSimulation[] = [];
  for (const engine of engines) {
    const result = await attempt(`simulate (${engine})`, failures, context, () =>
      simulateLayer(generated, { ...bench(seed), engine, effort: 'quick', cacheDir: options.cacheDir }, context),
    );
    if (!result) continue;
    results.push(result);
    failures.push(...failuresOf(result, generated));
  }
  if (results.length === 2) failures.push(...disagreements(results[0], results[1]));
  return { seed, what, generated, simulation: results[0], failures };
}

/** The layer of a seed: every fourth is stored as factors, every eighth in permuted blocks; or all of one kind. */
function checkedLayer(seed: number, { rebuilt, blocks }: RandomCheckOptions): Layer {
  if (blocks || (!rebuilt && seed % 8 === 5)) return randomBlockLayer(seed);
  if (rebuilt) return randomCpLayer(seed, { maxMacs: REBUILT_MACS });
  return seed % 4 === 3 ? randomCpLayer(seed) : randomLayer(seed);
}

function factorsOf({ factors }: Layer): string {
  if (!factors) return '';
  const { form, rank, blocks, factors: encodings, residual } = factors.weights;
  const spelled = Object.values(encodings).map(({ encoding }) => encoding);
  return ` from ${form} factors (${spelled.join(', ')}; rank ${rank}, ${blocks} block(s)${residual ? ', residual' : ''})`;
}

function blocksOf({ blocks }: Layer): string {
  if (!blocks) return '';
  const { inputSizes, outputSizes } = blocks.tensors;
  const range = (sizes: Int32Array) => `${Math.min(...sizes)}..${Math.max(...sizes)}`;
  return ` in ${inputSizes.length} block(s) of ${range(inputSizes)} by ${range(outputSizes)}`;
}

function bandsOf({ plan: { streamed, reconstruction } }: Generated): string {
  const lanes = reconstruction ? `, rebuilt on ${rebuildText(reconstruction.lanes)}` : '';
  return streamed ? `${lanes}, ${streamed.bands} band(s)` : '';
}

/** Frames, pauses and resets of a seed. */
function bench(seed: number): LayerSimulationOptions {
  const random = new Random(seed + 0x5eed);
  const stall = () => random.pick([0, 0.05, 0.2, 0.5, 0.8]);
  return {
    seed,
    frames: random.integer(1, 3),
    stallIn: stall(),
    stallOut: stall(),
    stallWeight: stall(),
    resetMidFrame: random.chance(0.3),
    restart: random.chance(0.3),
  };
}

/** A missing tool ends the whole check; any other error is a failure of this layer. */
async function attempt<T>(step: string, failures: string[], context: FlowContext, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    context.signal?.throwIfAborted();
    if (error instanceof ShiftloomError && error.code === 'tool' && /not found/.test(error.message)) throw error;
    failures.push(`${step}: ${(error as Error).message}`);
    return undefined;
  }
}

function failuresOf(result: LayerSimulation, { plan }: Generated): string[] {
  const failures = [...result.protocolErrors];
  if (result.timedOut) failures.push('the engine hung');
  if (result.mismatches > 0) {
    const first = result.firstMismatch;
    const where = first ? `, the first in frame ${first.frame} at ${first.index}: ${first.got}, expected ${first.expected}` : '';
    failures.push(`${result.mismatches} of ${result.outputs} outputs differ from the golden model${where}`);
  }
  if (result.oracle.mismatches > 0) failures.push(`${result.oracle.mismatches} values differ between golden model and ONNX Runtime`);
  if (!result.timedOut) failures.push(...modelFailures(result, cycleModel(plan)));
  return failures.map((text) => `${result.engine}: ${text}`);
}

/** The cycle model against the counters of a frame without pauses. */
function modelFailures({ cycles, registers }: LayerSimulation, model: CycleReport): string[] {
  const counted = { cycles, active: registers.active, waitInput: registers.waitInput, waitOutput: registers.waitOutput, waitWeight: registers.waitWeight };
  const wrong = (Object.keys(counted) as (keyof typeof counted)[]).filter((key) => counted[key] !== model[key]);
  return wrong.map((key) => `one frame has ${key} ${counted[key]}, the cycle model says ${model[key]}`);
}

function disagreements(a: LayerSimulation, b: LayerSimulation): string[] {
  const facts = (s: LayerSimulation) => ({ cycles: s.cycles, pausedCycles: s.stalledCycles, outputs: s.outputs, mismatches: s.mismatches, registers: s.registers });
  const [left, right] = [JSON.stringify(facts(a)), JSON.stringify(facts(b))];
  return left === right ? [] : [`engines disagree: ${a.engine} ${left}, ${b.engine} ${right}`];
}
