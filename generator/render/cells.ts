/** Which plain cells a set of Verilog texts needs. */
import { cellText } from './engine.js';

/** Names of the cells that a text instantiates: a module name before its parameters or its instance name. */
function cellsIn(text: string): string[] {
  const code = text.replace(/\/\/.*$/gm, '');
  return [...code.matchAll(/(?<!module )\b(nn_[a-z0-9_]+)\s+(?:#\s*\(|u_)/g)].map((match) => match[1]);
}

/** All cells that the texts instantiate, directly or through other cells; a cell stands after those that it needs itself. */
export function instantiatedCells(texts: readonly string[]): string[] {
  const ordered = new Set<string>();
  const visit = (text: string): void => {
    for (const cell of cellsIn(text)) {
      if (ordered.has(cell)) continue;
      visit(cellText(cell));
      ordered.add(cell);
    }
  };
  for (const text of texts) visit(text);
  return [...ordered];
}
