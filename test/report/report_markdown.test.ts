import { describe, expect, it } from 'vitest';
import { renderReportMarkdown } from '../../generator/report/report_markdown.js';
import { bareReport, sampleReport } from './sample.js';

const text = renderReportMarkdown(sampleReport());

describe('renderReportMarkdown', () => {
  it('opens with the layer, the design and the verdict', () => {
    expect(text.split('\n').slice(0, 5)).toEqual([
      '# conv4_1',
      '',
      '3 × 3 convolution, 256 → 512 channels, 28 × 28 map; bpot (groupSize 16, maxExponent 3) weights; 16 × 16 × 1 = 256 MAC per cycle; Zynq-7000 XC7Z035.',
      '',
      '**Bit-exact.** 1,204,224 outputs of 3 frames compared with the golden model in simulation, 0 wrong. 802,816 accumulators of the golden model compared with ONNX Runtime, 0 wrong.',
    ]);
  });

  it('writes tables in which every row has as many cells as the head', () => {
    const tables = text.split('\n\n').filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThanOrEqual(6);
    for (const table of tables) {
      const cells = table.trim().split('\n').map((line) => line.replace(/\\\|/g, '').split('|').length);
      expect(new Set(cells).size, table).toBe(1);
    }
  });

  it('adds the cycles up to the whole', () => {
    const rows = [...text.matchAll(/^\| (?:computes|computes with lanes without work|waits for input|waits for output|fills, drains, starts) \| ([\d,]+) \|/gm)];
    const sum = rows.reduce((total, [, value]) => total + Number(value.replace(/,/g, '')), 0);
    expect(rows).toHaveLength(5);
    expect(sum).toBe(3_614_674);
  });

  it('says what was not run, and shows no zero for it', () => {
    const bare = renderReportMarkdown(bareReport());
    expect(bare).toContain('**Not simulated.**');
    expect(bare).toContain('| utilization | not run |');
    expect(bare).toContain('| LUT | 6,171 | not run | – | 171,900 | not run |');
    expect(bare).toContain('## Where the LUTs are\n\nnot run');
    expect(bare).not.toMatch(/\| 0 \|/);
  });

  it('compares stored, rebuilt and direct execution of a layer of factors, and says why a way is not possible', () => {
    expect(text).toContain('## Stored, rebuilt or direct\n\n**direct wins: 7.29 times its cycles stored, 7.49 times its cycles rebuilt.**');
    expect(text).toContain('| rebuilt | 930,922 | 22,716 | 1 | 101.5 | 10.6\u00a0dB | oc=16,ic=16,pixel=1,weights=rebuilt; 3,820 LUT to rebuild, 22.4\u00a0% of the lanes’ |');
    expect(text).toContain('| direct | 124,238 | 31,564 | 8 | 21 | no error | oc=4,ic=64,pixel=4 |');
    const { rebuilt: _rebuilt, ...execution } = sampleReport().execution!;
    const without = renderReportMarkdown(sampleReport({ execution: { ...execution, notRebuilt: 'has a residual' } }));
    expect(without).toContain('| rebuilt | – | – | – | – | – | has a residual |');
    expect(renderReportMarkdown(bareReport())).not.toContain('Stored, rebuilt or direct');
  });

  it('keeps a bar in a name from breaking the table', () => {
    const { simulation, units } = sampleReport();
    const page = renderReportMarkdown(sampleReport({ simulation, units: [{ ...units![0], name: 'odd|name' }] }));
    expect(page).toContain('odd\\|name');
  });
});
