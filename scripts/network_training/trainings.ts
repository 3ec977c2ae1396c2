/** All networks of examples/networks, each with what trains and writes it. */
import { join } from 'node:path';
import { projectRoot } from '../project.js';
import { DEEPER_JOBS } from './deeper_jobs.js';
import { STACK_JOBS } from './stack_jobs.js';
import { trainStack } from './train_stack.js';

export interface TrainingRun {
  /** The network file that is to be written; its folder gets everything else. */
  readonly path: string;
  /** Take the float network that is there instead of training one. */
  readonly keepFloat: boolean;
  readonly report: (message: string) => void;
}

export interface NetworkTraining {
  /** Name of the network, of its folder and its file. */
  readonly id: string;
  train(run: TrainingRun): Promise<void>;
}

export const TRAININGS: readonly NetworkTraining[] = [
  ...[...STACK_JOBS, ...DEEPER_JOBS].map((job) => ({ id: job.id, train: (run: TrainingRun) => trainStack(job, run) })),
];

/** The committed network file. */
export const networkFile = (id: string): string => join(projectRoot(), 'examples', 'networks', id, `${id}.network.json`);
