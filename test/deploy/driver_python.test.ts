import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLayer } from '../../generator/expand/read_layer.js';
import { randomInput, randomLayer } from '../../generator/layer/random_layer.js';
import { runProcess, type ProcessOutcome } from '../../sim/process.js';
import { bridgeOf, driverOf } from '../support/board.js';
import type { DriverUnderTest } from '../support/driver.js';
import { pythonWithNumpy } from '../layer/python.js';

const CASES = ['registers', 'frame cut short', 'frame too long', 'TLAST early', 'TLAST missing', 'reset in mid-frame', 'start while busy', 'recovery in mid-frame', 'weights half loaded', 'arguments that do not fit'];
const layer = await readLayer('examples/tiny/tiny.layer.json');
const tiny = driverOf(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, 3, randomInput(layer, 3, 1));

/** Runs a program with the shipped class beside it and the model of a board behind `pynq`. */
async function runPython(driver: DriverUnderTest, program: string, args: readonly string[], edit: (text: string) => string = (text) => text): Promise<ProcessOutcome> {
  const { name, streamed } = driver.numbers;
  const bridge = await bridgeOf(driver);
  try {
    for (const [file, text] of [...driver.files, ['pynq/error_paths.py', readFileSync('test/deploy/programs/error_paths.py', 'utf8')]] as const) {
      if (!file.startsWith('pynq/')) continue;
      const place = path.join(bridge.folder, file);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, file.endsWith(`/${name.toLowerCase()}.py`) ? edit(text) : text);
    }
    const env = {
      ...process.env, PYTHONPATH: path.resolve('sim/board/pynq'), PYTHONDONTWRITEBYTECODE: '1', SHIFTLOOM_BOARD: bridge.path,
      SHIFTLOOM_IP: `shiftloom:layer:${name}:1.0`, SHIFTLOOM_WEIGHT_DMA: streamed ? '1' : '',
    };
    return await runProcess(pythonWithNumpy(), [path.join(bridge.folder, 'pynq', program), ...args], { env });
  } finally {
    await bridge.remove();
  }
}

describe('the shipped PYNQ class on the model of a board', () => {
  it('loads the engine and runs 20 frames bit for bit, with random stalls', async () => {
    const result = await runPython(tiny, 'tiny_example.py', ['tiny.bit', '20']);
    expect([result.stderr, result.stdout, result.code]).toEqual(['', expect.stringMatching(/^PASS tiny: 20 frame\(s\), \d+ cycles, 0 of 2880 outputs wrong\n$/), 0]);
  }, 120_000);

  it('reports every error, and after recovery the next frames are right bit for bit', async () => {
    const result = await runPython(tiny, 'error_paths.py', []);
    expect([result.stderr, result.stdout.trim().split('\n'), result.code]).toEqual(['', [...CASES, 'PASS'], 0]);
  }, 120_000);

  it('runs engines with streamed weights, whose outputs come in another order', async () => {
    const other = randomLayer(211, { kinds: ['conv2d'], maxMacs: 40_000 });
    const driver = driverOf(other, { oc: 4, ic: 4, pixel: 1, kind: 'lut', weights: 'streamed' }, 2, randomInput(other, 2, 211));
    const result = await runPython(driver, `${driver.numbers.name}_example.py`, ['x.bit', '3']);
    expect([result.stderr, result.stdout, result.code]).toEqual(['', expect.stringMatching(/^PASS \w+: 3 frame\(s\)/), 0]);
  }, 120_000);

  it.each([
    ['an input that is not flushed', 'source.flush()', 'pass'],
    ['a result that is not invalidated', 'self._buffers[1].invalidate()', 'pass'],
    ['a register at a wrong offset', '"FRAMES": (0x10', '"FRAMES": (0x14'],
    ['a wrong stride', 'OUTPUT_BYTES, OUTPUT_STRIDE, count', 'OUTPUT_BYTES, OUTPUT_BYTES, count'],
  ])('with a mistake in it is caught: %s', async (_, from, to) => {
    const edit = (text: string) => {
      expect(text).toContain(from);
      return text.replace(from, to).replace('timeout=10.0', 'timeout=0.5');
    };
    const result = await runPython(tiny, 'tiny_example.py', ['tiny.bit', '3'], edit);
    expect(result.code).not.toBe(0);
    expect(result.stdout + result.stderr).toMatch(/FAIL tiny|EngineError/);
  }, 60_000);
});
