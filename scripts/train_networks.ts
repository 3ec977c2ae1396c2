/**
 * Trains the networks of examples/networks: float, under masks, then on integers.
 *
 *     node dist/scripts/train_networks.js                              all of them, one after the other
 *     node dist/scripts/train_networks.js --only lenet_300_100_mnist   one of them
 *     node dist/scripts/train_networks.js --keep-float                 from the float networks that are there
 */
import { parseArgs } from 'node:util';
import { ShiftloomError, nearestName } from '../generator/errors.js';
import { TRAININGS, networkFile, type NetworkTraining } from './network_training/trainings.js';
import { runAsProgram } from './project.js';

/** @throws ShiftloomError `usage` for an unknown option or network */
export function parseOptions(args: string[]): { readonly trainings: readonly NetworkTraining[]; readonly keepFloat: boolean } {
  let values: { only?: string; 'keep-float'?: boolean };
  try {
    ({ values } = parseArgs({ args, options: { only: { type: 'string' }, 'keep-float': { type: 'boolean' } } }));
  } catch (error) {
    throw new ShiftloomError('usage', 'train_networks', (error as Error).message, 'Options are --only NETWORK, --keep-float');
  }
  const known = TRAININGS.map(({ id }) => id);
  const trainings = TRAININGS.filter(({ id }) => values.only === undefined || id === values.only);
  if (trainings.length > 0) return { trainings, keepFloat: values['keep-float'] ?? false };
  const near = nearestName(values.only!, known);
  throw new ShiftloomError('usage', '--only', `is '${values.only}'; allowed: ${known.join(', ')}`, near === undefined ? undefined : `Did you mean '${near}'?`);
}

await runAsProgram(import.meta.url, async () => {
  const { trainings, keepFloat } = parseOptions(process.argv.slice(2));
  for (const { id, train } of trainings) {
    const started = performance.now();
    const report = (message: string) => console.log(`${id} ${((performance.now() - started) / 1000).toFixed(0)} s: ${message}`);
    await train({ path: networkFile(id), keepFloat, report });
  }
});
