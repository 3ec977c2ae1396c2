/** `report.html`: one page that needs nothing else, neither network nor script. Equal reports give equal bytes. */
import { Markup, html } from './html/markup.js';
import { cycleSection } from './html/activity.js';
import { clockSection } from './html/clock.js';
import { compressionSection } from './html/compression.js';
import { energySection } from './html/energy.js';
import { executionSection } from './html/execution.js';
import { factSection } from './html/facts.js';
import { picture } from './html/picture.js';
import { resourceSection, unitSection } from './html/resources.js';
import { STYLE } from './html/style.js';
import { figures, header, verdictBanner } from './html/summary.js';
import type { Report } from './report_schema.js';

/** The whole page as text. Parts of the report that were not run are said to be so. */
export function renderReportHtml(report: Report): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="shiftloom ${report.generator}">
<title>${report.layer}: shiftloom report</title>
<style>
${new Markup(STYLE)}
</style>
</head>
<body>
<main>
${header(report)}
${verdictBanner(report)}
${figures(report)}
<section class="card"><h2>The engine</h2>
${picture(report)}
</section>
${cycleSection(report)}
${resourceSection(report)}
${unitSection(report)}
${compressionSection(report)}
${executionSection(report)}
${clockSection(report)}
${energySection(report)}
${factSection(report)}
<footer>Written by shiftloom ${report.generator} from report.json, version ${report.reportVersion}.</footer>
</main>
</body>
</html>
`.text;
}
