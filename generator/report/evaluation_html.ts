/** `evaluation.html`: accuracy side by side, the confusion matrix and the pictures that came out wrong, on one page that needs nothing else. */
import { confusionSvg } from './confusion_svg.js';
import { type Evaluation, type EvaluatedNode, type Score, type WrongPicture, evaluationPassed } from './evaluation.js';
import { bits, count, percent, plural, seconds, short, significant } from './format.js';
import { Markup, html, type Insert } from './html/markup.js';
import { STYLE } from './html/style.js';
import { VERDICT_ICONS } from './html/summary.js';
import { type Picture, pngAddress } from './png.js';

/** Pictures drawn at most; all are in evaluation.json. */
export const MOST_DRAWN_PICTURES = 240;

const OWN_STYLE = `
.wrongs{display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:14px;margin:14px 0 0;padding:0;list-style:none}
.wrongs img{display:block;width:84px;height:84px;object-fit:contain;image-rendering:pixelated;border-radius:6px;border:1px solid var(--line);background:#000}
.wrongs li{font-size:12.5px;line-height:1.4;color:var(--soft)}.wrongs b{color:var(--ink)}.wrongs .is{color:var(--good)}.wrongs .not{color:var(--bad)}
.both{display:flex;flex-wrap:wrap;gap:16px 44px;align-items:flex-start;margin-top:12px}.classes{flex:1;min-width:240px;max-width:420px}.matrix{overflow-x:auto}.matrix svg{max-width:100%;height:auto}
`.trim();

/** The whole page as text. @param pictures of the first wrong ones, by their position in the data set */
export function renderEvaluationHtml(evaluation: Evaluation, pictures: ReadonlyMap<number, Picture>): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="shiftloom ${evaluation.generator}">
<title>${evaluation.network} on ${evaluation.data}: shiftloom evaluation</title>
<style>
${new Markup(STYLE)}
${new Markup(OWN_STYLE)}
</style>
</head>
<body>
<main>
<header><h1>${evaluation.network}</h1>
<p class="lead">${evaluation.data} · ${plural(evaluation.accuracy.golden.of, 'picture')} · ${count(evaluation.classes.length)} classes · ${plural(evaluation.nodes.filter(({ op }) => op === 'layer').length, 'layer')}</p></header>
${verdictOf(evaluation)}
${tiles(evaluation)}
${accuracySection(evaluation)}
${confusionSection(evaluation)}
${wrongSection(evaluation, pictures)}
${nodeSection(evaluation)}
${acceleratorSection(evaluation)}
<footer>Written by shiftloom ${evaluation.generator}; the figures are in evaluation.json.</footer>
</main>
</body>
</html>
`.text;
}

function verdictOf(evaluation: Evaluation): Markup {
  const { rtl } = evaluation;
  if (!rtl) return banner('open', 'Not simulated', ['The golden model was run, the Verilog was not: give --rtl-samples.']);
  const compared = `${count(rtl.words)} output words of ${plural(rtl.frames, 'picture')} compared with the golden model in simulation, ${count(rtl.mismatchedWords)} wrong.`;
  if (evaluationPassed(evaluation)) return banner('right', 'The Verilog computes every word right', [compared]);
  const first = rtl.firstMismatch;
  return banner('wrong', 'The Verilog is wrong', [
    compared,
    ...(first ? [`First: picture ${first.frame}, word ${first.index}: ${first.got}, expected ${first.expected}.`] : []),
    ...(rtl.timedOut ? ['A run was stopped at its limit of cycles.'] : []),
    ...rtl.protocolErrors.slice(0, 4),
  ]);
}

function banner(state: 'right' | 'wrong' | 'open', title: string, lines: readonly string[]): Markup {
  return html`<section class="verdict ${state}" aria-label="Verdict">
<svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" fill-rule="evenodd" d="${VERDICT_ICONS[state]}"/></svg>
<div><strong>${title}</strong>${lines.map((line) => html`<p>${line}</p>`)}</div>
</section>`;
}

function tiles({ accuracy, accelerator: a, parametersDense, parametersStored }: Evaluation): Markup {
  const accuracyTile = (label: string, s: Score | undefined): readonly [string, Insert, string] => [label, s ? percent(s.accuracy, 2) : html`<span class="none">not run</span>`, s ? `${count(s.right)} of ${count(s.of)}` : ''];
  const all: (readonly [string, Insert, string])[] = [
    accuracyTile('Float', accuracy.float),
    accuracyTile('Golden model', accuracy.golden),
    accuracyTile('Simulated Verilog', accuracy.rtl),
    ['Parameters smaller by', `${significant(parametersDense / parametersStored, 3)} ×`, `${short(parametersStored)} of ${short(parametersDense)}`],
    a ? ['Frames per second', short(a.fps200MHz), `at 200 MHz, ${count(a.cyclesPerFrame)} cycles each`] : ['Frames per second', html`<span class="none">not simulated</span>`, ''],
  ];
  return html`<dl class="tiles">${all.map(([label, value, note]) => html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${note}</small></dd></div>
`)}</dl>`;
}

function accuracySection({ accuracy, floatDiffers, rtl, wrong }: Evaluation): Markup {
  const same = rtl ? rtl.frames - wrong.filter(({ index, label, golden }) => index < rtl.frames && golden !== label).length : 0;
  const rows: readonly (readonly [string, Score | undefined, string])[] = [
    ['Float network', accuracy.float, 'trained weights, real numbers'],
    ['Golden model', accuracy.golden, 'integers, as the hardware computes them'],
    ['Simulated Verilog', accuracy.rtl, rtl ? `the first ${plural(rtl.frames, 'picture')}, of which the golden model has ${count(same)} right; ${rtl.engine} ${rtl.engineVersion}, pauses ${rtl.stalls} on both streams` : ''],
  ];
  return html`<section class="card"><h2>Accuracy</h2><div class="scroll"><table><thead><tr><th>Network</th><th class="n">Right</th><th class="n">Of</th><th class="n">Accuracy</th><th>How</th></tr></thead><tbody>
${rows.map(([name, s, how]) => html`<tr><td>${name}</td>${s ? html`<td class="n">${count(s.right)}</td><td class="n">${count(s.of)}</td><td class="n">${percent(s.accuracy, 2)}</td>` : html`<td class="n"></td><td class="n"></td><td class="n">not run</td>`}<td>${s ? how : ''}</td></tr>
`)}</tbody></table></div>${
    accuracy.float && floatDiffers !== undefined
      ? html`<p class="note">The golden model gives another class than the float network to ${plural(floatDiffers, 'picture')}, ${percent(floatDiffers / accuracy.golden.of, 2)}; accuracy changes by ${(100 * (accuracy.golden.accuracy - accuracy.float.accuracy)).toFixed(2).replace('-', '−')} percentage points.</p>`
      : null
  }</section>`;
}

function confusionSection({ confusion, classes }: Evaluation): Markup {
  const pairs = confusion
    .flatMap((row, label) => row.map((value, given) => ({ label, given, value })))
    .filter(({ label, given, value }) => label !== given && value > 0)
    .sort((a, b) => b.value - a.value || a.label - b.label || a.given - b.given)
    .slice(0, 5);
  const svg = confusionSvg(confusion, classes);
  return html`<section class="card"><h2>Confusion matrix</h2>
<p class="note">Golden model, all pictures. ${pairs.length > 0 ? `Most often mistaken: ${pairs.map(({ label, given, value }) => `${classes[label]} for ${classes[given]} (${count(value)})`).join(', ')}.` : 'Nothing is mistaken.'}</p>
${svg === '' ? html`<p class="notrun">${count(classes.length)} classes are too many to draw; the matrix is in evaluation.json.</p>` : html`<div class="both"><div class="matrix">${new Markup(svg)}</div>${classTable(confusion, classes)}</div>`}</section>`;
}

/** How many of each class are right. */
function classTable(confusion: Evaluation['confusion'], classes: readonly string[]): Markup {
  const row = (name: string, label: number) => {
    const of = confusion[label].reduce((sum, value) => sum + value, 0);
    return html`<tr><td>${name}</td><td class="n">${count(confusion[label][label])}</td><td class="n">${count(of)}</td><td class="n">${of > 0 ? percent(confusion[label][label] / of) : ''}</td></tr>
`;
  };
  return html`<div class="classes"><table><thead><tr><th>Class</th><th class="n">Right</th><th class="n">Of</th><th class="n">Share</th></tr></thead><tbody>
${classes.map(row)}</tbody></table></div>`;
}

function wrongSection({ wrong, classes }: Evaluation, pictures: ReadonlyMap<number, Picture>): Markup {
  const drawn = wrong.filter(({ index }) => pictures.has(index));
  const more = wrong.length - drawn.length;
  return html`<section class="card"><h2>Wrong pictures</h2>
<p class="note">${plural(wrong.length, 'picture')} that the golden model or the Verilog gets wrong${more > 0 ? `; the first ${count(drawn.length)} are drawn` : ''}.</p>
<ul class="wrongs">${drawn.map((picture) => wrongPicture(picture, classes, pictures.get(picture.index)!))}</ul></section>`;
}

function wrongPicture({ index, label, golden, float, rtl }: WrongPicture, classes: readonly string[], picture: Picture): Markup {
  const given = (name: string, value: number | undefined) => (value === undefined ? null : html`<br>${name} <span class="${value === label ? 'is' : 'not'}">${classes[value] ?? value}</span>`);
  return html`<li><img src="${pngAddress(picture)}" alt="picture ${index}" width="84" height="84">right <b>${classes[label]}</b> <span>#${index}</span>${given('golden', golden)}${given('float', float)}${rtl === golden ? null : given('Verilog', rtl)}</li>
`;
}

function nodeSection({ nodes, parametersDense, parametersStored }: Evaluation): Markup {
  const row = ({ name, op, map, encoding, parametersDense: dense, parametersStored: stored, storedBits }: EvaluatedNode) => html`<tr><td>${name}</td><td>${op.replace('_', ' ')}${encoding === undefined ? null : html`, ${encoding}`}</td><td class="n">${map.join(' × ')}</td><td class="n">${dense === undefined ? '' : count(dense)}</td><td class="n">${stored === undefined ? '' : count(stored)}</td><td class="n">${storedBits === undefined ? '' : bits(storedBits)}</td></tr>
`;
  return html`<section class="card"><h2>The network</h2><div class="scroll"><table><thead><tr><th>Node</th><th>Operation</th><th class="n">Height × width × channels</th><th class="n">Parameters</th><th class="n">Stored</th><th class="n">Stored bits</th></tr></thead><tbody>
${nodes.map(row)}<tr><td><b>all</b></td><td></td><td></td><td class="n"><b>${count(parametersDense)}</b></td><td class="n"><b>${count(parametersStored)}</b></td><td class="n"><b>${bits(nodes.reduce((sum, { storedBits = 0 }) => sum + storedBits, 0))}</b></td></tr>
</tbody></table></div></section>`;
}

function acceleratorSection({ accelerator: a, rtl, seconds: time }: Evaluation): Markup | null {
  if (!a || !rtl) return null;
  const facts: readonly (readonly [string, Insert])[] = [
    ['Form', a.form],
    ['Cycles per frame', `${count(a.cyclesPerFrame)}, frames back to back`],
    ['Latency', `${count(a.latencyCycles)} cycles for a single frame`],
    ['At 200 MHz', `${count(a.fps200MHz)} frames per second`],
    ['LUT, FF', `${count(a.lut)}, ${count(a.ff)} (${a.resources})`],
    ['DSP48E1, RAMB36', `${count(a.dsp)}, ${count(a.bram36)} (${a.resources})`],
    ['Simulated', `${count(rtl.cycles)} cycles in ${seconds(rtl.seconds)}`],
    ['Networks in software', seconds(time.networks)],
  ];
  return html`<section class="card"><h2>The accelerator</h2><div class="facts"><dl>${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></div></section>`;
}
