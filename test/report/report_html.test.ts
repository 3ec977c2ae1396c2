import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../../generator/report/html/markup.js';
import { STYLE } from '../../generator/report/html/style.js';
import { treemap } from '../../generator/report/html/treemap.js';
import { renderReportHtml } from '../../generator/report/report_html.js';
import { bareReport, sampleReport } from './sample.js';

/** Visible text, without tags and the style sheet. */
function textOf(page: string): string {
  return page.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<[^>]+>/g, ' ').replace(/&#39;/g, "'").replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').replace(/[\s\u00a0]+/g, ' ');
}

const full = renderReportHtml(sampleReport());

describe('renderReportHtml', () => {
  it('is well-formed, its void elements aside', () => {
    for (const page of [full, renderReportHtml(bareReport())]) {
      const closed = page.replace('<!DOCTYPE html>', '').replace(/<(meta|link|br)([^>]*?)>/g, '<$1$2/>').replace(/<style>[\s\S]*?<\/style>/, '<style></style>');
      expect(XMLValidator.validate(closed, { allowBooleanAttributes: false })).toBe(true);
    }
  });

  it('needs nothing but itself: no script, no address, no file', () => {
    expect(full).not.toMatch(/<script|<link|<iframe|<img|src=|href=|url\(|@import|https?:/);
  });

  it('gives the same bytes for the same report', () => {
    expect(renderReportHtml(sampleReport())).toBe(full);
  });

  it('puts the verdict and its numbers before everything else', () => {
    const text = textOf(full);
    expect(text).toContain('Bit-exact 1,204,224 outputs of 3 frames compared with the golden model in simulation, 0 wrong.');
    expect(text.indexOf('Bit-exact')).toBeLessThan(text.indexOf('The engine'));
  });

  it('shows the figures of each part', () => {
    const text = textOf(full);
    for (const figure of [
      '3.61 M', '99.9 %', '6,136 of 171,900', '24.0', '17.2 in the array', '114 of 500 · 22.8 %', '10.2 ×', '13.2 dB', '136 MHz', '4,608 × 800 bit of bpot',
      '924,844,032 multiply-accumulates', 'waits for input 1,792', '+9.8 %', 'Lanes (bpot)', 'Weight memory', 'u_sequencer.filled_q[0]', '7.36 ns nominal', 'verilator 5.006',
    ]) expect(text).toContain(figure);
  });

  it('compares stored, rebuilt and direct execution of a layer of factors, and of no other', () => {
    const text = textOf(full);
    expect(text).toContain('Stored, rebuilt or direct direct wins: 7.29 times its cycles stored, 7.49 times its cycles rebuilt.');
    expect(text).toContain('rebuilt 930,922 22,716 1 101.5 10.6 dB');
    const { direct: _direct, ...execution } = sampleReport().execution!;
    expect(textOf(renderReportHtml(sampleReport({ execution: { ...execution, notDirect: 'has a residual' } })))).toContain('direct has a residual');
    expect(textOf(renderReportHtml(bareReport()))).not.toContain('Stored, rebuilt or direct');
  });

  it('says for every part that was not run that it was not, and shows no zero for it', () => {
    const text = textOf(renderReportHtml(bareReport()));
    expect(text).toContain('Not simulated');
    expect(text.match(/Not run\. shiftloom simulate fills this in/g)).toHaveLength(1);
    expect(text.match(/Not run\. shiftloom synthesize fills this in/g)).toHaveLength(3);
    expect(text).toContain('Utilization not run');
    expect(text).toContain('SQNR of outputs not measured');
    expect(text).not.toMatch(/(Cycles of one frame|LUT|DSP48E1|Block RAM) 0 /);
  });

  it('tells of wrong outputs with the first of them and of broken protocol rules', () => {
    const { simulation } = sampleReport();
    const page = renderReportHtml(sampleReport({
      bitExact: false, mismatches: 17,
      simulation: { ...simulation!, protocolErrors: ['m_axis_tvalid fell'], firstMismatch: { frame: 0, index: 1931, expected: 27, got: 26 } },
    }));
    expect(textOf(page)).toContain('Not bit-exact 1,204,224 outputs of 3 frames compared with the golden model in simulation, 17 wrong. First: frame 0, element 1,931, expected 27, got 26.');
    expect(textOf(page)).toContain('Protocol: m_axis_tvalid fell');
    expect(page).toContain('class="verdict wrong"');
  });

  it('escapes what comes from the user', () => {
    const page = renderReportHtml(sampleReport({ layer: 'a<b>"c"&', warnings: ['<script>alert(1)</script>'] }));
    expect(page).toContain('<h1>a&lt;b&gt;&quot;c&quot;&amp;</h1>');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script');
  });

  it('draws a design that is larger than its device within the bar, in another colour', () => {
    const page = renderReportHtml(sampleReport({ share: { lut: 1.4, ff: 0.1, dsp: 0, bram36: 0.2 } }));
    expect(page).toContain('class="track over" role="img" aria-label="LUT: 140.0\u00a0% of the device"><div class="fill" style="width:100.00%">');
  });

  it('draws at most as many squares as fit for a large array, and says how many there are', () => {
    const { design, lanes } = sampleReport();
    const page = renderReportHtml(sampleReport({ lanes: { ...lanes, oc: 64, pixel: 8 }, design: { ...design, array: { elements: 512, treeLatency: 5 } } }));
    // Two drawings, each with 16 x 3 elements and 6 lanes.
    expect(page.match(/class="cell"/g)).toHaveLength(2 * (16 * 3 + 6));
    expect(textOf(page)).toContain('Array of 512');
  });

  it('names only colours and classes that the style sheet has', () => {
    const used = new Set([...full.matchAll(/class="([^"]+)"/g)].flatMap(([, names]) => names.split(' ')));
    const missing = [...used].filter((name) => !new RegExp(`\\.${name}\\b`).test(STYLE));
    expect(missing).toEqual([]);
  });

  it('labels every drawing for readers who do not see it', () => {
    const drawings = [...full.matchAll(/<svg[^>]*>/g)].map(([tag]) => tag);
    expect(drawings.length).toBeGreaterThan(5);
    for (const tag of drawings) expect(tag).toMatch(/role="img" aria-label="[^"]+"|aria-hidden="true"/);
  });
});

describe('html', () => {
  it('escapes strings, keeps markup, joins lists and drops what is not there', () => {
    const list = ['<a>', html`<b>${'&'}</b>`, null, undefined, false, 7];
    expect(html`<p>${list}</p>`.text).toBe('<p>&lt;a&gt;<b>&amp;</b>7</p>');
    expect(escapeHtml(`'"`)).toBe('&#39;&quot;');
  });
});

describe('treemap', () => {
  const sizes = [50, 25, 12, 8, 4, 1].map((size) => ({ size }));

  it('gives each item its share of the area, inside the box and without overlap', () => {
    const tiles = treemap(sizes, 3.4);
    for (const { item, x, y, w, h } of tiles) {
      expect((w * h) / 100).toBeCloseTo(item.size, 6);
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(-1e-9);
      expect(Math.max(x + w, y + h)).toBeLessThanOrEqual(100 + 1e-9);
    }
    for (const a of tiles) {
      for (const b of tiles) {
        if (a === b) continue;
        const across = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
        const down = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
        expect(Math.min(across, down)).toBeLessThan(1e-6);
      }
    }
  });

  it('keeps tiles near to squares', () => {
    const ratios = treemap(Array.from({ length: 12 }, () => ({ size: 1 })), 3).map(({ w, h }) => (w * 3) / h);
    for (const ratio of ratios) expect(Math.max(ratio, 1 / ratio)).toBeLessThan(2);
  });
});

it('the page says what an XML reader finds as its title', () => {
  const title = new XMLParser().parse(/<title>.*<\/title>/.exec(full)![0]) as { title: string };
  expect(title.title).toBe('conv4_1: shiftloom report');
});

it('shows where weights come from that are not stored in the engine', () => {
  const stored = sampleReport();
  const page = (weights: 'streamed' | 'rebuilt') =>
    renderReportHtml({ ...stored, lanes: { ...stored.lanes, weights }, design: { ...stored.design, streamed: { bands: 1, bandRows: 8, lastBandRows: 8, beatsPerWord: 0, beatsPerPass: 0 } } });
  expect(page('rebuilt')).toContain('Rebuilding (weights from factors, a channel tile ahead) fills it.');
  expect(page('streamed')).toContain('Weight stream (from memory, a channel tile ahead) fills it.');
  expect(renderReportHtml(stored)).not.toMatch(/Rebuilding|Weight stream/);
});
