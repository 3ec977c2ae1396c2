/** Stored, rebuilt and direct weights of a 256 to 512 channel 3x3 layer on maps of several sizes, by the planner. Its factors are seeded and synthetic: cycles do not depend on them. */
import { expandLayer } from '../../generator/expand/expand.js';
import { directExecution } from '../../generator/flow/direct.js';
import { compareExecutions, type Execution } from '../../generator/flow/execution.js';
import { geometryOf, type Layer } from '../../generator/layer/layer.js';
import { Random } from '../../generator/layer/random.js';
import { randomFactors } from '../../generator/layer/random_factors.js';
import { randomRequantization } from '../../generator/layer/random_requantization.js';
import { LAYER_FORMAT, SCHEMA_VERSION, layerSchema, type CpEncoding } from '../../generator/layer/schema.js';
import type { RebuildLanes } from '../../generator/plan/factor_reconstruction.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { planLayer } from '../../generator/plan/plan_layer.js';

const CHANNELS = [256, 512] as const;
const LANES: Lanes = { oc: 16, ic: 32, pixel: 2, kind: 'lut' };
const RANK = 152;
/** The map whose unit is taken on all maps for comparison: conv4_1's. */
const REFERENCE_SIDE = 28;
const RECODE_SHIFT = 2;

/** Side of the map and rank of each row. */
export const EXECUTION_CASES: readonly (readonly [number, number])[] = [...[4, 8, 14, 28, 56].map((side) => [side, RANK] as const), ...[304, 608, 1216].map((rank) => [REFERENCE_SIDE, rank] as const)];

export interface ExecutionRow {
  readonly side: number;
  readonly rank: number;
  readonly cycles: Readonly<Record<Execution, number>>;
  /** Cycles with the unit that conv4_1's 28x28 map needs at rank 152, and the LUTs of the unit that the planner takes. */
  readonly cyclesOneUnit: number;
  readonly reconstructionLut: number;
  readonly laneLut: number;
  readonly lut: Readonly<Record<Execution, number>>;
  readonly bram36: Readonly<Record<Execution, number>>;
  readonly wins: Execution;
}

/** @throws ShiftloomError as planning does */
export async function executionRow(side: number, rank: number): Promise<ExecutionRow> {
  const layer = syntheticLayer(side, rank);
  const { report } = await directExecution(layer, { limits: { maxMacs: LANES.oc * LANES.ic * LANES.pixel } });
  const { stored, rebuilt, direct, wins } = compareExecutions(layer, report, { lanes: LANES });
  const oneUnit = compareExecutions(layer, report, { lanes: { ...LANES, rebuild: referenceUnit() } });
  const of = (key: 'cycles' | 'lut' | 'bram36') => ({ stored: stored[key], rebuilt: rebuilt![key], direct: direct![key] });
  return {
    side, rank, cycles: of('cycles'), cyclesOneUnit: oneUnit.rebuilt!.cycles, reconstructionLut: rebuilt!.reconstructionLut, laneLut: rebuilt!.laneLut, lut: of('lut'), bram36: of('bram36'), wins,
  };
}

let unit: RebuildLanes | undefined;

function referenceUnit(): RebuildLanes {
  unit ??= planLayer(syntheticLayer(REFERENCE_SIDE, RANK), { ...LANES, weights: 'rebuilt' }).reconstruction!.lanes;
  return unit;
}

function syntheticLayer(side: number, rank: number): Layer {
  const [inChannels, outChannels] = CHANNELS;
  const factor = { encoding: 'pot', maxShift: 2 } as const;
  const recode = { encoding: 'bpot', groupSize: 16, maxExponent: 3 } as const;
  const weights: CpEncoding = { encoding: 'cp', form: 'spatial', rank, blocks: 1, factors: { output: factor, input: factor, kernel: factor }, recode };
  const description = layerSchema.parse({
    format: LAYER_FORMAT, version: SCHEMA_VERSION, kind: 'conv2d', name: `map_${side}_rank_${rank}`,
    input: { channels: inChannels, height: side, width: side }, output: { channels: outChannels }, kernel: [3, 3], pads: [1, 1, 1, 1],
    weights, requantize: { form: 'multiplier', bits: 16 }, activation: { kind: 'relu' }, tensors: 'map.safetensors',
  });
  const geometry = geometryOf(description);
  const random = new Random(7);
  const factors = { ...randomFactors(random, geometry, weights), recodeShift: new Int32Array(outChannels).fill(RECODE_SHIFT) };
  const none = new Int32Array(outChannels);
  const layer = expandLayer({ description, geometry, tensors: { factors, bias: none, multiplier: none, shift: none } }, description.name);
  return { ...layer, tensors: { ...layer.tensors, ...randomRequantization(random, layer.description, geometry, layer.tensors.weight) } };
}
