/** The other end of `thread_pool.ts`, in a worker thread. */
import { parentPort, workerData } from 'node:worker_threads';

/** Answers each job by what `run` makes of it and of the data that came with the thread. */
export function answerJobs<Data, Job>(run: (data: Data, job: Job) => unknown): void {
  parentPort?.on('message', ({ id, job }: { id: number; job: Job }) => {
    try {
      parentPort?.postMessage({ id, result: run(workerData as Data, job) });
    } catch (error) {
      parentPort?.postMessage({ id, message: (error as Error).message });
    }
  });
}
