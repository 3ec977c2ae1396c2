import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerMap } from '../../generator/deploy/register_map.js';
import { driverFiles } from '../../generator/deploy/driver_files.js';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';
import { readLayer } from '../../generator/expand/read_layer.js';
import { runProcess } from '../../sim/process.js';
import { findCCompiler } from '../../sim/tools.js';
import { driverOf, type DriverUnderTest } from '../support/driver.js';

const STRICT = ['-std=c99', '-Wall', '-Wextra', '-Wconversion', '-Wno-sign-conversion', '-Werror', '-pedantic', '-fsyntax-only'];
let folder: string;
let compiler: string;
let tiny: DriverUnderTest;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'shiftloom-driver-'));
  compiler = (await findCCompiler())!.path;
  const layer = await readLayer('examples/tiny/tiny.layer.json');
  tiny = driverOf(layer, { oc: 2, ic: 2, pixel: 1, kind: 'lut' }, 2, randomInput(layer, 2, 1));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), text);
  }
}

/** What the compiler says to all C files of a folder; empty if nothing. */
async function complaints(place: string, files: ReadonlyMap<string, string>, flags: readonly string[]): Promise<string> {
  const sources = [...files.keys()].filter((file) => file.startsWith(place) && file.endsWith('.c')).map((file) => path.join(folder, file));
  return (await runProcess(compiler, [...STRICT, ...flags, ...sources])).stderr;
}

const PARAMETERS = '#define XPAR_XTINY_NUM_INSTANCES 1\n#define XPAR_XTINY_0_DEVICE_ID 0\n#define XPAR_XTINY_0_BASEADDR 0x43C00000\n#define XPAR_DMA_BASEADDR 0x40400000\n';

describe('emitted drivers', () => {
  it('compile as C99 without a warning, for device ids and for system device trees', async () => {
    await write(new Map([...tiny.files, ['bsp/xparameters.h', PARAMETERS]]));
    const includes = [`-I${folder}/bsp`, '-Isim/board/bsp', `-I${folder}/baremetal/tiny_v1_0/src`];
    expect(await complaints('baremetal/', tiny.files, includes)).toBe('');
    expect(await complaints('baremetal/', tiny.files, [...includes, '-DSDT'])).toBe('');
    expect(await complaints('linux/', tiny.files, [])).toBe('');
  }, 60_000);

  it('compile for engines whose weights are streamed, whose outputs come in another order and whose elements have 16 bits', async () => {
    const layer = randomLayer(211, { kinds: ['conv2d'], maxMacs: 30_000 });
    const streamed = driverOf(layer, { ...randomLanes(layer, 1), kind: 'lut', weights: 'streamed' }, 1, randomInput(layer, 1, 1));
    await write(new Map([...streamed.files].map(([file, text]) => [`streamed/${file}`, text])));
    expect(await complaints('streamed/linux/', new Map([...streamed.files].map(([file, text]) => [`streamed/${file}`, text])), [])).toBe('');
    expect(streamed.files.get(`linux/x${streamed.numbers.name}.h`)).toContain('SetWeights');
  }, 60_000);

  it('have every register of the map at its offset, in C and in Python', () => {
    const header = tiny.files.get('linux/xtiny_hw.h')!;
    const python = tiny.files.get('pynq/tiny.py')!;
    for (const { name, offset, fields } of registerMap(tiny.numbers).registers) {
      const digits = offset.toString(16).toUpperCase().padStart(2, '0');
      expect(header).toContain(`#define XTINY_${name} 0x${digits}U\n`);
      expect(python).toContain(`"${name}": (0x${digits}, {`);
      for (const field of fields.filter((one) => one.name !== name)) {
        const mask = (((2 ** field.width - 1) << field.lsb) >>> 0).toString(16).toUpperCase().padStart(8, '0');
        expect(header).toContain(`#define XTINY_${name}_${field.name} 0x${mask}U\n`);
      }
    }
  });

  it('bring the words that the generator would load, from the memory files of the folder', () => {
    for (const { name, select } of tiny.numbers.memories) {
      expect(tiny.contents.loads.get(name)).toEqual(tiny.generated.loads.find((load) => load.select === select)!.words);
    }
  });

  it('have one driver core, byte for byte, on bare metal and under Linux', () => {
    for (const file of ['xtiny.c', 'xtiny.h', 'xtiny_hw.h']) expect(tiny.files.get(`baremetal/tiny_v1_0/src/${file}`)).toBe(tiny.files.get(`linux/${file}`));
  });

  it('are refused with contents of another design', () => {
    const { numbers, contents } = tiny;
    const identity = { name: 'tiny', version: '1.0', vlnv: 'shiftloom:layer:tiny:1.0', versioned: 'tiny_v1_0' };
    const short = { ...contents, loads: new Map([...contents.loads].map(([name, words]) => [name, words.subarray(1)])) };
    expect(() => driverFiles({ numbers, registers: registerMap(numbers), identity, contents: short })).toThrow(/memory weights: 35 values, the design takes 36/);
  });
});
