/**
 * Modules that Verilator should compile once for all their instances.
 *
 * Verilator puts the expression that drives a port in place of the port, so that every instance becomes code of its own: 237 MB of C++ for
 * 96 processing elements. Ports that are marked as read from outside stay variables; then the instances' functions are the same
 * text, Verilator merges them into one with a pointer to the instance, and the same engine is 3 MB.
 */
import type { SourceFile } from './contract.js';

/** Modules whose hierarchy synthesis keeps are those that are instantiated many times. */
const KEPT_MODULE = /\(\*\s*keep_hierarchy\b[^*]*\*\)\s*module\s+(\w+)([^]*?)\n\);/g;
const PORT = /^\s*(?:input|output)\s+(?:wire|reg)\s+(?:\[[^\]]+\]\s+)?(\w+),?(?:\s*\/\/.*)?$/gm;

/** Text of a Verilator configuration file, or undefined if no module is to be shared. */
export function sharedModulesConfig(files: readonly SourceFile[]): string | undefined {
  const lines = files.flatMap(({ text }) =>
    [...text.matchAll(KEPT_MODULE)].flatMap(([, module, header]) =>
      // The clock goes to every register and is best known to Verilator as the one net that it is.
      [...header.matchAll(PORT)].filter(([, port]) => port !== 'clk').map(([, port]) => `public_flat_rd -module "${module}" -var "${port}"`),
    ),
  );
  return lines.length === 0 ? undefined : ['`verilator_config', ...lines, ''].join('\n');
}
