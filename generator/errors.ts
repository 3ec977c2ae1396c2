/**
 * The one error class of the product. A message says what is wrong, where, with which values, and the way out;
 * the command line maps `exitCode` to the process exit code and prints no stack trace.
 */
export type ErrorCode =
  | 'usage' // wrong command line
  | 'input' // a file the user gave is wrong
  | 'unsupported' // right input that the hardware cannot do (yet)
  | 'resource' // does not fit the device or the limits given
  | 'tool' // an external tool is missing or failed
  | 'check'; // a comparison failed: the product ran, the result is wrong

export class ShiftloomError extends Error {
  readonly code: ErrorCode;
  /** Where: a file, a JSON path, an option. */
  readonly place: string;
  /** What the user can do about it; may be empty when the message says it. */
  readonly wayOut: string;

  constructor(code: ErrorCode, place: string, private readonly what: string, wayOut = '') {
    super(`${place}: ${what}${wayOut ? `. ${wayOut}` : ''}`);
    this.name = 'ShiftloomError';
    this.code = code;
    this.place = place;
    this.wayOut = wayOut;
  }

  /** The same, told of another place. */
  at(place: string, code: ErrorCode = this.code): ShiftloomError {
    return new ShiftloomError(code, place, this.what, this.wayOut);
  }

  /** 1: a check failed; 2: bad use or input (also a missing tool). */
  get exitCode(): 1 | 2 {
    return this.code === 'check' ? 1 : 2;
  }
}

/** The candidate nearest to `name` by edit distance, if near enough to be a likely slip of the keyboard. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length];
}
