/**
 * The conv4_1-shaped layer: VGG16's eighth convolution (28x28, 256 -> 512 channels, 3x3, pad 1, stride 1), with the trained 3x3 kernel
 * of the demo layer, which has the same 256 -> 512 channels, and 28x28 maps that the face detector makes of the package's photos at
 * 896 instead of 512 pixels.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FloatLayer } from '../../generator/import/float_layer.js';
import { readFloatLayer, writeFloatLayer } from '../../generator/import/float_layer_file.js';
import { compressLayer } from '../../generator/compress/compress.js';
import type { CompressOptions } from '../../generator/compress/options.js';
import type { Layer } from '../../generator/layer/layer.js';
import { openLayer } from '../../generator/flow/layers.js';
import { writeLayer } from '../../generator/layer/write.js';
import { RELU6_SCALE, quantizeMap } from '../demo/activations.js';
import { DEMO_LAYER, demoLayerInputs, trainedKernel } from '../demo/face_detector.js';
import { findFacePackage, readFaceWeights, type Weights } from '../demo/face_package.js';
import { networkInput, readPhoto } from '../demo/photo.js';
import { fingerprint, prepareOnce } from '../prepared.js';

/** Raise it when this module would make something else from the same inputs. */
const RECIPE = 'conv4_1 1';
const CHANNELS = 256;
/** The network's trunk halves its input five times. */
const SIDE = 28;
const PHOTO_SIDE = 32 * SIDE;
const NAME = 'conv4_1';
/** Largest value of a 16-bit activation stands for the network's clip at 6. */
const RELU6_SCALE_16 = 6 / 65535;

export interface Conv41Options {
  /** Bits of an activation, in and out; 16 for the int16 baseline. */
  readonly activationBits: 8 | 16;
  readonly compress: CompressOptions;
}

/**
 * The compressed layer with its sample of two frames; made once for each choice and kept in `folder`.
 * @throws ShiftloomError as the importer and the compressor do, `tool` if the package with the network is not installed
 */
export async function conv41Layer(folder: string, name: string, options: Conv41Options): Promise<Layer> {
  const float = await conv41FloatPath(folder, options.activationBits);
  const target = join(folder, name);
  const path = join(target, `${NAME}.layer.json`);
  const key = fingerprint([RECIPE, JSON.stringify(options), readFileSync(float)]);
  await prepareOnce(target, key, [`${NAME}.layer.json`], async () => {
    const { description, tensors, sample } = compressLayer(await readFloatLayer(float), options.compress);
    await writeLayer(path, description, tensors, sample);
  });
  return openLayer(path);
}

/** Path of the trained layer, made in `folder` where `conv41Layer` looks for it too. */
export function conv41FloatPath(folder: string, bits: 8 | 16): Promise<string> {
  return floatLayer(join(folder, `float${bits}`), bits);
}

/** Path of the float layer in the importer's form. */
async function floatLayer(folder: string, bits: 8 | 16): Promise<string> {
  const found = findFacePackage();
  const photos = found.photoPaths.slice(0, 2);
  const path = join(folder, `${NAME}.float.json`);
  const sources = [found.manifestPath, found.weightsPath, ...photos].map((file) => readFileSync(file));
  await prepareOnce(folder, fingerprint([RECIPE, String(bits), ...sources]), [basename(path), `${NAME}.safetensors`, `${NAME}.sample.npy`], async () => {
    const weights = await readFaceWeights(found);
    const inputs = photos.map((photo) => networkInput(readPhoto(photo), PHOTO_SIDE));
    const maps = await demoLayerInputs(weights, inputs, PHOTO_SIDE);
    await writeFloatLayer(path, conv41(weights, maps, bits));
  });
  return path;
}

function conv41(weights: Weights, maps: readonly Float32Array[], bits: 8 | 16): FloatLayer {
  const scale = bits === 8 ? RELU6_SCALE : RELU6_SCALE_16;
  const values = Int32Array.from(maps.flatMap((map) => Array.from(quantizeMap(map, CHANNELS, scale, bits))));
  return {
    ...trainedKernel(weights, { bits, signed: false, zeroPoint: 0, scale }),
    name: NAME,
    input: { channels: CHANNELS, height: SIDE, width: SIDE },
    strides: [1, 1],
    pads: [1, 1, 1, 1],
    sample: { frames: maps.length, values },
    source: `${DEMO_LAYER} of SSD-MobileNetV1 in npm @vladmandic/face-api (MIT) at VGG16 conv4_1's shape, inputs from its demo photos at ${PHOTO_SIDE} pixels`,
  };
}
