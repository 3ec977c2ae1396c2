/** All that is worth writing down and needs no picture. */
import { bits, count, percent, plural, seconds } from '../format.js';
import { encodingText, lanesText, layerText } from '../layer_text.js';
import type { Report } from '../report_schema.js';
import { html, type Insert, type Markup } from './markup.js';

type Fact = readonly [string, Insert];

export function factSection(report: Report): Markup {
  return html`<section class="card"><h2>Details</h2><div class="facts">
${list('Layer', layerFacts(report))}
${list('Engine', engineFacts(report))}
${list('Simulation', simulationFacts(report))}
${list('Tools and times', toolFacts(report))}
</div></section>`;
}

function list(title: string, facts: readonly Fact[]): Markup {
  return html`<div><h3>${title}</h3><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div>`;
}

function layerFacts(report: Report): Fact[] {
  const { geometry: g, formats: f } = report;
  const format = ({ bits: b, signed, zeroPoint }: typeof f.input) => `${b} bit ${signed ? 'signed' : 'unsigned'}${zeroPoint === 0 ? '' : `, zero point ${zeroPoint}`}`;
  return [
    ['layer', layerText(report)],
    ...(report.kind === 'conv2d' ? [['pads', `top ${g.padTop}, left ${g.padLeft}, bottom ${g.padBottom}, right ${g.padRight}`] as Fact] : []),
    ['output', `${g.outHeight} × ${g.outWidth} × ${g.outChannels}`],
    ['input format', format(f.input)],
    ['output format', format(f.output)],
    ['weights', encodingText(report)],
    ['requantization', f.requantize === 'multiplier' ? 'multiplier and shift' : 'shift only'],
    ['activation', f.activation],
    ['MACs', count(report.macs)],
    ...(report.layerHash ? [['hash', html`<code>${report.layerHash}</code>`] as Fact] : []),
  ];
}

function laneKinds({ lanes: { oc, kind, dsp } }: Report): string {
  const singly = kind === 'dsp' ? 'multipliers in DSP48E1' : 'LUTs and carry chains';
  if (dsp === 0) return singly;
  return dsp === oc ? 'two output channels in each DSP48E1' : `${singly}; ${dsp} of ${oc} output channels two in each DSP48E1`;
}

function engineFacts(report: Report): Fact[] {
  const { design: d, resources: r } = report;
  const sizes = r ? Object.entries(r.lutBySize).filter(([, n]) => n > 0).map(([size, n]) => `${size} ${count(n)}`).join(', ') : '';
  return [
    ['folding', `${lanesText(report)} (output channels × input channels × pixels)`],
    ['lanes', laneKinds(report)],
    ['accumulator', `${report.formats.accumulatorBits} bit, exact`],
    ['steps', `${count(d.sequencer.steps)} cycles a tile and ${count(d.sequencer.gap)} idle`],
    ...(d.streamed
      ? [['weight stream', `${count(d.streamed.beatsPerPass)} beats of 64 bit for each of ${plural(d.streamed.bands, 'band')} of ${plural(d.streamed.bandRows, 'row')}`] as Fact]
      : []),
    [d.streamed ? 'weight halves' : 'weight memory', `${count(d.weightMemory.depth)} × ${count(d.weightMemory.width)} bit, ${bits(d.weightMemory.depth * d.weightMemory.width)}`],
    ['adder tree', plural(d.array.treeLatency, 'cycle')],
    ...(r ? ([['LUTs by size', sizes], ['LUTs as RAM', count(r.lutRam)], ['shift registers', count(r.srl)], ['CARRY4', count(r.carry4)], ['MUXF7, MUXF8', `${count(r.muxf7)}, ${count(r.muxf8)}`], ['RAMB36, RAMB18', `${count(r.ramb36)}, ${count(r.ramb18)}`]] as Fact[]) : []),
  ];
}

function simulationFacts({ simulation: s, oracle: o, outputs }: Report): Fact[] {
  if (!s) return [['simulation', 'not run']];
  return [
    ['engine', `${s.engine} ${s.engineVersion}`],
    ...(s.note ? [['note', s.note] as Fact] : []),
    ['frames', `${count(s.frames)}, ${s.source === 'sample' ? 'from the layer’s sample' : `random, seed ${s.seed}`}`],
    ['outputs compared', count(outputs ?? 0)],
    ['pauses', s.stalledCycles === null ? 'none' : `input ${percent(s.stallIn, 0)}, output ${percent(s.stallOut, 0)} of the cycles: ${count(s.stalledCycles)} cycles`],
    ['protocol', s.protocolErrors.length === 0 ? 'no rule broken' : plural(s.protocolErrors.length, 'broken rule')],
    ...(o
      ? ([
          ['ONNX Runtime', o.compared > 0 ? `${count(o.compared)} accumulators` : 'not compared'],
          ...(o.requantizedCompared > 0 ? [['QLinearConv', `${count(o.requantizedCompared)} outputs, ${percent(o.requantizedDiffer, 2)} differ by one (halves go to even there)`] as Fact] : []),
          ...(o.skipped ? [['left out', o.skipped] as Fact] : []),
        ] as Fact[])
      : []),
  ];
}

function toolFacts({ tools, seconds: s, generator }: Report): Fact[] {
  const time = (value: number | null) => (value === null ? 'not run' : seconds(value));
  return [
    ['shiftloom', generator],
    ['Node.js', tools.node ?? 'not recorded'],
    ['simulator', tools.simulator ?? 'not run'],
    ['Yosys', tools.yosys ?? 'not run'],
    ['generate', time(s.generate)],
    ['simulate', time(s.simulate)],
    ['synthesize', time(s.synthesize)],
  ];
}
