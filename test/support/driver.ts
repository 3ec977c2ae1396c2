/** Drivers of a layer's engine, as `package` writes them, for tests. */
import { driverFiles } from '../../generator/deploy/driver_files.js';
import { memoryLoad, type DriverContents } from '../../generator/deploy/driver_data.js';
import { hasWeightStream } from '../../generator/deploy/driver_view.js';
import { parseDesignNumbers, type DesignNumbers } from '../../generator/deploy/design_numbers.js';
import { registerMap } from '../../generator/deploy/register_map.js';
import { weightStream } from '../../generator/flow/weight_stream.js';
import { generateLayer, type Generated } from '../../generator/generate.js';
import { goldenRun } from '../../generator/golden/convolution.js';
import type { Layer } from '../../generator/layer/layer.js';
import type { Lanes } from '../../generator/plan/plan.js';

export interface DriverUnderTest {
  readonly layer: Layer;
  readonly generated: Generated;
  readonly numbers: DesignNumbers;
  readonly contents: DriverContents;
  /** Paths relative to `driver/`. */
  readonly files: ReadonlyMap<string, string>;
}

/** Generates an engine and its drivers with the given frames as the recorded ones. */
export function driverOf(layer: Layer, lanes: Lanes, frames: number, input: Int32Array): DriverUnderTest {
  const generated = generateLayer(layer, lanes);
  const numbers = parseDesignNumbers(JSON.parse(generated.files.get('design.json')!), 'design.json');
  const { name } = numbers;
  const contents: DriverContents = {
    loads: new Map(numbers.memories.map((memory) => [memory.name, memoryLoad(memory, generated.files)])),
    weightBeats: hasWeightStream(numbers) ? weightStream(generated, 0)!.beats : undefined,
    example: { frames, input, expected: goldenRun(layer, input, frames).outputs },
  };
  const identity = { name, version: '1.0', vlnv: `shiftloom:layer:${name}:1.0`, versioned: `${name}_v1_0` };
  return { layer, generated, numbers, contents, files: driverFiles({ numbers, registers: registerMap(numbers), identity, contents }) };
}
