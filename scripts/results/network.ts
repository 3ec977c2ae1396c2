/**
 * What the results page measures: a network, the layers of it that are compressed, inputs to calibrate on, and figures of merit at its output. A new
 * network is one file with a function that makes a `MeasuredNetwork`, and one line in `networks.ts`.
 */
import type { FloatTensor, NetworkGraph } from '../networks/graph.js';
import type { LoadedModel } from '../networks/runtime.js';

/** What one evaluation adds to the mean of a metric. */
export interface Sample {
  readonly metric: string;
  readonly sum: number;
  readonly count: number;
}

export interface MetricInfo {
  readonly name: string;
  /** Unit on the page; figures are stored in it. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly digits: number;
}

export interface MeasuredNetwork {
  readonly graph: NetworkGraph;
  /** Names of the layers that are compressed. */
  readonly layers: readonly string[];
  /** Inputs of the graph to calibrate on, (N, channels, height, width) each; none of them is scored. */
  readonly calibration: readonly FloatTensor[];
  /** @param reference whether the model is the uncompressed one, which others are compared with */
  score(model: LoadedModel, reference: boolean): Promise<Sample[]>;
}

/** How the page names a network and how it is made; making it reads packages and may run the float network. */
export interface NetworkSource {
  /** For `--network` and file names. */
  readonly id: string;
  readonly name: string;
  readonly metrics: readonly MetricInfo[];
  /** What is scored and what is calibrated on, in Markdown. */
  readonly about: string;
  load(): Promise<MeasuredNetwork>;
}
