/** `shiftloom report`: the report of a design that was simulated and synthesized. */
import path from 'node:path';
import { writeReport } from '../flow/report.js';
import { REPORT_FILE, REPORT_PAGE } from '../flow/results.js';
import type { CommandSpec } from './command.js';

export const reportCommand: CommandSpec<object> = {
  name: 'report',
  summary: 'Write the report of a design that was simulated and synthesized.',
  args: [['<folder>', 'folder of the design']],
  options: [],
  example: 'shiftloom report rtl-out/conv1',
  run: async ([folder]) => {
    const report = await writeReport(folder);
    const wrong = [report.mismatches, report.oracleMismatches].some((n) => n !== 0);
    return { json: report, text: `report in ${path.join(folder, REPORT_PAGE)} and ${path.join(folder, REPORT_FILE)}`, exitCode: wrong ? 1 : 0 };
  },
};
