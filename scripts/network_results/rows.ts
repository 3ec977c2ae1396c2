/** What docs/results/networks.json holds: a row for each network of examples/networks, on its data set. */

/** The names are fixed: other programs read them. */
export interface NetworkRow {
  readonly network: string;
  readonly dataset: string;
  /** Shares of pictures that are right, 0..1: the trained network on real numbers, the golden model, the simulated Verilog. */
  readonly floatAccuracy: number;
  readonly goldenAccuracy: number;
  /** Test pictures of the two above. */
  readonly goldenSamples: number;
  readonly rtlAccuracy: number;
  /** Test pictures that were simulated, with random pauses on both streams. */
  readonly rtlSamples: number;
  /** Output words of the simulation that differ from the golden model. */
  readonly mismatchedWords: number;
  /** Weights and biases of the uncompressed network, and of what is stored. */
  readonly parametersDense: number;
  readonly parametersStored: number;
  /** From one frame to the next, frames back to back. */
  readonly cyclesPerFrame: number;
  readonly fps200MHz: number;
  /** Yosys counts of the whole accelerator. */
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
}

/** Keys in the order of the file. */
const KEYS = [
  'network', 'dataset', 'floatAccuracy', 'goldenAccuracy', 'goldenSamples', 'rtlAccuracy', 'rtlSamples', 'mismatchedWords', 'parametersDense', 'parametersStored', 'cyclesPerFrame', 'fps200MHz',
  'lut', 'ff', 'dsp', 'bram36',
] as const satisfies readonly (keyof NetworkRow)[];

/** JSON with a row on each line. */
export function rowsText(rows: readonly NetworkRow[]): string {
  const lines = rows.map((row) => `  ${JSON.stringify(Object.fromEntries(KEYS.map((key) => [key, row[key]])))}`);
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}
