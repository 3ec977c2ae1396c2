import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../../generator/layer/npy.js';
import { goldenNetwork } from '../../generator/network/golden_network.js';
import { randomNetworkInput } from '../../generator/network/random.js';
import { readNetwork } from '../../generator/network/read.js';
import type { Evaluation } from '../../generator/report/evaluation.js';
import { writtenNetwork } from '../network/fixture.js';
import { cli, temporaryFolder } from './cli.js';

const COUNT = 12;

/** The small network and random pictures, of which the golden model gets the first and the last wrong. */
async function prepared(): Promise<{ path: string; pictures: string }> {
  const { path, folder } = await writtenNetwork();
  const network = await readNetwork(path);
  const pictures = join(folder, 'pictures');
  mkdirSync(pictures);
  const images = randomNetworkInput(network, COUNT, 2);
  const labels = goldenNetwork(network, images, COUNT).map((c, i) => (i % (COUNT - 1) === 0 ? (c + 1) % 3 : c));
  writeFileSync(join(pictures, 'images.npy'), encodeNpy({ dtype: 'uint8', shape: [COUNT, 4, 4, 2], data: images }, 'images'));
  writeFileSync(join(pictures, 'labels.npy'), encodeNpy({ dtype: 'uint8', shape: [COUNT], data: labels }, 'labels'));
  return { path, pictures };
}

describe('shiftloom evaluate', () => {
  it('prints accuracies and speed, and leaves figures and a page', async () => {
    const { path, pictures } = await prepared();
    const out = join(temporaryFolder(), 'evaluation');
    const { code, stdout, stderr } = await cli(['evaluate', path, '--data', pictures, '--rtl-samples', '6', '--stalls', '0.3', '--out', out, '--json']);
    expect(stderr).toBe('');
    const evaluation = JSON.parse(stdout) as Evaluation & { passed: boolean; files: string[] };
    expect([code, evaluation.passed]).toEqual([0, true]);
    expect(evaluation.accuracy).toMatchObject({ golden: { right: 10, of: COUNT }, rtl: { right: 5, of: 6 } });
    expect(evaluation.rtl).toMatchObject({ frames: 6, mismatchedWords: 0, words: 6 + 1 + 4 + 8 + 3 * 6, timedOut: false });
    expect(evaluation.accelerator!.fps200MHz).toBe(Math.round(200e6 / evaluation.accelerator!.cyclesPerFrame));
    expect(evaluation.files).toEqual([join(out, 'evaluation.json'), join(out, 'evaluation.html')]);
    expect(readFileSync(join(out, 'evaluation.html'), 'utf8')).toContain('The Verilog computes every word right');
  }, 120_000);

  it('shows float, golden and RTL as far as they were run, in lines', async () => {
    const { path, pictures } = await prepared();
    const { code, stdout } = await cli(['evaluate', path, '--data', pictures, '--samples', '11', '--rtl-samples', '0']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^small on .*pictures: 103 parameters stored of 103, 1\.0 times fewer\n {2}golden +90\.91 % +10 of 11\n {2}time /);
  });

  it('refuses what it cannot evaluate, and leaves nothing', async () => {
    const { path, pictures } = await prepared();
    const out = join(temporaryFolder(), 'evaluation');
    const refused = async (...args: string[]) => {
      const { code, stderr } = await cli(['evaluate', ...args, '--out', out]);
      expect(code).toBe(2);
      expect(existsSync(out)).toBe(false);
      return stderr.replaceAll(path, 'small.network.json');
    };
    expect(await refused(join('examples', 'tiny', 'tiny.layer.json'))).toContain('is not a network file. Give a *.network.json file');
    expect(await refused(path)).toContain('--data: is needed: the network names no data set. Give mnist, fashion-mnist or a folder with images.npy and labels.npy');
    expect(await refused(path, '--data', pictures, '--samples', '13')).toContain('has 12 pictures. Allowed: 1..12');
    expect(await refused(path, '--data', 'mnist')).toContain('mnist: pictures are 28x28 of unsigned 8 bit, the network reads 4x4x2 of unsigned 8 bit');
  });

  it('ends at a signal without leaving anything', async () => {
    const { path, pictures } = await prepared();
    const out = join(temporaryFolder(), 'evaluation');
    const stop = new AbortController();
    stop.abort();
    expect((await cli(['evaluate', path, '--data', pictures, '--out', out], { signal: stop.signal })).code).toBe(130);
    expect(existsSync(out)).toBe(false);
  });
});
