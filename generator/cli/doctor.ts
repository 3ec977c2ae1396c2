/** `shiftloom doctor`: which tools were found, and what to do about a missing one. */
import { doctor, type ToolReport } from '../flow/doctor.js';
import type { CommandSpec } from './command.js';

export const doctorCommand: CommandSpec<object> = {
  name: 'doctor',
  summary: 'Look for the tools that shiftloom uses, and say what to do about a missing one.',
  args: [],
  options: [],
  example: 'shiftloom doctor',
  run: async (_, __, context) => {
    const report = await doctor(context);
    const verdict = report.demo ? `The demo can run, on ${report.engine === 'verilator' ? 'Verilator' : 'the embedded engine, which is slower'}.` : 'The demo cannot run yet.';
    return { json: report, text: [...report.tools.map(toolText), verdict].join('\n'), exitCode: report.demo ? 0 : 1 };
  },
};

function toolText({ name, found, version, path, need, use, note }: ToolReport): string {
  const mark = found ? 'ok     ' : need === 'required' ? 'MISSING' : 'absent ';
  const what = found ? `${version}${path ? ` (${path})` : ''}` : `used for ${use}`;
  return `${mark}  ${name.padEnd(26)}${what}${note ? `\n${' '.repeat(35)}${note}` : ''}`;
}
