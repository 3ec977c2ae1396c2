/**
 * JSON text in and out: syntax errors by line and column in our own words (the runtime's differ between versions),
 * duplicate keys refused, and a writer that keeps arrays of scalars on one line.
 */
import { ShiftloomError } from '../errors.js';
import { readBytes } from './files.js';

const MAX_DEPTH = 64;

/**
 * Reads and parses a JSON file. A UTF-8 byte order mark is skipped.
 * @throws ShiftloomError('input') with line and column if it is not JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path);
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new ShiftloomError('input', path, 'is UTF-16 text', 'Save it as UTF-8');
  }
  if (bytes.subarray(0, 4096).includes(0)) throw new ShiftloomError('input', path, 'is a binary file, not JSON');
  return parseJson(Buffer.from(bytes).toString('utf8').replace(/^\uFEFF/, ''), path);
}

/** Parses JSON text; `place` names it in messages. */
export function parseJson(text: string, place: string): unknown {
  new Scanner(text, place).document();
  return JSON.parse(text) as unknown;
}

/** Walks JSON text only to find what is wrong with it, and where. */
class Scanner {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly place: string,
  ) {}

  document(): void {
    this.space();
    if (this.at === this.text.length) this.fail('the file is empty; a JSON object was expected');
    this.value(0);
    this.space();
    if (this.at < this.text.length) this.fail(`${this.here()} after the end of the JSON value`);
  }

  private value(depth: number): void {
    if (depth > MAX_DEPTH) this.fail(`nested more than ${MAX_DEPTH} deep`);
    const char = this.text[this.at];
    if (char === '{') return this.members('}', depth);
    if (char === '[') return this.members(']', depth);
    if (char === '"') return void this.string();
    const word = /[-+.\w]+/y;
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0];
    if (found === undefined) this.fail(`${this.here()} where a value was expected`);
    if (!/^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?)$/.test(found)) {
      this.fail(`'${found}' is not a JSON value`);
    }
    this.at += found.length;
  }

  private members(close: string, depth: number): void {
    const keys = new Set<string>();
    const opened = this.at++;
    this.space();
    if (this.text[this.at] === close) return void this.at++;
    for (;;) {
      if (close === '}') this.key(keys);
      this.value(depth + 1);
      this.space();
      if (this.at === this.text.length) this.fail(`the '${this.text[opened]}' is never closed`, opened);
      if (this.text[this.at] === close) return void this.at++;
      if (this.text[this.at] !== ',') this.fail(`${this.here()} where ',' or '${close}' was expected`);
      this.at++;
      this.space();
      if (this.text[this.at] === close) this.fail(`',' before '${close}'`, this.at - 1);
    }
  }

  private key(keys: Set<string>): void {
    const start = this.at;
    if (this.text[this.at] !== '"') this.fail(`${this.here()} where a key in double quotes was expected`);
    const key = this.string();
    if (keys.has(key)) this.fail(`the key "${key}" appears twice`, start);
    keys.add(key);
    this.space();
    if (this.text[this.at] !== ':') this.fail(`${this.here()} where ':' was expected`);
    this.at++;
    this.space();
  }

  private string(): string {
    const start = this.at;
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      if (this.at >= this.text.length || this.text[this.at] < ' ') this.fail('the string is not closed on its line', start);
      if (this.text[this.at] !== '\\') continue;
      if (!/^(["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(this.text.slice(this.at + 1, this.at + 6))) {
        this.fail('a backslash must be written \\\\ in a JSON string');
      }
      this.at++;
    }
    return JSON.parse(this.text.slice(start, ++this.at)) as string;
  }

  private space(): void {
    while (' \t\r\n'.includes(this.text[this.at] || '.')) this.at++;
  }

  private here(): string {
    return this.at < this.text.length ? `'${this.text[this.at]}'` : 'the file ends';
  }

  private fail(message: string, at = this.at): never {
    const before = this.text.slice(0, at).split('\n');
    const place = `${this.place}:${before.length}:${before[before.length - 1].length + 1}`;
    throw new ShiftloomError('input', place, message);
  }
}

/** JSON text with two-space indent, arrays of scalars on one line and a newline at the end. Keys keep their order. */
export function formatJson(value: unknown): string {
  return formatted(value, '') + '\n';
}

function formatted(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = indent + '  ';
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v !== 'object' || v === null)) return `[${value.map((v) => JSON.stringify(v)).join(', ')}]`;
    return `[\n${value.map((v) => inner + formatted(v, inner)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return '{}';
  return `{\n${entries.map(([k, v]) => `${inner}${JSON.stringify(k)}: ${formatted(v, inner)}`).join(',\n')}\n${indent}}`;
}
