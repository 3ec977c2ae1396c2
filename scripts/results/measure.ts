/** One row of the page: the network's layers compressed, and its metrics with them. */
import type { CompressOptions } from '../../generator/compress/options.js';
import type { LayerStep } from '../networks/graph.js';
import { type ActivationRange, type LayerValues, networkModel } from '../networks/onnx_model.js';
import { loadModel } from '../networks/runtime.js';
import { compressStep } from './compress_step.js';
import type { MeasuredNetwork, Sample } from './network.js';
import { INTEGER_ACTIVATIONS, type ResultRow } from './rows.js';
import { activationRanges, calibrationFrames, walk } from './sequential.js';

export type Report = (text: string) => void;

/** Figures of a row: stored bits of a weight, and values by metric. */
export interface RowFigures {
  readonly bitsPerWeight: number;
  readonly values: Readonly<Record<string, number>>;
}

/** A network, and the formats of its activations. */
export class Measurer {
  private ranges: Promise<Map<string, ActivationRange>> | undefined;
  private readonly layers: ReadonlySet<string>;

  private constructor(private readonly network: MeasuredNetwork) {
    this.layers = new Set(network.layers);
  }

  /** Runs the uncompressed network on what is scored, so that others can be compared with it. */
  static async of(network: MeasuredNetwork): Promise<Measurer> {
    const measurer = new Measurer(network);
    await measurer.score(new Map(), undefined, true);
    return measurer;
  }

  async row({ compress, calibrated }: ResultRow, report: Report): Promise<RowFigures> {
    report('activations');
    this.ranges ??= activationRanges(this.network.graph, this.layers, this.network.calibration);
    const ranges = await this.ranges;
    const { values, bitsPerWeight } = compress ? await this.compressed(ranges, compress, calibrated, report) : { values: new Map(), bitsPerWeight: 32 };
    report('scoring');
    const samples = await this.score(values);
    const rounded = await this.score(values, ranges);
    return { bitsPerWeight, values: means([...samples, ...rounded.map((sample) => ({ ...sample, metric: sample.metric + INTEGER_ACTIVATIONS }))]) };
  }

  private async score(values: ReadonlyMap<string, LayerValues>, ranges?: ReadonlyMap<string, ActivationRange>, reference = false): Promise<Sample[]> {
    const model = await loadModel(networkModel(this.network.graph, { values, ranges }));
    const samples = await this.network.score(model, reference);
    await model.release();
    return samples;
  }

  private async compressed(
    ranges: ReadonlyMap<string, ActivationRange>, options: CompressOptions, calibrated: boolean, report: Report,
  ): Promise<{ values: Map<string, LayerValues>; bitsPerWeight: number }> {
    const { graph, calibration } = this.network;
    const values = new Map<string, LayerValues>();
    let [bits, weights] = [0, 0];
    const compress = (step: LayerStep, frames?: ReturnType<typeof calibrationFrames>): LayerValues => {
      report(`layer ${values.size + 1} of ${this.layers.size}`);
      const made = compressStep(step, ranges.get(step.input.name)!, options, frames);
      values.set(step.name, made.values);
      bits += made.storedBits;
      weights += step.weight.data.length;
      return made.values;
    };
    if (calibrated) await walk(graph, this.layers, calibration, (step, inputs) => compress(step, calibrationFrames(inputs)));
    else for (const step of graph.layers.filter(({ name }) => this.layers.has(name))) compress(step);
    return { values, bitsPerWeight: bits / weights };
  }
}

function means(samples: readonly Sample[]): Record<string, number> {
  const names = [...new Set(samples.map(({ metric }) => metric))];
  return Object.fromEntries(
    names.map((name) => {
      const own = samples.filter(({ metric }) => metric === name);
      const sum = (of: (sample: Sample) => number) => own.reduce((total, sample) => total + of(sample), 0);
      return [name, sum((sample) => sample.sum) / sum((sample) => sample.count)];
    }),
  );
}
