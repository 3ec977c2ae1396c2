/** Rules between the keys of a `cp` description: which factors its form has, and which layers it fits. */
import { ShiftloomError } from '../errors.js';
import type { CpEncoding, LayerDescription } from './schema.js';

export type FactorName = keyof CpEncoding['factors'];

/** Factors of each form, in the order of the files. */
export const FORM_FACTORS: Readonly<Record<CpEncoding['form'], readonly FactorName[]>> = {
  spatial: ['output', 'input', 'kernel'],
  separable: ['output', 'input', 'kernelRow', 'kernelColumn'],
  matrix: ['output', 'input'],
};

/** @throws ShiftloomError('input') for contradictions between a `cp` encoding's keys and its layer. */
export function checkFactorRules(d: LayerDescription, weights: CpEncoding, place: string): void {
  const fail = (path: string, message: string, wayOut = ''): never => {
    throw new ShiftloomError('input', `${place} ${path}`, message, wayOut);
  };
  const needed = FORM_FACTORS[weights.form];
  for (const name of Object.keys(weights.factors) as FactorName[]) {
    if (weights.factors[name] !== undefined && !needed.includes(name)) {
      fail(`$.weights.factors.${name}`, `does not belong to form '${weights.form}'`, `Its factors: ${needed.join(', ')}`);
    }
  }
  for (const name of needed) {
    if (weights.factors[name] === undefined) fail(`$.weights.factors.${name}`, 'is missing', `Form '${weights.form}' has the factors ${needed.join(', ')}`);
  }
  const kernel = d.kind === 'linear' ? [1, 1] : d.kernel;
  if (weights.form === 'matrix' && (kernel[0] !== 1 || kernel[1] !== 1)) {
    fail('$.weights.form', `is 'matrix', the kernel ${kernel[0]}x${kernel[1]}`, "Use 'spatial' or 'separable'");
  }
  const groups = d.kind === 'linear' ? 1 : d.groups;
  const channels = d.output.channels;
  if (channels % weights.blocks !== 0) fail('$.weights.blocks', `is ${weights.blocks}, which does not divide the ${channels} output channels`);
  if (weights.blocks % groups !== 0) fail('$.weights.blocks', `is ${weights.blocks}, not a multiple of the ${groups} groups`);
  if (d.sparsity) fail('$.sparsity', "cannot be declared for encoding 'cp': sums of factors have no zeros with structure", 'Leave it out');
}
