import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import type { Activity, SimulationJob, SimulationResult, StreamShape, WeightStream } from './contract.js';

/** "SLJ2", the first word of job.bin; sim/harness/job.h reads the same words in the same order. */
const MAGIC = 0x324a4c53;
const WHOLE_RUN = 2n ** 63n;
/** Where a model leaves the counts of toggles, in the run folder. */
export const ACTIVITY_FILE = 'activity.bin';

/** What the bench writes into result.json. */
export type BenchResult = Omit<SimulationResult, 'engine' | 'engineVersion' | 'outputData' | 'activity' | 'seconds' | 'cached'>;

/** Refuses a job that the bench could not run, naming the field and its value. */
export function checkJob(job: SimulationJob): void {
  const refuse = (field: string, message: string) => {
    throw new ShiftloomError('input', `simulation of ${job.top}`, `${field} ${message}`);
  };
  checkShape('input', job.input, refuse);
  checkShape('output', job.output, refuse);
  if (!Number.isInteger(job.frames) || job.frames < 1) refuse('frames', `must be an integer from 1, got ${job.frames}`);
  checkLength('inputData', job.inputData, job.frames, job.input, refuse);
  checkLength('expected', job.expected, job.frames, job.output, refuse);
  for (const field of ['stallIn', 'stallOut'] as const) {
    if (!(job[field] >= 0 && job[field] < 1)) refuse(field, `is a probability from 0 up to below 1, got ${job[field]}`);
  }
  if (job.weights) checkWeights(job.weights, refuse);
  if (!Number.isSafeInteger(job.seed) || job.seed < 0) refuse('seed', `must be an integer from 0, got ${job.seed}`);
  if (!Number.isSafeInteger(job.maxCycles) || job.maxCycles < 1) refuse('maxCycles', `must be an integer from 1, got ${job.maxCycles}`);
  if (job.activity) {
    for (const field of ['from', 'cycles'] as const) {
      if (!(Number.isSafeInteger(job.activity[field]) && job.activity[field] >= 1)) refuse(`activity.${field}`, `must be an integer from 1, got ${job.activity[field]}`);
    }
    if (job.trace) refuse('activity', 'cannot be counted in a run that writes waves');
  }
  for (const file of job.files) {
    if (isAbsolute(file.path) || normalize(file.path).startsWith('..')) refuse('files', `must lie in the run folder, got ${file.path}`);
  }
}

type Refuse = (field: string, message: string) => void;

function checkWeights({ beats, passes, stall }: WeightStream, refuse: Refuse): void {
  if (beats.length === 0 || beats.length % 2 !== 0) refuse('weights.beats', `must hold two parts for each of one or more beats, got ${beats.length} parts`);
  if (!Number.isInteger(passes) || passes < 1) refuse('weights.passes', `must be an integer from 1, got ${passes}`);
  if (!(stall >= 0 && stall < 1)) refuse('weights.stall', `is a probability from 0 up to below 1, got ${stall}`);
}

function checkShape(name: string, shape: StreamShape, refuse: Refuse): void {
  const width = shape.elementBits * shape.elementsPerBeat;
  if (shape.elementBits !== 8 && shape.elementBits !== 16) refuse(`${name}.elementBits`, `must be 8 or 16, got ${shape.elementBits}`);
  if (![8, 16, 32, 64].includes(width)) refuse(name, `has a data width of ${width} bits, must be 8, 16, 32 or 64`);
  if (!Number.isInteger(shape.beatsPerFrame) || shape.beatsPerFrame < 1) refuse(`${name}.beatsPerFrame`, `must be an integer from 1, got ${shape.beatsPerFrame}`);
}

function checkLength(name: string, data: Int32Array, frames: number, shape: StreamShape, refuse: Refuse): void {
  const wanted = frames * shape.beatsPerFrame * shape.elementsPerBeat;
  if (data.length === wanted) return;
  refuse(name, `has ${data.length} elements, but ${frames} frames of ${shape.beatsPerFrame} beats of ${shape.elementsPerBeat} elements are ${wanted}`);
}

/** The job as job.bin: 32-bit little-endian words. */
export function encodeJob(job: SimulationJob): Uint8Array {
  const words: number[] = [MAGIC, job.frames, job.outputSigned ? 1 : 0];
  const push64 = (value: bigint) => words.push(Number(value & 0xffffffffn), Number(value >> 32n));
  const probability = (p: number) => Math.floor(p * 2 ** 32);
  push64(BigInt(job.seed));
  words.push(probability(job.stallIn), probability(job.stallOut));
  push64(BigInt(job.maxCycles));
  words.push(job.resetMidFrame ? 1 : 0, job.restart ? (job.prepares ? 2 : 1) : 0, job.lastFault === 'early' ? 1 : job.lastFault === 'missing' ? 2 : 0);
  words.push(job.trace ? 1 : 0);
  push64(BigInt(job.trace?.from ?? 0));
  push64(job.trace?.cycles === undefined ? WHOLE_RUN : BigInt(job.trace.cycles));
  push64(BigInt(job.activity?.from ?? 0));
  push64(BigInt(job.activity?.cycles ?? 0));
  for (const shape of [job.input, job.output]) words.push(shape.elementBits, shape.elementsPerBeat, shape.beatsPerFrame);
  const loads = job.loads ?? [];
  const { beats, passes, stall } = job.weights ?? { beats: new Uint32Array(0), passes: 0, stall: 0 };
  words.push(passes, probability(stall), beats.length / 2);
  words.push(loads.length);
  const loadWords = loads.reduce((sum, load) => sum + 2 + load.words.length, 0);
  const all = new Uint32Array(words.length + loadWords + beats.length + job.inputData.length + job.expected.length);
  all.set(words);
  let at = words.length;
  for (const load of loads) {
    all.set([load.select, load.words.length], at);
    all.set(load.words, at + 2);
    at += 2 + load.words.length;
  }
  all.set(beats, at);
  at += beats.length;
  all.set(job.inputData, at);
  all.set(job.expected, at + job.inputData.length);
  return new Uint8Array(all.buffer);
}

/** Writes job.bin and all files that are no Verilog sources (memories) into the run folder. */
export async function writeRunFolder(folder: string, job: SimulationJob): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of job.files) {
    if (isVerilog(file.path)) continue;
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text);
  }
  await writeFile(join(folder, 'job.bin'), encodeJob(job));
}

/** What the bench wrote, or undefined if it wrote nothing (it was stopped or it crashed). */
export async function readResults(folder: string): Promise<{ result: BenchResult; outputData: Int32Array } | undefined> {
  const text = await readFile(join(folder, 'result.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const bytes = await readFile(join(folder, 'output.bin'));
  const outputData = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return { result: JSON.parse(text) as BenchResult, outputData };
}

/** The counts of toggles as sim/harness/activity.h writes them. */
export async function readActivity(folder: string): Promise<Activity> {
  const bytes = await readFile(join(folder, ACTIVITY_FILE));
  const words = new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const [cycles, groups] = words;
  const toggles = new Uint32Array(groups * 64);
  const high = new Uint32Array(groups * 64);
  for (let group = 0; group < groups; group++) {
    const from = 2 + group * 128;
    toggles.set(words.subarray(from, from + 64), group * 64);
    high.set(words.subarray(from + 64, from + 128), group * 64);
  }
  return { cycles, toggles, high };
}

export function isVerilog(path: string): boolean {
  return /\.s?vh?$/.test(path);
}
