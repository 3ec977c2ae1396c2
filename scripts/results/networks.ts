/** The networks of the results page, in its order. */
import { DEMO_LAYER_SOURCE, DETECTOR_SOURCE } from './detector.js';
import { LENET300_SOURCE, LENET5_SOURCE } from './digits.js';
import { ENLARGER_SOURCE } from './enlarger.js';
import type { NetworkSource } from './network.js';
import { RECOGNITION_SOURCE } from './recognition.js';

export const NETWORKS: readonly NetworkSource[] = [LENET5_SOURCE, LENET300_SOURCE, DEMO_LAYER_SOURCE, DETECTOR_SOURCE, RECOGNITION_SOURCE, ENLARGER_SOURCE];
