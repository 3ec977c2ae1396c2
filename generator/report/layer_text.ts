/** The layer and its encoding in a line each. */
import type { Report } from './report_schema.js';
import { count, plural } from './format.js';

/** `3 x 3 convolution, 256 -> 512 channels, 28 x 28` */
export function layerText({ kind, geometry: g }: Report): string {
  if (kind === 'linear') return `fully connected, ${count(g.inChannels)} → ${count(g.outChannels)}`;
  const parts = [`${g.kernelHeight} × ${g.kernelWidth} convolution`, `${g.inChannels} → ${g.outChannels} channels`, `${g.inHeight} × ${g.inWidth} map`];
  if (g.strideHeight > 1 || g.strideWidth > 1) parts.push(`stride ${g.strideHeight} × ${g.strideWidth}`);
  if (g.dilationHeight > 1 || g.dilationWidth > 1) parts.push(`dilation ${g.dilationHeight} × ${g.dilationWidth}`);
  if (g.groups > 1) parts.push(g.groups === g.inChannels ? 'depthwise' : plural(g.groups, 'group'));
  return parts.join(', ');
}

/** `bpot (groupSize 16, maxExponent 3)` */
export function encodingText({ encoding, encodingParameters }: Report): string {
  const parameters = Object.entries(encodingParameters).map(([key, value]) => (Array.isArray(value) ? `${value.length} ${key}` : `${key} ${String(value)}`));
  return parameters.length > 0 ? `${encoding} (${parameters.join(', ')})` : encoding;
}

/** `16 × 16 × 1 = 256 MAC per cycle`, and for how many steps weights are held; with lanes that select, `16 × 16 × 1 × 4/2 = 512 MAC per cycle` */
export function lanesText({ lanes, peakMacsPerCycle }: Report): string {
  const selected = lanes.selection ? ` × ${lanes.selection.m}/${lanes.selection.n}` : '';
  return `${lanes.oc} × ${lanes.ic} × ${lanes.pixel}${selected} = ${count(peakMacsPerCycle)} MAC per cycle${(lanes.hold ?? 1) > 1 ? `, weights held for ${lanes.hold} steps` : ''}`;
}

/** What the time of a frame is bound by, with the cycles that each part would take alone. */
export function boundText({ bound, busy }: Report): string {
  const parts = [
    ['array', busy.compute],
    ...(busy.requantizers > busy.compute ? [['with the pauses for the requantizers', busy.requantizers] as const] : []),
    ['input stream', busy.inputStream],
    ['output stream', busy.outputStream],
    ...(busy.weightStream > 0 ? [['weight stream', busy.weightStream] as const] : []),
    ...(busy.rebuilding > 0 ? [['rebuilding of weights', busy.rebuilding] as const] : []),
  ] as const;
  return `Bound by ${bound === 'compute' ? 'the array' : `the ${bound}`}: ${parts.map(([name, cycles]) => `${name} ${count(cycles)}`).join(', ')} cycles alone.`;
}

/** Where the cycles of one frame go; null if it was not simulated. The parts add up to the cycles. */
export function cycleParts({ cycles, macs, peakMacsPerCycle, simulation: s }: Report) {
  if (cycles === null || s === null) return null;
  const ideal = Math.ceil(macs / peakMacsPerCycle);
  return {
    useful: Math.min(ideal, s.active),
    idleLanes: Math.max(0, s.active - ideal),
    waitInput: s.waitInput,
    waitOutput: s.waitOutput,
    waitWeight: s.waitWeight,
    other: Math.max(0, cycles - s.active - s.waitInput - s.waitOutput - s.waitWeight),
  };
}

/** The verdict in one line, and the figures it stands on. */
export function verdict(report: Report): { state: 'right' | 'wrong' | 'open'; title: string; lines: string[] } {
  const { bitExact, outputs, mismatches, oracle, oracleMismatches, simulation: s } = report;
  if (bitExact === null || s === null) return { state: 'open', title: 'Not simulated', lines: ['Whether the Verilog computes the right outputs is not known: the simulation was not run.'] };
  const lines = [`${count(outputs ?? 0)} outputs of ${plural(s.frames, 'frame')} compared with the golden model in simulation, ${count(mismatches ?? 0)} wrong.`];
  if (s.firstMismatch) {
    const f = s.firstMismatch;
    lines.push(`First: frame ${f.frame}, element ${count(f.index)}, expected ${f.expected}, got ${f.got}.`);
  }
  lines.push(
    oracle === null || oracleMismatches === null
      ? `ONNX Runtime was not compared${oracle?.skipped ? `: ${oracle.skipped}` : ''}.`
      : `${count(oracle.compared)} accumulators of the golden model compared with ONNX Runtime, ${count(oracleMismatches)} wrong.`,
  );
  if (s.timedOut) lines.push('The simulation was stopped: the engine did not finish.');
  lines.push(...s.protocolErrors.slice(0, 5).map((error) => `Protocol: ${error}`));
  return { state: bitExact ? 'right' : 'wrong', title: bitExact ? 'Bit-exact' : 'Not bit-exact', lines };
}
