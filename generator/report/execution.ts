/** Stored, rebuilt or direct: what the ways to run a layer of factors cost, in the report and beside the design. */
import { z } from 'zod';
import { count, decibel, percent } from './format.js';

const figure = z.number().nonnegative();

const cost = z.strictObject({
  lanes: z.string(),
  cycles: z.int().nonnegative(),
  lut: figure,
  dsp: figure,
  bram36: figure,
  outputSqnrDb: z.number().nullable().optional(),
});

export const executionSchema = z.strictObject({
  wins: z.enum(['stored', 'rebuilt', 'direct']),
  because: z.string(),
  rule: z.string(),
  stored: cost,
  rebuilt: cost.extend({ reconstructionLut: figure, laneLut: figure }).optional(),
  notRebuilt: z.string().optional(),
  direct: cost.optional(),
  notDirect: z.string().optional(),
  outputsAgainst: z.string(),
  outputsOn: z.string(),
});

/** As `compareExecutions` finds it. */
export type ReportExecution = z.infer<typeof executionSchema>;

export const EXECUTION_COLUMNS = ['weights', 'cycles', 'LUT', 'DSP48E1', 'RAMB36', 'outputs', 'engine'] as const;

/** A row for each way, the cells as `EXECUTION_COLUMNS` names them; of a way that is not possible its name and the reason. */
export function executionRows(execution: ReportExecution): (readonly string[])[] {
  const { stored, rebuilt, direct, notRebuilt = '', notDirect = '' } = execution;
  const ways = [['stored', stored, ''], ['rebuilt', rebuilt, notRebuilt], ['direct', direct, notDirect]] as const;
  return ways.map(([name, way, reason]) => {
    if (!way) return [name, reason];
    const unit = !('laneLut' in way) ? '' : `; ${count(Math.round(way.reconstructionLut))} LUT to rebuild, ${percent(way.reconstructionLut / way.laneLut)} of the lanes’`;
    return [name, count(way.cycles), count(Math.round(way.lut)), count(way.dsp), count(way.bram36), outputsText(way.outputSqnrDb), `${way.lanes}${unit}`];
  });
}

/** Sentences before and after the table. */
export function executionNotes({ wins, because, rule, outputsAgainst, outputsOn }: ReportExecution): { readonly verdict: string; readonly notes: string } {
  return { verdict: `${wins} wins${because === '' ? '' : `: ${because}`}.`, notes: `By the planner; rule: ${rule}. Outputs against ${outputsAgainst}, on ${outputsOn}.` };
}

/** A section of Markdown. */
export function executionMarkdown(execution: ReportExecution): string {
  const { verdict, notes } = executionNotes(execution);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, '\\|')).join(' | ')} |`;
  const rows = executionRows(execution).map((cells) => (cells.length === 2 ? [cells[0], ...Array<string>(EXECUTION_COLUMNS.length - 2).fill('–'), cells[1]] : cells));
  const rule = `|${EXECUTION_COLUMNS.map((_, i) => (i > 0 && i < EXECUTION_COLUMNS.length - 1 ? '---:' : '---')).join('|')}|`;
  return `## Stored, rebuilt or direct\n\n**${verdict}**\n\n${[line(EXECUTION_COLUMNS), rule, ...rows.map(line)].join('\n')}\n\n${notes}`;
}

function outputsText(sqnr: number | null | undefined): string {
  return sqnr === undefined ? 'not measured' : sqnr === null ? 'no error' : decibel(sqnr);
}
