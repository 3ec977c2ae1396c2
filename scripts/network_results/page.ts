/** docs/results/networks.md: whole networks from pixels to a class. */
import { table } from '../compare/markdown.js';
import type { NetworkRow } from './rows.js';

const HOW = `Networks of examples/networks, trained by their scripts, each as one accelerator from pixels to a class in the dataflow form: an engine for each layer, streams between them.
**Float** is the trained network on real numbers, **golden** the integer model of the compressed one, both on the whole test part of the data set. A network whose dense float form is too large to be kept is told with its masked one: the dense float deep_mnist has 99.25 % (its README). **RTL** is the emitted Verilog in Verilator on the first test
pictures, with random pauses on both streams; every output word is compared with the golden model. **Parameters** are weights and biases of the uncompressed network and what is stored of them: weights in
blocks, values of factors, the dense rest, biases. **Cycles** are those from one frame to the next, frames back to back, in simulation; LUT, FF, DSP48E1 and RAMB36 are Yosys counts of the whole accelerator
(XC7Z035: 171,900 LUT, 343,800 FF, 900 DSP48E1, 500 RAMB36).`;

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
const whole = (value: number) => Math.round(value).toLocaleString('en');

/** The page's text. @param missing names of networks that were not measured yet @param commit whose code and templates were measured, if that is known */
export function networkPage(rows: readonly NetworkRow[], missing: readonly string[], commit?: string): string {
  return [
    '# Whole networks', '',
    `Made ${commit === undefined ? '' : `at commit ${commit} `}by \`npm run results:networks\`, which writes [networks.json](networks.json), the picture and this page.`, '', HOW, '',
    ...(rows.length > 0 ? ['![Accuracy, parameters and frames per second](networks.svg)', '', '## Accuracy and parameters', '', accuracyTable(rows), '', '## Speed and area', '', areaTable(rows), ''] : ['Not measured yet.', '']),
    ...(missing.length > 0 ? [`Not measured yet: ${missing.join(', ')}.`, ''] : []),
  ].join('\n');
}

function accuracyTable(rows: readonly NetworkRow[]): string {
  return table(
    ['network', 'data', 'float', 'golden', 'change, points', 'RTL', 'pictures of RTL', 'wrong words', 'parameters', 'stored', 'fewer'],
    rows.map((r) => [
      r.network, r.dataset, percent(r.floatAccuracy), percent(r.goldenAccuracy), signed(100 * (r.goldenAccuracy - r.floatAccuracy)), percent(r.rtlAccuracy), whole(r.rtlSamples), whole(r.mismatchedWords),
      whole(r.parametersDense), whole(r.parametersStored), `${(r.parametersDense / r.parametersStored).toFixed(1)}x`,
    ]),
  );
}

function signed(points: number): string {
  const text = points.toFixed(2);
  return Number(text) > 0 ? `+${text}` : text;
}

function areaTable(rows: readonly NetworkRow[]): string {
  return table(
    ['network', 'data', 'cycles a frame', 'frames/s at 200 MHz', 'LUT', 'FF', 'DSP48E1', 'RAMB36'],
    rows.map((r) => [r.network, r.dataset, whole(r.cyclesPerFrame), whole(r.fps200MHz), whole(r.lut), whole(r.ff), whole(r.dsp), String(r.bram36)]),
  );
}
