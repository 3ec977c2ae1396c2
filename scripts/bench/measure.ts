/**
 * One engine measured: simulated over the whole layer, counted by Yosys. Every figure is kept by the hash of what it was measured on, so
 * that a long benchmark goes on where it was stopped.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShiftloomError } from '../../generator/errors.js';
import type { Figure, Range } from '../../generator/energy/energy_table.js';
import type { FlowContext } from '../../generator/flow/context.js';
import { measureEnergy, type EnergyResult } from '../../generator/flow/energy.js';
import type { RunResult } from '../../generator/flow/run.js';
import { simulateLayer, simulationPassed, type LayerSimulation } from '../../generator/flow/simulate.js';
import { synthesizeFlow } from '../../generator/flow/synthesize.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import type { Layer } from '../../generator/layer/layer.js';
import type { Lanes } from '../../generator/plan/plan.js';
import { projectRoot } from '../project.js';

/** Raise it when the same files would be counted or simulated in another way. */
const METHOD = 'measure 1';

export interface SimulationRecord {
  readonly cycles: number;
  readonly outputs: number;
  readonly mismatches: number;
  readonly passed: boolean;
  readonly frame: string;
  readonly seconds: LayerSimulation['seconds'];
}

export interface SynthesisRecord {
  readonly lut: number;
  readonly ff: number;
  readonly carry4: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Pre-layout estimate, MHz. */
  readonly fmaxMhz?: { readonly pessimistic: number; readonly nominal: number; readonly optimistic: number };
  readonly seconds: number;
}

export interface EnergyRecord {
  /** pJ for each multiply-accumulate of the layer. */
  readonly perMac: Range;
  readonly eventsPerMac: Readonly<Record<Figure, number>>;
  readonly table: string;
  readonly cycles: number;
  readonly outputs: number;
  readonly mismatches: number;
  readonly seconds: EnergyResult['seconds'];
}

export interface MeasuredEngine {
  readonly generated: Generated;
  readonly simulation?: SimulationRecord;
  readonly energy?: EnergyRecord;
  readonly synthesis: SynthesisRecord;
}

export interface MeasureOptions {
  /** Whether the whole layer is simulated. */
  readonly simulate: boolean;
  /** Input row to which the map is rolled for the output row whose toggles are counted on the netlist; left out: none are. */
  readonly energyRow?: number;
  readonly onStep?: (text: string) => void;
  /** Take only what was measured before: no simulation, no energy if there is none, an error without a synthesis. */
  readonly cachedOnly?: boolean;
  /** Folder of what was measured before; default bench/out/cache. */
  readonly cache?: string;
}

/** @throws ShiftloomError as generating, simulating and synthesizing do */
export async function measureEngine(layer: Layer, lanes: Lanes, options: MeasureOptions, context: FlowContext = {}): Promise<MeasuredEngine> {
  const generated = generateLayer(layer, lanes);
  const { simulate, energyRow, cachedOnly, onStep, cache = defaultCache() } = options;
  const has = (kind: string, key: string) => !cachedOnly || existsSync(join(cache, `${kind}-${key}.json`));
  if (!has('synthesis', filesKey(generated))) throw new ShiftloomError('input', generated.plan.name, 'has not been synthesized yet', 'Leave --cached out');
  const simulation = simulate && has('simulation', simulationKey(generated)) ? await simulateWhole(generated, { onStep, cache }, context) : undefined;
  const synthesis = await kept(cache, 'synthesis', filesKey(generated), async () => {
    onStep?.('synthesizing');
    return synthesisRecord(await synthesizeFlow(generated, {}, context));
  });
  const energy = energyRow === undefined || !has(`energy-row${energyRow}`, simulationKey(generated))
    ? undefined
    : await kept(cache, `energy-row${energyRow}`, simulationKey(generated), async () => {
        onStep?.('counting toggles of the netlist');
        return energyRecord((await measureEnergy(generated, { row: energyRow }, context)).energy);
      });
  return { generated, simulation, synthesis, energy };
}

/** The whole layer on an engine, one frame without pauses. */
export async function simulateWhole(generated: Generated, { onStep, cache = defaultCache() }: Pick<MeasureOptions, 'onStep' | 'cache'> = {}, context: FlowContext = {}): Promise<SimulationRecord> {
  return kept(cache, 'simulation', simulationKey(generated), async () => {
    onStep?.('simulating the whole layer');
    return simulationRecord(await simulateLayer(generated, { frames: 0 }, context));
  });
}

/** What of an engine's cells belongs to which unit. */
export interface UnitRecord {
  readonly name: string;
  readonly within: string;
  readonly instances: number;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
}

/** An engine's count with its units. */
export async function synthesizeUnits(generated: Generated, { onStep, cache = defaultCache() }: Pick<MeasureOptions, 'onStep' | 'cache'> = {}, context: FlowContext = {}): Promise<SynthesisRecord & { readonly units: readonly UnitRecord[] }> {
  return kept(cache, 'synthesis-units', filesKey(generated), async () => {
    onStep?.('synthesizing');
    const result = await synthesizeFlow(generated, {}, context);
    const units = result.units.map(({ name, within, instances, resources: { lut, ff, dsp } }) => ({ name, within, instances, lut, ff, dsp }));
    return { ...synthesisRecord(result), units };
  });
}

/** Leaves the figures of a whole run where `measureEngine` looks for them. */
export function rememberRun({ generated, simulation, synthesis }: RunResult, cache = defaultCache()): void {
  leave(cache, 'simulation', simulationKey(generated), simulationRecord(simulation));
  leave(cache, 'synthesis', filesKey(generated), synthesisRecord(synthesis));
}

function defaultCache(): string {
  return join(projectRoot(), 'bench', 'out', 'cache');
}

/** The value of a key from the folder, or made and left there. */
export async function kept<T>(folder: string, kind: string, key: string, make: () => Promise<T>): Promise<T> {
  const path = join(folder, `${kind}-${key}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as T;
  const value = await make();
  leave(folder, kind, key, value);
  return value;
}

function leave(folder: string, kind: string, key: string, value: unknown): void {
  const path = join(folder, `${kind}-${key}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${path}.part`, JSON.stringify(value));
  renameSync(`${path}.part`, path); // never half a file, should it be stopped here
}

/** Hash of the emitted Verilog and memory contents. */
export function filesKey({ files, verilog }: Generated): string {
  const hash = createHash('sha256').update(METHOD);
  for (const [path, text] of files) if (verilog.includes(path) || path.endsWith('.mem')) hash.update(`${path}\n`).update(text);
  return hash.digest('hex').slice(0, 24);
}

function simulationKey(generated: Generated): string {
  const { sample, tensors } = generated.plan.layer;
  const hash = createHash('sha256').update(filesKey(generated));
  for (const data of [sample?.data, tensors.bias, tensors.multiplier, tensors.shift]) {
    if (data) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex').slice(0, 24);
}

function simulationRecord(s: LayerSimulation): SimulationRecord {
  return { cycles: s.cycles, outputs: s.outputs, mismatches: s.mismatches, passed: simulationPassed(s), frame: s.input.source, seconds: s.seconds };
}

function energyRecord({ perMac, eventsPerMac, table, cycles, outputs, mismatches, seconds }: EnergyResult): EnergyRecord {
  return { perMac, eventsPerMac, table, cycles, outputs, mismatches, seconds };
}

function synthesisRecord({ resources, timing, seconds }: Awaited<ReturnType<typeof synthesizeFlow>>): SynthesisRecord {
  const { lut, ff, carry4, dsp, bram36 } = resources;
  return { lut, ff, carry4, dsp, bram36, ...(timing ? { fmaxMhz: timing.fmaxMhz } : {}), seconds };
}
