import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPart, partNames } from '../../generator/synthesize/parts.js';

describe('parts', () => {
  it('gives the XC7Z035 its published figures and makes it the default', () => {
    expect(loadPart()).toMatchObject({ name: 'xc7z035', lut: 171900, ff: 343800, dsp: 900, bram36: 500 });
  });

  it('reads every part file, each with two flip-flops for one LUT', () => {
    expect(partNames()).toEqual(['xc7z010', 'xc7z015', 'xc7z020', 'xc7z030', 'xc7z035', 'xc7z045', 'xc7z100']);
    for (const name of partNames()) {
      const part = loadPart(name);
      expect(part.ff, name).toBe(2 * part.lut);
      expect(part.logicCells / part.lut, name).toBeCloseTo(1.6, 1);
    }
  });

  it('takes a full ordering name for its device', () => {
    expect(loadPart('xc7z035ffg676-2').name).toBe('xc7z035');
    expect(loadPart('xc7z100').name).toBe('xc7z100');
  });

  it('names the nearest part for an unknown one', () => {
    expect(() => loadPart('xc7z35')).toThrow(
      'part: "xc7z35" is not known. Did you mean xc7z035? Known parts: xc7z010, xc7z015, xc7z020, xc7z030, xc7z035, xc7z045, xc7z100',
    );
  });
});

describe('a part file of the user', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'shiftloom-parts-'));
    const good = JSON.parse(JSON.stringify(loadPart('xc7z020')));
    writeFileSync(join(folder, 'xc7z001.json'), JSON.stringify({ ...good, name: 'xc7z001', lut: 0 }));
    writeFileSync(join(folder, 'xc7z002.json'), JSON.stringify(good));
    writeFileSync(join(folder, 'xc7z003.json'), '{');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is refused with its key when a figure is wrong', () => {
    expect(() => loadPart('xc7z001', folder)).toThrow(/xc7z001\.json: lut: Too small/);
  });

  it('is refused when it names another part', () => {
    expect(() => loadPart('xc7z002', folder)).toThrow(/xc7z002\.json: names the part "xc7z020", not "xc7z002"/);
  });

  it('is refused when it is not JSON', () => {
    expect(() => loadPart('xc7z003', folder)).toThrow(/xc7z003\.json: /);
  });
});
