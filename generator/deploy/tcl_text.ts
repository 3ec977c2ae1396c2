/** Spelling of values as Tcl words. */
import { ShiftloomError } from '../errors.js';

/** A word that Tcl reads as this text, in braces if it needs them. @throws ShiftloomError('unsupported') for braces or backslashes in it */
export function tclWord(value: string | number | boolean): string {
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  if (/^[\w.:/+-]+$/.test(text)) return text;
  if (/[{}\\]/.test(text)) throw new ShiftloomError('unsupported', 'Tcl', `'${text}' has braces or backslashes`);
  return `{${text}}`;
}

/** A list of words as one word. */
export function tclList(words: readonly string[], indent = ''): string {
  if (indent === '') return `{${words.join(' ')}}`;
  return words.length === 0 ? '{}' : `{\n${words.map((word) => `${indent}  ${word}`).join('\n')}\n${indent}}`;
}
