/** `shiftloom simulate`: a generated design against the golden model, and the golden model against ONNX Runtime. */
import { Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import { compareWays } from '../flow/compare_ways.js';
import type { FlowContext } from '../flow/context.js';
import type { Generated } from '../generate.js';
import { addResult, checkSameLayer, generateTimed, holdsDesign, openDesign, writeDesign } from '../flow/design.js';
import { chooseLanes, completeLanes, parseLanes } from '../flow/lanes.js';
import { openLayer } from '../flow/layers.js';
import { SIMULATION_FILE } from '../flow/results.js';
import { simulateLayer, simulationPassed, type LayerSimulation, type StoredSimulation } from '../flow/simulate.js';
import type { Layer } from '../layer/layer.js';
import { lanesText } from '../plan/lanes_text.js';
import type { Lanes } from '../plan/plan.js';
import { isNetworkFile } from '../network/read.js';
import type { CommandSpec } from './command.js';
import { simulateFromNetwork } from './network.js';
import { formOption, joinedLanes, refuseForm, simulationOptions, simulationRequest, type FormFlags, type SimulationFlags } from './options.js';
import { aligned, count, percent, seconds } from './terminal.js';

interface SimulateFlags extends SimulationFlags, FormFlags {
  readonly out: string;
  readonly lanes?: string;
}

export const simulateCommand: CommandSpec<SimulateFlags> = {
  name: 'simulate',
  summary: 'Simulate the design in a folder and compare every output with the golden model.',
  args: [['<layer>', 'the compressed layer or network file that the design was generated from']],
  needed: [
    new Option('--out <folder>', 'folder of the design; generated if there is none'),
  ],
  options: [
    new Option('--lanes <folding>', 'folding of a design that is not there yet, e.g. oc=4,ic=64,pixel=1; of a network NODE:oc=4,ic=64').argParser(joinedLanes),
    formOption(),
    ...simulationOptions(),
  ],
  example: 'shiftloom simulate conv1.layer.json --out rtl-out/conv1 --frames 4 --stall-out 0.5',
  run: async ([source], flags, context) => {
    if (isNetworkFile(source)) return simulateFromNetwork(source, flags, context);
    refuseForm(flags.form);
    const layer = await openLayer(source);
    const design = await existingOrNew(layer, flags, context);
    const { generated, seconds: generate } = await generateTimed(layer, design.lanes, context);
    const result = await simulateLayer({ ...generated, verilog: design.verilog, files: design.files }, simulationRequest(flags), context);
    await addResult(flags.out, SIMULATION_FILE, { ...result, seconds: { ...result.seconds, generate } } satisfies StoredSimulation);
    return {
      json: { layer: layer.description.name, folder: flags.out, lanes: design.lanes, passed: simulationPassed(result), ...result },
      text: simulationText(layer.description.name, result, generated.estimate.cycles),
      exitCode: simulationPassed(result) ? 0 : 1,
    };
  },
};

/**
 * The design in the folder, or one that is generated into it.
 * @param check is given a new design before it is written, to refuse what was asked of it
 * @throws ShiftloomError if it is of another layer or folding
 */
export async function existingOrNew(
  layer: Layer, { out, lanes }: Pick<SimulateFlags, 'out' | 'lanes'>, context: FlowContext, check: (generated: Generated) => void = () => undefined,
) {
  if (!(await holdsDesign(out))) {
    const folding = chooseLanes(layer, { lanes });
    const { generated } = await generateTimed(layer, folding.lanes, context);
    check(generated);
    await writeDesign(out, generated, await compareWays(layer, folding, context));
  }
  const design = await openDesign(out);
  checkSameLayer(design, layer);
  if (lanes !== undefined) checkSameLanes(out, design.lanes, completeLanes(layer, parseLanes(lanes)));
  return design;
}

function checkSameLanes(folder: string, have: Lanes, wanted: Lanes): void {
  if (lanesText(have) === lanesText(wanted)) return;
  throw new ShiftloomError('usage', '--lanes', `is ${lanesText(wanted)}, ${folder} holds a design with ${lanesText(have)}`, 'Leave --lanes out, or generate the design again');
}

/** The outcome in a few lines. */
export function simulationText(name: string, s: LayerSimulation, modelCycles: number): string {
  const verdict = simulationPassed(s) ? 'every output is right' : 'WRONG';
  const first = s.firstMismatch;
  const oracle = s.oracle.compared > 0 ? `${count(s.oracle.compared)} accumulators, ${count(s.oracle.mismatches)} wrong` : 'not compared';
  const version = s.engine === 'verilator' ? `Verilator ${s.engineVersion}` : `the embedded engine (${s.engineVersion})`;
  return [
    `${name} in ${version}: ${verdict}`,
    aligned([
      ['golden model', `${count(s.outputs)} outputs, ${count(s.mismatches)} wrong`],
      first ? ['first wrong', `frame ${first.frame}, element ${first.index}: ${first.got}, expected ${first.expected}`] : undefined,
      s.timedOut ? ['hung', 'the engine was stopped at the limit of cycles'] : undefined,
      ...s.protocolErrors.slice(0, 8).map((text) => ['protocol', text] as const),
      ['ONNX Runtime', `${oracle}${s.oracle.skipped ? ` (${s.oracle.skipped})` : ''}`],
      ['cycles', `${count(s.cycles)} for a frame without pauses, ${percent(s.utilization)} of peak (estimate ${count(modelCycles)})`],
      ['array', `active ${count(s.registers.active)}, waits for input ${count(s.registers.waitInput)}, for output ${count(s.registers.waitOutput)}${s.registers.waitWeight > 0 ? `, for weights ${count(s.registers.waitWeight)}` : ''} cycles`],
      s.stalledCycles === undefined ? undefined : ['pauses', `${s.input.frames - 1} frame(s) back to back with pauses ${s.stalls.in} in, ${s.stalls.out} out: ${count(s.stalledCycles)} cycles`],
      ['input', s.input.source === 'sample' ? 'sample frames of the layer' : `random frames, seed ${s.input.seed}`],
      ['time', `${seconds(s.seconds.build)} to build the model, ${seconds(s.seconds.run)} to run it`],
      s.engineNote ? ['engine', s.engineNote] : undefined,
    ]),
  ].join('\n');
}
