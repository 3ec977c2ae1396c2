/** Short names of encodings, for lists of them on the command line. */
import type { EncodingChoice } from '../compress/options.js';
import { ShiftloomError, nearestName } from '../errors.js';

export interface NamedEncoding {
  readonly name: string;
  readonly encoding: EncodingChoice;
}

const numbered = (name: string, of: readonly number[], encoding: (n: number) => EncodingChoice): NamedEncoding[] => of.map((n) => ({ name: `${name}${n}`, encoding: encoding(n) }));

const NAMED: readonly NamedEncoding[] = [
  { name: 'pot', encoding: { encoding: 'pot' } },
  { name: 'apot', encoding: { encoding: 'apot' } },
  { name: 'bpot', encoding: { encoding: 'bpot' } },
  ...numbered('bpot', [8, 32], (groupSize) => ({ encoding: 'bpot', groupSize })),
  { name: 'csd', encoding: { encoding: 'csd', digits: 2 } },
  { name: 'csd3', encoding: { encoding: 'csd', digits: 3 } },
  ...numbered('codebook', [4, 8, 16, 32, 64], (levels) => ({ encoding: 'codebook', levels, digits: 2 })),
  ...numbered('uniform', [2, 3, 4, 5, 6, 7, 8], (bits) => ({ encoding: 'uniform', bits })),
];

/** For help: `csd` has two digits, `bpot` groups of 16, codebooks levels of two digits. */
export const ENCODING_NAMES = 'pot, apot, bpot (bpot8, bpot32), csd (csd3), codebook4 to codebook64, uniform2 to uniform8';

/**
 * Encodings of names with commas between.
 * @throws ShiftloomError('usage')
 */
export function namedEncodings(text: string): NamedEncoding[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name, i) => {
    if (names.indexOf(name) !== i) throw new ShiftloomError('usage', '--encodings', `${name} is given twice`);
    const found = NAMED.find((known) => known.name === name);
    if (found) return found;
    const all = NAMED.map((known) => known.name);
    const near = nearestName(name, all);
    throw new ShiftloomError('usage', '--encodings', `'${name}' is not one of ${all.join(', ')}`, near ? `Did you mean '${near}'?` : 'As in: --encodings pot,apot,bpot,uniform4');
  });
}
