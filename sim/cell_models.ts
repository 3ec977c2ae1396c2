/** The models that a netlist is simulated with: our own of the cells of a slice, Yosys' of the DSP block, the source's of memories. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { packageRoot } from './package_paths.js';

/** Text of the models by file name. */
export async function cellModels(): Promise<{ path: string; text: string }[]> {
  const slice = await readFile(join(packageRoot(), 'sim', 'cells', 'xc7.v'), 'utf8');
  return [
    { path: 'cells/xc7.v', text: slice },
    { path: 'cells/DSP48E1.v', text: await dspModel() },
  ];
}

/** DSP48E1 of Yosys' cell library: the model that Yosys itself proves with. */
async function dspModel(): Promise<string> {
  const yosys = dirname(createRequire(import.meta.url).resolve('@yowasp/yosys'));
  const place = join(yosys, 'share', 'xilinx', 'cells_sim.v');
  const library = await readFile(place, 'utf8').catch(() => '');
  const found = /^module DSP48E1 [\s\S]*?^endmodule/m.exec(library);
  if (!found) throw new ShiftloomError('tool', place, 'holds no model of DSP48E1', 'Install the packages again: npm ci');
  return `${found[0].replace(/\);/, ');\n/*verilator no_inline_module*/')}\n`;
}
