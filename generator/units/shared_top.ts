/** View of the time-shared engine's top: wires its cells and units together. */
import { LOADABLE_LATENCY } from '../plan/plan_layer.js';
import { addMultiplierWidth } from '../plan/shared/program_words.js';
import type { SharedPlan } from '../plan/shared/shared_plan.js';
import { unsignedLiteral } from '../verilog/literal.js';
import { versionWord } from '../version.js';
import { header, type Owner } from './header.js';

export function sharedOptions({ lanes }: Pick<SharedPlan, 'lanes'>): string {
  return `--form shared --lanes oc=${lanes.oc},ic=${lanes.ic}`;
}

/** Cycles from a step's addresses to its activations and weights at the processing elements. */
const STEP_LATENCY = 2;

/** The network as the owner of the engine's files. */
export function sharedOwner(plan: Pick<SharedPlan, 'name' | 'lanes'>): Owner {
  return { name: plan.name, options: sharedOptions(plan) };
}

export function sharedTopView(plan: SharedPlan, hash: string): object {
  const { lanes, map, accumulatorWidth, encoding, input, output, program } = plan;
  return Object.freeze({
    ...header(sharedOwner(plan), hash, 'top', 'one engine that runs all layers of a network one after the other, with its AXI ports.', [
      `${program.instructions.length} instructions; weights ${encoding.encoding}, all on chip; maps in ${map.words} words of ${lanes.ic} activations`,
      `OC_LANES ${lanes.oc}, IC_LANES ${lanes.ic}: ${plan.peakMacsPerCycle} multiply-accumulates per cycle; ${plan.vector} requantizer(s)`,
      `ACC_WIDTH ${accumulatorWidth}, exact for all layers' weights`,
      `s_axis: ${input.beatsPerFrame} beats a frame of ${input.elements} element(s); m_axis: ${output.beatsPerFrame} beats of ${output.elements}; order row, column, channel`,
      'Handshake: AXI4-Stream, AXI4-Lite; aresetn is synchronous and active low. Register map: docs/interfaces.md.',
    ], 'shared_top'),
    versionWord: unsignedLiteral(versionWord(), 32),
    layerId: `32'h${hash}`,
    peakMacs: unsignedLiteral(plan.peakMacsPerCycle, 32),
    ...programFieldsView(plan),
    ...mapFields(plan),
    ...arrayFields(plan),
    ...elementFields(plan),
    ...resultFields(plan),
    ...streamFields(plan),
  });
}

function programFieldsView({ fields, programMemory, widths, units, weightMemory }: SharedPlan): object {
  const padded = (name: string) => (units.padding ? name : `${widths.position}'d0`);
  return {
    fields: fields.map(({ name, low, width }) => ({ name, low, high: low + width - 1, msb: width - 1 })),
    programMsb: programMemory.width - 1,
    programAddressWidth: programMemory.addressWidth,
    programAddressMsb: programMemory.addressWidth - 1,
    programSegments: programMemory.segments.length > 1,
    gapWidth: widths.gap,
    wordWidth: widths.word,
    kernelWidth: widths.kernel,
    tileWidth: widths.tile,
    sideWidth: widths.side,
    positionWidth: widths.position,
    weightAddressWidth: weightMemory.addressWidth,
    weightAddressMsb: weightMemory.addressWidth - 1,
    hasPadding: units.padding,
    padding: units.padding ? 1 : 0,
    left: padded('left'),
    top: padded('top'),
    strideX: padded('stride_x'),
    strideY: padded('stride_y'),
    mapWidth: padded('map_width'),
    mapHeight: padded('map_height'),
    vectorsWidth: widths.vectors,
    vectorsMsb: widths.vectors - 1,
  };
}

function mapFields({ map, lanes, placeMemory, vector }: SharedPlan): object {
  const entryBits = map.addressWidth + map.laneWidth + 1;
  return {
    icLanes: lanes.ic,
    lanesMsb: lanes.ic - 1,
    wordMsb: lanes.ic * 8 - 1,
    mapDepth: map.depth,
    mapAddressWidth: map.addressWidth,
    mapAddressMsb: map.addressWidth - 1,
    mapWriteAddressMsb: lanes.ic * map.addressWidth - 1,
    mapBlock: map.block ? 1 : 0,
    scatter: map.scatter ? 1 : 0,
    laneWidth: map.laneWidth,
    hasTable: placeMemory !== undefined,
    table: placeMemory ? 1 : 0,
    tableAddressWidth: placeMemory?.addressWidth ?? 1,
    tableAddressMsb: (placeMemory?.addressWidth ?? 1) - 1,
    tableWidth: vector * entryBits,
    tableMsb: vector * entryBits - 1,
    tableSegments: (placeMemory?.segments.length ?? 1) > 1,
    scatterSource: placeMemory ? 'scatters' : "1'b0",
    tableBaseSource: placeMemory ? 'table_base' : "1'b0",
  };
}

function arrayFields({ lanes, element, accumulatorWidth: width, weightMemory, widths, vector }: SharedPlan): object {
  const code = lanes.ic * element.codeBits;
  const exponents = element.exponentGroups * element.exponentBits;
  return {
    ocLanes: lanes.oc,
    weightMsb: weightMemory.width - 1,
    weightSegments: weightMemory.segments.length > 1,
    codeWordBits: code,
    hasExponents: element.exponentBits > 0,
    exponentBase: lanes.oc * code,
    exponentWordBits: exponents,
    sumWidth: width,
    sumMsb: width - 1,
    sumsMsb: lanes.oc * width - 1,
    accumulateDelay: STEP_LATENCY + element.latency - 1,
    captureDelay: STEP_LATENCY + element.latency + 1,
    captureWidth: widths.vectors + 3,
    drainStages: lanes.oc / vector,
    vectorLanes: vector,
    vectorSumWidth: vector * width,
    vectorSumMsb: vector * width - 1,
  };
}

/** What pooling, copying and addition need. */
function elementFields({ units, lanes, vector, widths, program, requantize }: SharedPlan): object {
  const hasElements = units.pool || units.add;
  const op = units.pool && units.add ? '(copies | adds)' : units.pool ? 'copies' : 'adds';
  const either = (element: string, sum: string) => (hasElements ? `(${op} ? ${element} : ${sum})` : sum);
  return {
    hasElements,
    hasPool: units.pool,
    hasAdd: units.add,
    elementOp: op,
    countedStep: hasElements ? `step & ~${op}` : 'step',
    arrayTile: hasElements ? `tile_done & ~${op}` : 'tile_done',
    elementWidth: widths.vectors + 4,
    elementStages: lanes.ic / vector,
    elementTile: units.pool && units.add ? '(copies ? largest : a_word)' : units.pool ? 'largest' : 'a_word',
    vectorByteWidth: vector * 8,
    vectorByteMsb: vector * 8 - 1,
    vectorValid: either('element_valid', 'sum_valid'),
    vectorPixelEnd: either('element_vector_pixel_end', 'sum_pixel_end'),
    vectorEnd: either('element_vector_end', 'sum_end'),
    addMultiplierWidth: addMultiplierWidth(program.instructions),
    copiedWide: requantize.outBits === 8 ? 'copied' : "{8'd0, copied}",
  };
}

function resultFields({ requantize: r, accumulatorWidth: width, parameterMemory, resultLatency, units, vector, widths }: SharedPlan): object {
  const aligned = `sums_aligned[lane*${width} +: ${width}]`;
  return {
    parameterMsb: parameterMemory.width - 1,
    parameterAddressMsb: parameterMemory.addressWidth - 1,
    parameterOne: unsignedLiteral(1, parameterMemory.addressWidth),
    parameterSource: units.add ? 'parameter_address_q' : 'parameter_address',
    parameterSegments: parameterMemory.segments.length > 1,
    parameterBits: r.parameterBits,
    parameterLaneMsb: r.parameterBits - 1,
    sumDelay: LOADABLE_LATENCY + (units.add ? 1 : 0),
    resultLatency,
    resultMsb: vector * r.outBits - 1,
    multiplierWidth: r.multiplierWidth,
    shiftMin: r.shiftMin,
    shiftWidth: r.shiftWidth,
    outBits: r.outBits,
    boundBits: widths.bound,
    sumSource: units.add ? `adds ? weighted : ${aligned}` : aligned,
    multiplierSource: r.multiplierWidth > 0 ? `parameter_word[${width + r.multiplierWidth - 1}:${width}]` : "1'b0",
    shiftSource: r.shiftWidth > 0 ? `parameter_word[${r.parameterBits - 1}:${width + r.multiplierWidth}]` : "1'b0",
  };
}

function streamFields({ input, results, output, result, network, units, program }: SharedPlan): object {
  const leaving = network.nodes[network.output];
  const format = leaving.op === 'argmax' ? leaving.inputFormats[0] : leaving.output;
  return {
    inMsb: input.elements * 8 - 1,
    inElements: input.elements,
    inPixelBeats: input.beatsPerPixel,
    inPixels: input.beatsPerFrame / input.beatsPerPixel,
    inBits: network.input.bits,
    copies: program.windows ? 1 : 0,
    fill: program.windows?.fill ?? 0,
    fillValue: program.windows?.fillValue ?? 0,
    inSigned: network.input.signed ? 1 : 0,
    outMsb: output.elements * output.elementBits - 1,
    outElements: results.elements,
    outPixelVectors: result.pixelVectors,
    outLastBeats: result.lastBeats,
    outPixels: result.pixels,
    outSigned: result.signed ? 1 : 0,
    resultDepth: result.depth,
    resultAddressWidth: result.addressWidth,
    resultBlock: result.block ? 1 : 0,
    resultStreamMsb: results.elements * results.elementBits - 1,
    hasArgmax: units.classes > 0,
    classes: units.classes,
    outFormatSigned: format.signed ? 1 : 0,
  };
}
