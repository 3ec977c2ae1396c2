/** Larger parts of the report: engine, units, clock, simulation. */
import { z } from 'zod';

const count = z.int().nonnegative();
const figure = z.number().nonnegative();

/** Bins of weights in real units, before and after quantization. */
export const boundedHistogram = z
  .strictObject({ edges: z.array(z.number()), before: z.array(count), after: z.array(count) })
  .refine(({ edges, before, after }) => edges.length === before.length + 1 && before.length === after.length, 'edges must be one more than the bins of before and after');

const stream = z.strictObject({ elementBits: count, elements: count, beatsPerFrame: count });
const memory = z.strictObject({ depth: count, width: count, bram36: figure });

/** The engine as planned, for the architecture picture. */
export const designSchema = z.strictObject({
  input: stream,
  output: stream,
  ring: z.strictObject({ rows: count, words: count, wordBits: count, banks: count }),
  weightMemory: memory,
  parameterMemory: memory,
  array: z.strictObject({ elements: count, treeLatency: count }),
  requantizer: z.strictObject({ lanes: count, multiplierBits: count, latency: count }),
  outputBuffer: z.strictObject({ slots: count, bits: count }),
  sequencer: z.strictObject({ steps: count, gap: count, tiles: count, rowTiles: count }),
  streamed: z.strictObject({ bands: count, bandRows: count, lastBandRows: count, beatsPerWord: count, beatsPerPass: count }).nullable(),
});

export const unitSchema = z.strictObject({
  name: z.string(),
  within: z.string(),
  instances: count,
  lut: count,
  ff: count,
  dsp: count,
  bram36: figure,
  lutShare: figure,
  exact: z.boolean(),
});

const scenarios = z.strictObject({ optimistic: figure, nominal: figure, pessimistic: figure });
const step = z.strictObject({ type: z.string(), module: z.string(), name: z.string(), cellNs: figure, routingNs: figure, atNs: figure });

export const clockSchema = z.strictObject({
  label: z.literal('pre-layout estimate'),
  periodNs: scenarios,
  fmaxMhz: scenarios,
  path: z.strictObject({ start: step, steps: z.array(step), end: step, levels: count, logicNs: figure, routingNs: figure, totalNs: figure }),
  byModule: z.array(z.strictObject({ module: z.string(), periodNs: figure })),
});

const timeline = z.strictObject({
  bucketCycles: count,
  inputBeats: z.array(count),
  outputBeats: z.array(count),
  active: z.array(count),
  waitInput: z.array(count),
  waitOutput: z.array(count),
});

export const simulationSchema = z.strictObject({
  engine: z.string(),
  engineVersion: z.string(),
  note: z.string().nullable(),
  frames: count,
  source: z.enum(['sample', 'random']),
  seed: z.int(),
  stallIn: figure,
  stallOut: figure,
  active: count,
  waitInput: count,
  waitOutput: count,
  waitWeight: count,
  stalledCycles: count.nullable(),
  timedOut: z.boolean(),
  protocolErrors: z.array(z.string()),
  firstMismatch: z.strictObject({ frame: count, index: count, expected: z.int(), got: z.int() }).nullable(),
  timeline: timeline.nullable(),
});

export type ReportUnit = z.infer<typeof unitSchema>;
export type ReportClock = z.infer<typeof clockSchema>;
export type ReportSimulation = z.infer<typeof simulationSchema>;
export type ReportHistogram = z.infer<typeof boundedHistogram>;
