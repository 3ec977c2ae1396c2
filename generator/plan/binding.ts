/** What keeps an engine from being faster: a stream, the requantizers, the array; and which resource of the device is used up first. */
import { cycleModel, type CycleReport } from './cycles.js';
import type { BusyCycles, Estimate, LayerPlan, TimeBound } from './plan.js';

export interface Binding {
  /** What takes the time: the array, or what it waits for. */
  readonly time: TimeBound;
  /** Share of the frame's cycles in which that works. */
  readonly timeShare: number;
  /** Resource nearest to its limit, and how near; undefined without limits. */
  readonly resource?: 'LUT' | 'DSP' | 'BRAM';
  readonly resourceShare?: number;
  /** The one word for it: a stream or the requantizers if they take the time, else the resource if it is nearly used up, else compute. */
  readonly binds: TimeBound | 'LUT' | 'DSP' | 'BRAM';
}

export interface DeviceLimits {
  readonly maxLut?: number;
  readonly maxDsp?: number;
  readonly maxBram?: number;
}

/** A stream that is busy for this share of a frame sets its time: rows and pixel tiles never meet beats exactly. */
const STREAM_BINDS = 0.95;
/** From this share of its limit on a resource counts as used up: the next larger folding does not fit. */
const RESOURCE_BINDS = 0.85;

export function bindingOf(plan: LayerPlan, estimate: Estimate, limits: DeviceLimits = {}): Binding {
  const time = timeBound(plan);
  const resource = nearestLimit(estimate, limits);
  const binds = time.time === 'compute' && resource && resource.resourceShare >= RESOURCE_BINDS ? resource.resource : time.time;
  return { ...time, ...resource, binds };
}

/** Cycles of a frame in which array, requantizers and streams would be busy if nothing else held them up. */
export function busyCycles(plan: LayerPlan): BusyCycles {
  const { sequencer: s, streamed, core } = plan;
  const { groups, outHeight } = core.geometry;
  const tiles = groups * s.tiles * outHeight * s.rowTiles;
  return {
    compute: tiles * s.steps,
    requantizers: tiles * (s.steps + s.gap),
    inputStream: plan.input.beatsPerFrame,
    outputStream: plan.output.beatsPerFrame,
    weightStream: streamed ? streamed.bands * streamed.beatsPerPass : 0,
    rebuilding: streamed && plan.reconstruction ? streamed.bands * plan.reconstruction.passCycles : 0,
  };
}

export function timeBound(plan: LayerPlan, { cycles, active }: Pick<CycleReport, 'cycles' | 'active'> = cycleModel(plan)): Pick<Binding, 'time' | 'timeShare'> {
  const busy = busyCycles(plan);
  const streams = [
    { time: 'output stream', timeShare: busy.outputStream / cycles },
    { time: 'input stream', timeShare: busy.inputStream / cycles },
    { time: 'weight stream', timeShare: busy.weightStream / cycles },
    { time: 'rebuilding', timeShare: busy.rebuilding / cycles },
  ] as const;
  const stream = streams.reduce((a, b) => (b.timeShare > a.timeShare ? b : a));
  if (stream.timeShare >= STREAM_BINDS) return stream;
  return plan.sequencer.gap > 0 ? { time: 'requantizers', timeShare: Math.min(1, busy.requantizers / cycles) } : { time: 'compute', timeShare: active / cycles };
}

function nearestLimit({ lut, dsp, bram36 }: Estimate, { maxLut, maxDsp, maxBram }: DeviceLimits) {
  const shares = ([['LUT', lut, maxLut], ['DSP', dsp, maxDsp], ['BRAM', bram36, maxBram]] as const).flatMap(([resource, used, most]) =>
    most === undefined ? [] : [{ resource, resourceShare: used / Math.max(most, 0.5) }],
  );
  return shares.length === 0 ? undefined : shares.reduce((a, b) => (b.resourceShare > a.resourceShare ? b : a));
}
