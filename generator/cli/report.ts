/** `shiftloom report`: the report of a design that was simulated and synthesized. */
import type { CommandSpec } from './command.js';

export const reportCommand: CommandSpec<object> = {
  name: 'report',
  summary: 'Write the report of a design that was simulated and synthesized.',
  args: [['<folder>', 'folder of the design']],
  options: [],
  example: 'shiftloom report rtl-out/conv1',
  run: async ([folder]) => ({ json: { folder }, text: folder }),
};
