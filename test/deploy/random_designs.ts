/** Generated engines of random layers, for the tests of what is packaged. */
import type { DeploySources } from '../../generator/deploy/deploy_files.js';
import { parseDesignNumbers } from '../../generator/deploy/design_numbers.js';
import { memoryLoad } from '../../generator/deploy/driver_data.js';
import { hasWeightStream } from '../../generator/deploy/driver_view.js';
import type { DesignSources } from '../../generator/deploy/ip_package.js';
import { weightBeats } from '../../generator/flow/weight_stream.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import type { Layer } from '../../generator/layer/layer.js';
import { randomCpLayer } from '../../generator/expand/random_cp_layer.js';
import { randomInput, randomLanes, randomLayer } from '../../generator/layer/random_layer.js';

/** Every eighth seed rebuilds its weights from factors. */
function generatedOf(seed: number): { layer: Layer; generated: Generated } {
  const rebuilt = seed % 8 === 5;
  const layer = rebuilt ? randomCpLayer(seed) : randomLayer(seed);
  return { layer, generated: generateLayer(layer, { ...randomLanes(layer, seed), ...(rebuilt ? { weights: 'rebuilt' as const } : {}) }) };
}

function sourcesOf({ files, verilog }: Generated): DesignSources {
  return { numbers: parseDesignNumbers(JSON.parse(files.get('design.json')!), 'design.json'), verilog, files };
}

/** The engine of a seed: weights on chip, streamed, or rebuilt. */
export function randomDesign(seed: number): DesignSources {
  return sourcesOf(generatedOf(seed).generated);
}

/** The same with a frame to check a board with. */
export function randomDeployment(seed: number): DeploySources {
  const { layer, generated } = generatedOf(seed);
  const sources = sourcesOf(generated);
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
