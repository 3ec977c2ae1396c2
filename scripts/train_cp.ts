/**
 * Trains the networks of examples/cp: float first, then with layers of quantized factors.
 *
 *     node dist/scripts/train_cp.js                          all of them, two at a time; about 25 minutes of processor time
 *     node dist/scripts/train_cp.js --network lenet5_mnist   one of them
 *     node dist/scripts/train_cp.js --from 1                 only training with factors, from round 1 on, from the files that are there
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ShiftloomError } from '../generator/errors.js';
import { readChain, readFloatNet, writeChain, writeFloatNet } from './cp/network_files.js';
import { NETWORK_JOBS, parameterCounts, type NetworkJob } from './cp/network_jobs.js';
import { resumedNet } from './cp/network_resume.js';
import { decomposedNet, fineTune, trainFloat, type OnEpoch } from './cp/network_training.js';
import { runAsProgram } from './project.js';
import { learned } from './train/images.js';

/** Networks that are trained at the same time. */
const PROCESSES = 2;

/** @throws ShiftloomError `usage` for an unknown option or network */
export function parseOptions(args: string[]): { readonly jobs: readonly NetworkJob[]; readonly from?: number } {
  let values: { network?: string; from?: string };
  try {
    ({ values } = parseArgs({ args, options: { network: { type: 'string' }, from: { type: 'string' } } }));
  } catch (error) {
    throw new ShiftloomError('usage', 'train_cp', (error as Error).message, 'Options are --network NAME, --from ROUND');
  }
  const jobs = values.network === undefined ? NETWORK_JOBS : NETWORK_JOBS.filter(({ id }) => id === values.network);
  if (jobs.length === 0) throw new ShiftloomError('usage', '--network', `is '${values.network}'; allowed: ${NETWORK_JOBS.map(({ id }) => id).join(', ')}`);
  if (values.from === undefined) return { jobs };
  if (!/^[1-9]$/.test(values.from)) throw new ShiftloomError('usage', '--from', `is '${values.from}'; the number of a round from 1 on is needed`);
  return { jobs, from: Number(values.from) - 1 };
}

async function trainOne(job: NetworkJob, from: number | undefined): Promise<void> {
  const started = performance.now();
  const report = (step: string): OnEpoch => ({ epoch, loss, accuracy, heldOut }) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`${job.id} ${step} epoch ${epoch}: loss ${loss.toFixed(4)}, ${(100 * accuracy).toFixed(2)} % right, ${(100 * heldOut).toFixed(2)} % of those held out, ${seconds} s`);
  };
  const data = job.read('train');
  if (from === undefined) await writeFloatNet(job, trainFloat(job, data, report('float')));
  const float = await readFloatNet(job);
  for (let round = from ?? 0; round < job.tuning.length; round++) {
    const net = round === 0 ? decomposedNet(job, float, learned(data)) : resumedNet(job, await readChain(job));
    fineTune(job, job.tuning[round], net, float, data, report(`factors, round ${round + 1},`));
    await writeChain(job, net);
  }
  const { dense, stored } = parameterCounts(job);
  console.log(`${job.id}: ${dense} weights of the compressed layers are now ${stored} (${(dense / stored).toFixed(2)} times fewer)`);
}

/** Runs this program again for each network. */
async function trainAll(jobs: readonly NetworkJob[], from: number | undefined): Promise<void> {
  const left = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = left.shift(); job; job = left.shift()) {
      const args = [fileURLToPath(import.meta.url), '--network', job.id, ...(from === undefined ? [] : ['--from', String(from + 1)])];
      const code = await new Promise((resolve) => spawn(process.execPath, args, { stdio: 'inherit' }).on('close', resolve));
      if (code !== 0) throw new ShiftloomError('tool', job.id, `training ended with code ${String(code)}`, 'See the message above');
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, worker));
}

await runAsProgram(import.meta.url, async () => {
  const { jobs, from } = parseOptions(process.argv.slice(2));
  if (jobs.length === 1) await trainOne(jobs[0], from);
  else await trainAll(jobs, from);
});
