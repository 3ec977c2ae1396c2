import { describe, expect, it } from 'vitest';
import { renderReportHtml } from '../../generator/report/report_html.js';
import { renderReportMarkdown } from '../../generator/report/report_markdown.js';
import { bareReport, sampleReport } from './sample.js';

describe('energy in the report', () => {
  it('stands with its range and its parts on the page and in RESULTS.md', () => {
    const page = renderReportHtml(sampleReport());
    expect(page).toContain('<h2>Switching energy</h2>');
    expect(page).toMatch(/<tr><td>memories<\/td><td class="n">6\.00<\/td><td class="n">11\.8<\/td><td class="n">24\.0<\/td><td class="n">59\.0\s%<\/td><\/tr>/);
    expect(renderReportMarkdown(sampleReport())).toMatch(/\| in all \| 9\.90 \| 20\.0 \| 39\.5 \| 100\.0\s% \|/);
  });

  it('is left out where it was not measured', () => {
    expect(renderReportHtml(bareReport())).not.toContain('Switching energy');
    expect(renderReportMarkdown(bareReport())).not.toContain('Switching energy');
  });

  it('says so when the netlist was wrong', () => {
    const { energy } = sampleReport();
    expect(renderReportHtml(sampleReport({ energy: { ...energy!, mismatches: 412 } }))).toContain('412 of the netlist’s 512 outputs were WRONG.');
  });
});
