/** Importer of the float layer JSON: one layer, complete in itself. */
import { ShiftloomError } from '../errors.js';
import type { ImportRequest, Importer } from './importer.js';
import { type FloatLayer, checkFloatLayer } from './float_layer.js';
import { readFloatLayer } from './float_layer_file.js';
import { readSampleFrames } from './sample_frames.js';
import { FLOAT_LAYER_FORMAT } from './float_layer_schema.js';

export const floatLayerImporter: Importer = {
  format: 'float layer',
  accepts: (path, head) => path.endsWith('.json') && Buffer.from(head).toString('latin1').includes(`"${FLOAT_LAYER_FORMAT}"`),
  list: async (path) => {
    const { name, kind, outChannels, input, groups, kernel, weight } = await readFloatLayer(path);
    return [{ name, kind, shape: [outChannels, input.channels / groups, ...kernel], parameters: weight.length }];
  },
  read: async (path, request) => {
    const layer = await readFloatLayer(path);
    refuseFixed(request, layer, path);
    const [height, width] = request.inputSize ?? [layer.input.height, layer.input.width];
    const input = { ...layer.input, height, width };
    const changed: FloatLayer = {
      ...layer,
      name: request.name ?? layer.name,
      input,
      sample: request.samplePath === undefined ? layer.sample : await readSampleFrames(request.samplePath, input),
      calibration: request.calibrationPath === undefined ? layer.calibration : await readSampleFrames(request.calibrationPath, input),
      strides: request.strides ?? layer.strides,
      pads: request.pads ?? layer.pads,
      dilations: request.dilations ?? layer.dilations,
      activation: request.activation ?? layer.activation,
      inputFormat: { ...layer.inputFormat, ...request.inputFormat },
      outputFormat: { ...layer.outputFormat, ...request.outputFormat },
    };
    checkFloatLayer(changed, path);
    return changed;
  },
};

/** What the file's tensors are, a request can't change; it is refused rather than left unheard. */
function refuseFixed(request: ImportRequest, layer: FloatLayer, path: string): void {
  if (request.layer !== undefined && request.layer !== layer.name) {
    throw new ShiftloomError('usage', path, `has no layer '${request.layer}'`, `It holds '${layer.name}'`);
  }
  for (const key of ['groups', 'bias', 'weightLayout'] as const) {
    if (request[key] !== undefined) throw new ShiftloomError('usage', path, `says its own ${key}; the request's is not used`, 'Leave it out, or change the file');
  }
}
