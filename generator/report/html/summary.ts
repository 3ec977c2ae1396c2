/** Head of the page: what it is, the verdict, and the figures that most readers came for. */
import { count, decibel, percent, short, significant } from '../format.js';
import { encodingText, lanesText, layerText, verdict } from '../layer_text.js';
import type { Report } from '../report_schema.js';
import { Markup, html } from './markup.js';

/** Paths of the verdict's icons, 24 units square. */
export const VERDICT_ICONS = {
  right: 'M12 22a10 10 0 1 1 0-20 10 10 0 0 1 0 20zm-1.3-6.2 6.6-7-1.6-1.5-5 5.3-2.4-2.4-1.5 1.6z',
  wrong: 'M12 22a10 10 0 1 1 0-20 10 10 0 0 1 0 20zm0-8.4 3 3 1.6-1.6-3-3 3-3L15 7.4l-3 3-3-3L7.4 9l3 3-3 3L9 16.6z',
  open: 'M12 22a10 10 0 1 1 0-20 10 10 0 0 1 0 20zM7 11v2h10v-2z',
} as const;

export function header(report: Report): Markup {
  return html`<header>
<h1>${report.layer}</h1>
<p class="lead">${layerText(report)} · ${encodingText(report)} weights · ${lanesText(report)} · ${report.part.title}</p>
</header>`;
}

export function verdictBanner(report: Report): Markup {
  const { state, title, lines } = verdict(report);
  return html`<section class="verdict ${state}" aria-label="Verdict">
<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d="${VERDICT_ICONS[state]}"/></svg>
<div><strong>${title}</strong>${lines.map((line) => html`<p>${line}</p>`)}</div>
</section>`;
}

interface Figure {
  readonly label: string;
  readonly value: string | null;
  readonly note: string;
  /** Said in place of a missing value; default "not run". */
  readonly missing?: string;
}

export function figures(report: Report): Markup {
  return html`<dl class="tiles">${tiles(report).map(
    ({ label, value, note, missing = 'not run' }) => html`<div class="tile"><dt>${label}</dt><dd>${
      value === null ? html`<span class="none">${missing}</span>` : html`${value}<small>${note}</small>`
    }</dd></div>
`)}</dl>`;
}

function tiles(report: Report): Figure[] {
  const { cycles, utilization, resources: r, share, lutPerMac, laneLutPerMac, clock, compression: c } = report;
  return [
    { label: 'Cycles of one frame', value: cycles === null ? null : short(cycles), note: count(cycles ?? 0) },
    frameTime(report),
    { label: 'Utilization', value: utilization === null ? null : percent(utilization), note: 'of the array, fill and drain included' },
    ...(report.frameToFrame ? [{ label: 'Frames in a row', value: percent(report.frameToFrame.utilization), note: `utilization, ${count(report.frameToFrame.cycles)} cycles from frame to frame` }] : []),
    { label: 'Clock, pre-layout', value: clock ? `${count(clock.fmaxMhz.nominal)} MHz` : null, note: clock ? `${count(clock.fmaxMhz.pessimistic)} to ${count(clock.fmaxMhz.optimistic)} by routing` : '' },
    { label: 'LUT', value: r ? count(r.lut) : null, note: share ? `${percent(share.lut)} of the ${report.part.name}` : '' },
    { label: 'LUT per MAC/cycle', value: lutPerMac === null ? null : significant(lutPerMac, 3), note: laneLutPerMac === null ? '' : `${significant(laneLutPerMac, 3)} in the array` },
    { label: 'DSP48E1', value: r ? count(r.dsp) : null, note: share ? `of ${count(report.part.dsp)}` : '' },
    { label: 'Block RAM', value: r ? count(r.bram36) : null, note: share ? `RAMB36, ${percent(share.bram36)}` : '' },
    { label: 'Parameters smaller by', value: `${significant(c.ratio32, 3)} ×`, note: `than 32 bit; ${significant(c.ratio8, 3)} × than 8 bit` },
    {
      label: 'SQNR of outputs',
      value: report.outputSqnrDb === null ? null : decibel(report.outputSqnrDb),
      note: report.weightSqnrDb === null ? '' : `weights ${decibel(report.weightSqnrDb)}`,
      missing: 'not measured',
    },
  ];
}

/** Time of a frame at the nominal clock. */
function frameTime({ cycles, clock }: Report): Figure {
  const ms = cycles !== null && clock !== null ? cycles / clock.fmaxMhz.nominal / 1000 : null;
  return { label: 'Time of a frame', value: ms === null ? null : `${significant(ms, 3)} ms`, note: clock ? `at ${count(clock.fmaxMhz.nominal)} MHz` : '' };
}

export function warnings(report: Report): Markup | null {
  return report.warnings.length > 0 ? html`<ul class="warn">${report.warnings.map((text) => html`<li>${text}</li>`)}</ul>` : null;
}

/** A part of the report whose stage was not run. */
export function notRun(stage: 'simulate' | 'synthesize'): Markup {
  return html`<p class="notrun">Not run. <code>shiftloom ${stage}</code> fills this in.</p>`;
}
