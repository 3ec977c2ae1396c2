import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { confusionSvg } from '../../generator/report/confusion_svg.js';
import { confusionMatrix, score } from '../../generator/report/evaluation.js';
import { encodePng } from '../../generator/report/png.js';

describe('figures of an evaluation', () => {
  it('have right classes down and given classes across', () => {
    expect(confusionMatrix([0, 1, 1, 2, 0], [0, 1, 2, 2, 2], 3)).toEqual([[1, 0, 0], [0, 1, 0], [1, 1, 1]]);
    expect(score([0, 1, 1, 2], [0, 1, 2, 2, 0])).toEqual({ right: 3, of: 4, accuracy: 0.75 });
  });
});

describe('the picture of a confusion matrix', () => {
  it('shows counts that are not zero and names both axes, and is left out for many classes', () => {
    const svg = confusionSvg([[7, 2], [0, 9]], ['ankle <boot>', 'bag']);
    expect([...svg.matchAll(/text-anchor="middle"(?: fill="#ffffff")?>(\d+)</g)].map(([, n]) => n)).toEqual(['7', '2', '9']);
    expect(svg).toContain('ankle &lt;boot&gt;');
    const many = Array.from({ length: 40 }, (_, i) => String(i));
    expect(confusionSvg(many.map(() => many.map(() => 1)), many)).toBe('');
  });
});

describe('a PNG', () => {
  it('has its lines unfiltered behind a header of the right size, and right checksums', () => {
    const png = encodePng({ height: 2, width: 3, channels: 1, data: Uint8Array.from([0, 128, 255, 1, 2, 3]) });
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20), png[24], png[25]]).toEqual([3, 2, 8, 0]);
    const length = png.readUInt32BE(33);
    expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([0, 0, 128, 255, 0, 1, 2, 3]);
    // CRC-32 of "IEND" without data, as the specification's every file ends.
    expect(png.subarray(-4).toString('hex')).toBe('ae426082');
  });
});
