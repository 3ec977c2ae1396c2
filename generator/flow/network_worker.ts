/** A worker thread that runs a network: network and float weights come once, then frames. */
import { runNetwork } from './network_runs.js';
import { answerJobs } from './thread_worker.js';

answerJobs(runNetwork);
