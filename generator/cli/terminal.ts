/** Where a command's words go: results on standard output, progress and errors on standard error. */
import type { FlowProgress } from '../flow/context.js';
import { ShiftloomError } from '../errors.js';

/** The part of a stream that is used; tests give their own. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Streams {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
}

export interface OutputMode {
  /** One JSON document on standard output and nothing else there. */
  readonly json?: boolean;
  /** No text but errors, and no progress. */
  readonly quiet?: boolean;
}

const CLEAR_LINE = '\r\x1b[K';

/** A command's result: `json` for machines, `text` for people. */
export interface CommandResult {
  readonly json: object;
  readonly text: string;
  /** 1 if a comparison failed; default 0. */
  readonly exitCode?: 0 | 1;
}

export class Terminal {
  private lineOpen = false;

  constructor(private readonly streams: Streams, private readonly mode: OutputMode) {}

  /** One line that is written over again; nothing where standard error is not a terminal. */
  readonly progress = ({ stage, message }: FlowProgress): void => {
    const { stderr } = this.streams;
    if (!stderr.isTTY || this.mode.quiet) return;
    const line = `${stage}: ${message.split('\n')[0]}`;
    stderr.write(`${CLEAR_LINE}${line.slice(0, Math.max(20, (stderr.columns ?? 80) - 1))}`);
    this.lineOpen = true;
  };

  result({ json, text }: CommandResult): void {
    this.clearProgress();
    if (this.mode.json) this.streams.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
    else if (!this.mode.quiet) this.streams.stdout.write(`${text}\n`);
  }

  error(error: ShiftloomError): void {
    this.clearProgress();
    if (this.mode.json) {
      const { code, place, message, wayOut } = error;
      this.streams.stdout.write(`${JSON.stringify({ error: { code, place, message, wayOut } }, null, 2)}\n`);
    }
    this.streams.stderr.write(`shiftloom: ${error.message}\n`);
  }

  clearProgress(): void {
    if (this.lineOpen) this.streams.stderr.write(CLEAR_LINE);
    this.lineOpen = false;
  }
}

/** 1234567 as 1,234,567; fractions lose what does not matter to a reader. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

export function seconds(value: number): string {
  return value < 10 ? `${value.toFixed(1)} s` : `${Math.round(value)} s`;
}

/** Lines of a title and a text, the texts in one column. */
export function aligned(rows: readonly (readonly [string, string] | undefined)[], indent = '  '): string {
  const shown = rows.filter((row) => row !== undefined);
  const width = Math.max(...shown.map(([title]) => title.length)) + 2;
  return shown.map(([title, text]) => `${indent}${title.padEnd(width)}${text}`.trimEnd()).join('\n');
}
