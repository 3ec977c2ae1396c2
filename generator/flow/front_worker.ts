/** A worker thread that plans: the layer comes once, then parts of its front. */
import type { Layer } from '../layer/layer.js';
import { frontOf, type FrontJob } from '../plan/front.js';
import { answerJobs } from './thread_worker.js';

answerJobs<Layer, FrontJob>(frontOf);
