/** The 13 convolution layers of VGG16 for a 224x224 image: all 3x3, stride 1, pad 1; input and output maps have the same side. */
import { networkShapes, type ConvolutionShape } from '../../generator/plan/residency/networks.js';

export { macsOfShape } from '../../generator/plan/residency/networks.js';
export type VggShape = ConvolutionShape;
export const VGG16_SHAPES: readonly VggShape[] = networkShapes('vgg16');
