import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenRun } from '../../generator/golden/convolution.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { pythonWithNumpy } from './python.js';

/** The one Python block of the page. */
function scriptOfThePage(): string {
  const blocks = [...readFileSync('docs/layer_format.md', 'utf8').matchAll(/```python\n([\s\S]*?)```/g)];
  expect(blocks.length).toBe(1);
  return blocks[0][1];
}

/** Weights as numpy has them, by an independent path: text printed by numpy from the files. */
function numpyPrints(python: string, folder: string, expression: string): number[] {
  const code = `import numpy as np; w = np.load('weight.npy'); m = np.load('multiplier.npy'); x = np.load('sample.npy'); print(*${expression})`;
  return execFileSync(python, ['-c', code], { cwd: folder, encoding: 'utf8' }).trim().split(' ').map(Number);
}

describe('the Python script of docs/layer_format.md', () => {
  it('runs as printed and writes a layer that is read and computed', async () => {
    const python = pythonWithNumpy();
    const folder = mkdtempSync(join(tmpdir(), 'shiftloom-python-'));
    writeFileSync(join(folder, 'make_layer.py'), scriptOfThePage());
    execFileSync(python, ['make_layer.py'], { cwd: folder });
    const layer = await readLayer(join(folder, 'from_python.layer.json'));
    expect(layer.geometry).toMatchObject({ inChannels: 8, outChannels: 16, outHeight: 12, outWidth: 10 });
    expect(layer.sample?.frames).toBe(2);
    const [weight] = numpyPrints(python, folder, '[w[5, 3, 1, 2]]');
    expect(layer.tensors.weight[((5 * 8 + 3) * 3 + 1) * 3 + 2]).toBe(weight);
    expect([...layer.tensors.multiplier]).toEqual(numpyPrints(python, folder, 'm'));
    expect(new Set(layer.tensors.shift).size).toBe(1);
    const { accumulators } = goldenRun(layer, layer.sample!.data, 2);
    const sum = '[int((w[7].astype(int) * x[1, 4:7, 5:8].transpose(2, 0, 1).astype(int)).sum())]';
    const [expected] = numpyPrints(python, folder, sum);
    expect(accumulators[(((1 * 12 + 5) * 10 + 6) * 16 + 7)]).toBe(expected + layer.tensors.bias[7]);
  });
});
