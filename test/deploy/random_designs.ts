/** Generated engines of random layers, for the tests of what is packaged. */
import type { DeploySources } from '../../generator/deploy/deploy_files.js';
import { parseDesignNumbers } from '../../generator/deploy/design_numbers.js';
import { memoryLoad } from '../../generator/deploy/driver_data.js';
import { hasWeightStream } from '../../generator/deploy/driver_view.js';
import type { DesignSources } from '../../generator/deploy/ip_package.js';
import { weightBeats } from '../../generator/flow/weight_stream.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';

function sourcesOf({ files, verilog }: Generated): DesignSources {
  return { numbers: parseDesignNumbers(JSON.parse(files.get('design.json')!), 'design.json'), verilog, files };
}

/** The engine of a seed; some have streamed weights. */
export function randomDesign(seed: number): DesignSources {
  const layer = randomLayer(seed);
  return sourcesOf(generateLayer(layer, randomLanes(layer, seed)));
}

/** The same with a frame to check a board with. */
export function randomDeployment(seed: number): DeploySources {
  const layer = randomLayer(seed);
  const sources = sourcesOf(generateLayer(layer, randomLanes(layer, seed)));
  const input = randomInput(layer, 1, seed);
  return {
    ...sources,
    contents: {
      loads: new Map(sources.numbers.memories.map((memory) => [memory.name, memoryLoad(memory, sources.files)])),
      weightBeats: hasWeightStream(sources.numbers) ? weightBeats(sources.files) : undefined,
      example: { frames: 1, input, expected: goldenRun(layer, input, 1).outputs },
    },
  };
}
