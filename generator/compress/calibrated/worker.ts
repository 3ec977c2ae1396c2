/** A worker thread of calibrated quantization: takes jobs until none is left. */
import { workerData } from 'node:worker_threads';
import { type SharedProgress, takeJobs } from './parallel.js';
import type { Task } from './tasks.js';

const { task, shared } = workerData as { task: Task; shared: SharedProgress };
takeJobs(task, shared, () => undefined);
