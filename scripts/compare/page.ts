/** compare.html: the comparison in the style of the report, one file without network or script. */
import { Markup, html } from '../../generator/report/html/markup.js';
import { STYLE } from '../../generator/report/html/style.js';
import { compareChart } from './chart.js';
import type { CompareRow } from './rows.js';

/** Sections of Markdown as this comparison writes it: headings, paragraphs, lists and tables. */
function blocks(markdown: string): Markup[] {
  return markdown
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '' && !block.startsWith('# '))
    .map((block) => {
      if (block.startsWith('## ')) return html`<h2>${block.slice(3)}</h2>`;
      if (block.startsWith('| ')) return tableMarkup(block.split('\n'));
      if (block.startsWith('- ')) return html`<ul>${block.split('\n').map((line) => html`<li>${inline(line.slice(2))}</li>`)}</ul>`;
      return html`<p>${inline(block.replace(/\n/g, ' '))}</p>`;
    });
}

/** Text with \`code\` in it. */
function inline(text: string): Markup[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function tableMarkup(lines: readonly string[]): Markup {
  const cells = (line: string) => line.split('|').slice(1, -1).map((cell) => cell.trim());
  const [head, , ...rows] = lines;
  const kind = (i: number) => (i === 0 ? '' : 'n');
  return html`<div class="scroll"><table><tr>${cells(head).map((cell, i) => html`<th class="${kind(i)}">${inline(cell)}</th>`)}</tr>
${rows.map((row) => html`<tr>${cells(row).map((cell, i) => html`<td class="${kind(i)}">${inline(cell)}</td>`)}</tr>`)}</table></div>`;
}

/** The page of a comparison, from its rows and its Markdown. */
export function comparePage(rows: readonly CompareRow[], markdown: string): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of engines: shiftloom</title>
<style>
${new Markup(STYLE)}
main{max-width:1400px}h2{margin-top:26px}table{font-size:13px}td,th{padding-right:9px}td:first-child,th{white-space:nowrap}.scroll{margin:10px 0 16px}.picture-box svg{max-width:100%;height:auto}
</style>
</head>
<body>
<main>
<h1>Engines on the conv4_1-shaped layer</h1>
<section class="card picture-box">${new Markup(compareChart(rows))}</section>
<section class="card">${blocks(markdown)}</section>
</main>
</body>
</html>
`.text;
}
