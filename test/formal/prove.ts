/** Proofs by Yosys: rules that hold whatever comes, and outputs that follow no input in the same cycle. */
import { readFileSync } from 'node:fs';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText } from '../../generator/render/engine.js';
import { runYosys } from '../../generator/synthesize/yosys.js';

export type Edit = (text: string) => string;
const same: Edit = (text) => text;

/** A cell with all that it instantiates; `edit` plants a mistake in the cell. */
function cellSources(cell: string, edit: Edit): string {
  const text = cellText(cell);
  const changed = edit(text);
  if (edit !== same && changed === text) throw new Error(`${cell}: the mistake found nothing to change`);
  return [...instantiatedCells([text]).map(cellText), changed].join('\n');
}

export interface Proof {
  readonly rules: string;
  readonly cell: string;
  readonly defines?: readonly string[];
  /** Induction holds for all time; a bound in cycles, for runs of that length from reset. */
  readonly by: 'induction' | number;
}

/** Rejects with Yosys' words if a rule can be broken. */
export function prove({ rules, cell, defines = [], by }: Proof, edit: Edit = same): Promise<unknown> {
  const how = by === 'induction' ? '-tempinduct -maxsteps 6' : `-seq ${by}`;
  return runYosys({
    script: [
      `read_verilog -formal ${defines.map((define) => `-D${define}`).join(' ')} cells.v rules.v`, `hierarchy -top ${rules} -check`, 'proc', 'flatten', 'opt_clean', 'memory -nomap', 'memory_map', 'opt', 'async2sync', 'chformal -lower', 'opt_clean',
      `sat -verify -prove-asserts -set-assumes ${how} ${rules}`,
    ],
    files: { 'cells.v': cellSources(cell, edit), 'rules.v': readFileSync(`test/formal/axi/${rules}.v`, 'utf8') },
    outputs: [],
  });
}

/** Rejects if an output's value in a cycle depends on one of the inputs in the same cycle. */
export function proveApart(cell: string, parameters: string, outputs: readonly string[], inputs: readonly string[], edit: Edit = same): Promise<unknown> {
  const registers = ['$dff', '$dffe', '$sdff', '$sdffe', '$sdffce', '$mem_v2', '$memrd_v2'].join(',');
  const apart = outputs.flatMap((output) => inputs.map((input) => `select -assert-none o:${output} %ci*:-${registers} i:${input} %i`));
  const there = [...outputs.map((name) => `o:${name}`), ...inputs.map((name) => `i:${name}`)].map((name) => `select -assert-count 1 ${name}`);
  return runYosys({
    script: ['read_verilog cells.v', ...(parameters ? [`chparam ${parameters} ${cell}`] : []), `hierarchy -top ${cell}`, 'proc', 'flatten', 'opt', `cd ${cell}`, ...there, ...apart],
    files: { 'cells.v': cellSources(cell, edit) },
    outputs: [],
  });
}
