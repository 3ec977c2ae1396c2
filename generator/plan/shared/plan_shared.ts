/** From a network and a folding to the plan of the time-shared engine. */
import { ShiftloomError } from '../../errors.js';
import { macsOf } from '../../layer/layer.js';
import type { ScalarEncoding } from '../../layer/schema.js';
import type { Network } from '../../network/network.js';
import { unsignedWidth } from '../../verilog/literal.js';
import { blockDepth, planLoadableMemory, prefersBlock, ramCost } from '../memory.js';
import { MAX_STREAM_BITS, REQUANTIZE_LATENCY, powerOfTwoDivisor } from '../output.js';
import type { StreamPlan } from '../plan.js';
import { LOADABLE_LATENCY, operandBits } from '../plan_layer.js';
import { compileNetwork } from './compile.js';
import type { LayerProgram } from './program.js';
import { commonEncodings, elementOf, type NamedLayer } from './encoding.js';
import { operandWords } from './operands.js';
import { planSharedRequantize, sharedAccumulatorWidth } from './parameters.js';
import { programFields, programWidths } from './program_words.js';
import { programCycles, sharedCycles } from './shared_cycles.js';
import type { MapMemoryPlan, ResultPlan, SharedLanes, SharedPlan, SharedUnits } from './shared_plan.js';
import { runsInBlocks, valuesOfNetwork, type Values } from './values.js';

/** What an argmax gives. */
const CLASS_STREAM: StreamPlan = { elementBits: 16, elements: 1, beatsPerPixel: 1, beatsPerFrame: 1 };
/** Cycles that a vector of an addition takes more than its parameters. */
const ADD_EXTRA = 1;
/** LUTs that one block RAM is worth: 171,900 LUTs to 500 RAMB36 on the XC7Z035, less the price of routing. */
const LUTS_PER_BRAM = 172;
/** A program that is slower by less than this takes the fewer requantizers. */
const WORTHWHILE = 1.03;
/** A table for the input alone costs block RAM and a multiplexer for each lane: it must save so much time. */
const WORTH_A_TABLE = 1.15;

/**
 * Works out the whole engine.
 * @param blockRams RAMB36 of the device
 * @throws ShiftloomError 'unsupported' for what one engine can't run, with the nodes' names; 'usage' for lanes out of range; 'resource' if weights and maps
 *   do not fit the device
 */
export function planShared(network: Network, lanes: SharedLanes, blockRams = 500): SharedPlan {
  checkLanes(lanes);
  const values = valuesOfNetwork(network);
  const layers = network.nodes.flatMap((node): NamedLayer[] => (node.op === 'layer' ? [{ name: node.name, layer: node.layer }] : []));
  for (const encoding of commonEncodings(layers, lanes.ic)) {
    // Windows bring weights of several kernel positions into one word, which may not have an exponent in common.
    const plan = planWith(network, values, lanes, encoding, true) ?? planWith(network, values, lanes, encoding, false);
    if (plan) return checkMemory(plan, blockRams);
  }
  throw new ShiftloomError('unsupported', `network ${network.description.name}`, 'no encoding has the weights of all layers in the order in which one engine takes them', 'Take the dataflow form (--form dataflow)');
}

function planWith(network: Network, values: Values, lanes: SharedLanes, encoding: ScalarEncoding, windows: boolean): SharedPlan | undefined {
  const accumulatorWidth = sharedAccumulatorWidth(network);
  const element = elementOf(encoding, lanes.ic, accumulatorWidth);
  const sharing = element.exponentBits > 0 ? element.groupLanes : lanes.ic;
  const chosen = chooseProgram(network, values, lanes, sharing, windows);
  if (!chosen) return undefined;
  const { program, vector } = chosen;
  const width = lanes.oc * operandBits(element);
  const operands = operandWords(program.grids, element, lanes.oc, width);
  if (!operands) return undefined;
  const { format } = values.output;
  const outBits = format.bits > 8 ? 16 : 8;
  const requantize = planSharedRequantize(network, program, accumulatorWidth, outBits);
  const units = unitsOf(values, program);
  const map = planMapMemory(program, lanes.ic);
  const widths = programWidths(program.instructions);
  const memories = {
    weightMemory: planLoadableMemory(operands.words.depth, width),
    parameterMemory: planLoadableMemory(program.parameterVectors, vector * requantize.parameterBits),
    ...(units.table ? { placeMemory: planLoadableMemory(program.table.length / vector, vector * (map.addressWidth + map.laneWidth + 1)) } : {}),
  };
  const addresses = { map: map.addressWidth, weight: memories.weightMemory.addressWidth, parameter: memories.parameterMemory.addressWidth, table: memories.placeMemory?.addressWidth ?? 1 };
  const fields = programFields(program.instructions, widths, addresses, units, outBits);
  const last = fields[fields.length - 1];
  const results = streamOf(format, vector, outBits);
  const plan = {
    name: network.description.name, network, lanes, vector, encoding, element, accumulatorWidth, program, operands, fields, widths, units, requantize, map, ...memories,
    result: planResult(values, vector, outBits, results),
    programMemory: planLoadableMemory(program.instructions.length, last.low + last.width),
    input: streamOf(values.input.format, vector, 8),
    results,
    output: units.classes > 0 ? CLASS_STREAM : results,
    macs: network.nodes.reduce((sum, node) => sum + (node.op === 'layer' ? (node.layer.blocks ? node.layer.blocks.tensors.weight.length : macsOf(node.layer.geometry)) : 0), 0),
    peakMacsPerCycle: lanes.oc * lanes.ic,
    resultLatency: LOADABLE_LATENCY + (units.add ? ADD_EXTRA : 0) + REQUANTIZE_LATENCY,
  };
  return { ...plan, cyclesPerFrame: sharedCycles(plan).period };
}

interface Choice {
  readonly program: LayerProgram;
  readonly vector: number;
  readonly cycles: number;
}

/** As few elements at once as are about as fast as many; a beat of the streams is no wider. The input as windows only where that is much faster. */
function chooseProgram(network: Network, values: Values, lanes: SharedLanes, sharing: number, windows: boolean): Choice | undefined {
  const plain = chooseVector(network, values, lanes, sharing, false);
  const faster = windows ? chooseVector(network, values, lanes, sharing, true) : undefined;
  return faster && (!plain || faster.cycles * WORTH_A_TABLE < plain.cycles) ? faster : plain;
}

function chooseVector(network: Network, values: Values, { oc, ic }: SharedLanes, sharing: number, windows: boolean): Choice | undefined {
  const hasBlocks = network.nodes.some((_, i) => runsInBlocks(network, values, i));
  const candidates: Choice[] = [];
  for (let vector = powerOfTwoDivisor(8, oc, ic); vector >= 1; vector /= 2) {
    if (hasBlocks && vector > sharing) continue;
    const program = compileNetwork(network, values, { lanes: ic, oc, vector, sharing, windows });
    if (windows && !program.windows) continue;
    const beats = streamOf(values.input.format, vector, 8).beatsPerFrame + (program.windows?.fill ?? 0);
    candidates.push({ program, vector, cycles: programCycles(program.instructions) + beats });
  }
  const best = Math.min(...candidates.map(({ cycles }) => cycles));
  return candidates.filter(({ cycles }) => cycles <= WORTHWHILE * best).pop();
}

function streamOf(format: { channels: number; height: number; width: number }, vector: number, elementBits: 8 | 16): StreamPlan {
  const elements = powerOfTwoDivisor(Math.min(vector, MAX_STREAM_BITS / elementBits), format.channels);
  const beatsPerPixel = format.channels / elements;
  return { elementBits, elements, beatsPerPixel, beatsPerFrame: beatsPerPixel * format.height * format.width };
}

function unitsOf(values: Values, { instructions, table }: LayerProgram): SharedUnits {
  return {
    padding: instructions.some(({ padding }) => padding !== undefined),
    pool: instructions.some(({ op }) => op === 'max_pool' || op === 'copy'),
    add: instructions.some(({ op }) => op === 'add'),
    table: table.length > 0,
    classes: values.classes ?? 0,
  };
}

function planMapMemory({ mapWords, table }: LayerProgram, lanes: number): MapMemoryPlan {
  const scatter = table.length > 0;
  const width = scatter ? 8 : lanes * 8;
  const words = Math.max(2, mapWords);
  const block = prefersBlockRows(words, width);
  const depth = block ? blockDepth(words) : words;
  const one = ramCost({ depth, width, block });
  const rams = scatter ? lanes : 1;
  // LUT RAM is cut at its write lanes.
  const lut = block ? one.lut * rams : ramCost({ depth, width: 8, block }).lut * lanes;
  return { words: mapWords, depth, addressWidth: unsignedWidth(Math.max(1, mapWords - 1)), block, scatter, laneWidth: unsignedWidth(Math.max(1, lanes - 1)), bram36: one.bram36 * rams, lut };
}

/** Whether block RAM is the cheaper one, at the LUTs that a block RAM stands for. */
function prefersBlockRows(depth: number, width: number): boolean {
  return ramCost({ depth: blockDepth(depth), width, block: true }).bram36 * LUTS_PER_BRAM < ramCost({ depth, width: 8, block: false }).lut * Math.ceil(width / 8);
}

function planResult({ output: { format } }: Values, vector: number, elementBits: 8 | 16, stream: StreamPlan): ResultPlan {
  const pixels = format.height * format.width;
  const pixelVectors = Math.ceil(format.channels / vector);
  const words = Math.max(2, pixels * pixelVectors);
  const width = vector * elementBits;
  const block = prefersBlock(words, width);
  const depth = block ? blockDepth(words) : words;
  const cost = ramCost({ depth, width, block });
  const lastElements = format.channels - (pixelVectors - 1) * vector;
  return {
    pixels, pixelVectors, lastBeats: lastElements / stream.elements, depth, addressWidth: unsignedWidth(depth - 1), block, signed: format.signed && elementBits === 8,
    bram36: cost.bram36, lut: cost.lut,
  };
}

function checkLanes(lanes: SharedLanes): void {
  for (const [name, value, most] of [['oc', lanes.oc, 1024], ['ic', lanes.ic, 256]] as const) {
    if (!Number.isInteger(value) || value < 1 || value > most) throw new ShiftloomError('usage', `lanes ${name}=${value}`, `must be a whole number from 1 to ${most}`);
  }
}

/** Refuses weights and maps that the device cannot hold. */
function checkMemory(plan: SharedPlan, blockRams: number): SharedPlan {
  const parts = [plan.weightMemory, plan.parameterMemory, plan.programMemory, plan.placeMemory, plan.map, plan.result];
  const all = parts.reduce((sum, part) => sum + (part?.bram36 ?? 0), 0);
  if (all <= blockRams) return Object.freeze(plan);
  throw new ShiftloomError(
    'resource', `network ${plan.name}`, `its weights take ${plan.weightMemory.bram36} block RAMs, its maps ${plan.map.bram36} and the engine ${all} in all, more than the device's ${blockRams}`,
    'The time-shared form keeps all weights on chip: compress further, or store the large layers in blocks',
  );
}

