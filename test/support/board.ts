/** Programs that drive an engine on the model of a board, for tests. */
import { driverNames } from '../../generator/deploy/driver_view.js';
import { buildBoardProgram, type BoardExecutable, type BoardPlatform } from '../../sim/board_program.js';
import type { ModelSource } from '../../sim/contract.js';
import { driverOf, type DriverUnderTest } from './driver.js';

export { driverOf };

/** The engine as the simulator takes it: portable Verilog and memory files. */
export function engineSource({ generated }: DriverUnderTest): ModelSource {
  const memory = [...generated.files].filter(([path]) => path.startsWith('mem/')).map(([path, text]) => ({ path, text }));
  return { top: generated.top, files: [...generated.verilog.map((path) => ({ path, text: generated.files.get(path)! })), ...memory], parameters: { XC7_PRIMITIVES: 0 } };
}

/** What Vitis would write: the addresses of the block design, and the table of instances in the form of either flow. */
function vitisFiles(name: string): [string, string][] {
  const { type, macro, stem } = driverNames(name);
  const addresses = [
    `#define XPAR_${macro}_NUM_INSTANCES 1`, `#define XPAR_${macro}_0_DEVICE_ID 0`, `#define XPAR_${macro}_0_BASEADDR 0x43C00000`,
    '#define XPAR_DMA_BASEADDR 0x40400000', '#define XPAR_WEIGHT_DMA_BASEADDR 0x40410000',
  ];
  const table = `#include <stddef.h>
#include "${stem}.h"
#ifdef SDT
${type}_Config ${type}_ConfigTable[] = { { "xlnx,${name}-1.0", 0x43C00000 }, { NULL, 0 } };
#else
${type}_Config ${type}_ConfigTable[] = { { 0, 0x43C00000 } };
#endif
`;
  return [['vitis/xparameters.h', `${addresses.join('\n')}\n`], [`vitis/${stem}_g.c`, table]];
}

/** Changes to shipped files, each from one text to another: planted mistakes. */
export type Edits = readonly { readonly file: RegExp; readonly from: string | RegExp; readonly to: string }[];

export interface ProgramOptions {
  readonly defines?: readonly string[];
  /** A program instead of the shipped `main.c`. */
  readonly main?: string;
  readonly edits?: Edits;
}

/** The shipped driver of a platform with its example (or another main), linked with its engine. */
export function programOf(driver: DriverUnderTest, platform: Exclude<BoardPlatform, 'bridge'>, options: ProgramOptions = {}): Promise<BoardExecutable> {
  const { type, macro } = driverNames(driver.numbers.name);
  const shipped = [...driver.files].filter(([path]) => path.startsWith(`${platform}/`) && /\.[ch]$/.test(path));
  const files = shipped.map(([path, text]): [string, string] => [path, path.endsWith('/main.c') && options.main !== undefined ? options.main : edited(path, text, options.edits ?? [])]);
  const defines = platform === 'linux' ? [`${macro}_EXTERNAL_REGISTERS`, `BOARD_IN32=${type}_In32`, `BOARD_OUT32=${type}_Out32`] : [];
  const program = { platform, files: new Map([...files, ...(platform === 'baremetal' ? vitisFiles(driver.numbers.name) : [])]), defines: [...defines, ...(options.defines ?? [])] };
  return buildBoardProgram(engineSource(driver), program);
}

/** @throws Error if an edit finds nothing to change */
function edited(path: string, text: string, edits: Edits): string {
  return edits.filter(({ file }) => file.test(path)).reduce((before, { from, to }) => {
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${path} has no ${from}`);
    return after;
  }, text);
}

/** The engine behind pipes, for drivers in Python. */
export function bridgeOf(driver: DriverUnderTest): Promise<BoardExecutable> {
  return buildBoardProgram(engineSource(driver), { platform: 'bridge', files: new Map() });
}

/** Memory files of the same length with nothing in them, so that what a driver does not load is seen. */
export function withoutContents(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...files].map(([path, text]) => [path, path.startsWith('mem/') ? text.replace(/^[0-9a-f]+$/gim, (word) => '0'.repeat(word.length)) : text]));
}
