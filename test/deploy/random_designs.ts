/** Generated engines of random layers, for the tests of what is packaged. */
import type { DesignSources } from '../../generator/deploy/ip_package.js';
import { parseDesignNumbers } from '../../generator/deploy/design_numbers.js';
import { generateLayer } from '../../generator/generate.js';
import { randomLanes, randomLayer } from '../../generator/layer/random_layer.js';

/** The engine of a seed; some have streamed weights. */
export function randomDesign(seed: number): DesignSources {
  const layer = randomLayer(seed);
  const { files, verilog } = generateLayer(layer, randomLanes(layer, seed));
  return { numbers: parseDesignNumbers(JSON.parse(files.get('design.json')!), 'design.json'), verilog, files };
}
