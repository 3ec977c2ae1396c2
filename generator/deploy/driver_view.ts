/** Names and numbers that the driver templates put in place. */
import { z } from 'zod';
import { checkAgainst } from '../layer/explain.js';
import { beatBits, type DesignNumbers } from './design_numbers.js';
import { plainText, type Register, type RegisterMap } from './register_map.js';

/** What of an identity the drivers need (VLNV and version of the IP). */
export interface DriverIdentity {
  readonly name: string;
  readonly version: string;
  readonly vlnv: string;
  readonly versioned: string;
}

/** Base addresses as the block design assigns them; only the device tree has them in it. */
export interface DriverAddresses {
  readonly engine: number;
  readonly dma: number;
  readonly weightDma: number;
}

export const DEFAULT_ADDRESSES: DriverAddresses = { engine: 0x43c00000, dma: 0x40400000, weightDma: 0x40410000 };

/** Frames begin at multiples of this: two cache lines of a Cortex-A9, and beats of every DMA. */
const ALIGNMENT = 64;
/** Slowest clock that a timeout allows for, and how many times the estimate it may take. */
const SLOW_MHZ = 10;
const PATIENCE = 10;

const orderSchema = z.looseObject({
  lanes: z.looseObject({ oc: z.int(), weights: z.string().optional() }),
  sequencer: z.looseObject({ tiles: z.int() }),
  geometry: z.looseObject({ groups: z.int(), groupOutChannels: z.int() }),
});

/** A design sends its weights over a stream of their own. */
export function hasWeightStream(numbers: DesignNumbers): boolean {
  return numbers.streamed !== undefined && checkAgainst(orderSchema, numbers, 'design.json').lanes.weights === 'streamed';
}

/** `X` and the name with a capital, as HLS names its drivers; file names are in lower case. */
export function driverNames(name: string): { type: string; macro: string; stem: string } {
  const type = `X${name[0].toUpperCase()}${name.slice(1)}`;
  return { type, macro: type.toUpperCase(), stem: type.toLowerCase() };
}

const hex = (value: number, digits = 2) => `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`;
const roundUp = (bytes: number) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const maskOf = (lsb: number, width: number) => (2 ** width - 1) * 2 ** lsb;

/** Offset of a register and masks of its fields, `#define` by `#define`. */
function registerDefines(macro: string, register: Register): { comment: string; defines: { name: string; value: string }[] } {
  const prefix = `${macro}_${register.name}`;
  const fields = register.fields.filter((field) => field.name !== register.name);
  return {
    comment: plainText([register.description, ...fields.map((field) => `${field.name}: ${field.description}`)].join('\n * ')),
    defines: [
      { name: prefix, value: `${hex(register.offset)}U` },
      ...fields.flatMap(({ name, lsb, width }) => [
        { name: `${prefix}_${name}`, value: `${hex(maskOf(lsb, width), 8)}U` },
      ]),
    ],
  };
}

function elementType(bits: number, signed: boolean): { c: string; numpy: string } {
  return { c: `${signed ? '' : 'u'}int${bits}_t`, numpy: `<${signed ? 'i' : 'u'}${bits / 8}` };
}

/** Numbers of one stream: sizes in elements and in bytes. */
function streamNumbers(numbers: DesignNumbers, side: 'input' | 'output') {
  const stream = numbers[side];
  const bytes = (stream.beatsPerFrame * beatBits(stream)) / 8;
  return { elements: stream.beatsPerFrame * stream.elements, bytes, stride: roundUp(bytes) };
}

/** Order of the outputs of an engine that works channel tile by channel tile. */
function orderView(numbers: DesignNumbers) {
  const { lanes, sequencer, geometry } = checkAgainst(orderSchema, numbers, 'design.json');
  const { streamed } = numbers;
  return {
    hasOrder: streamed !== undefined && numbers.blocks === undefined,
    bands: streamed?.bands ?? 1, bandRows: streamed?.bandRows ?? numbers.geometry.outHeight,
    groups: geometry.groups, tiles: sequencer.tiles, tileChannels: lanes.oc, groupChannels: geometry.groupOutChannels,
  };
}

function fileNames(stem: string) {
  return {
    hwHeader: `${stem}_hw.h`, header: `${stem}.h`, source: `${stem}.c`, dataHeader: `${stem}_data.h`, dataSource: `${stem}_data.c`, checkSource: `${stem}_check.h`,
    platformSource: `${stem}_platform.c`, baremetalHeader: `${stem}_baremetal.h`, initSource: `${stem}_sinit.c`,
    linuxHeader: `${stem}_linux.h`, linuxSource: `${stem}_linux.c`, platformFiles: `${stem}_platform.c or ${stem}_linux.c`,
  };
}

function memoryViews({ type, macro }: { type: string; macro: string }, map: RegisterMap) {
  return map.memories.map(({ name, select, description, depth, width, chunks }) => {
    const upper = `${macro}_${name.toUpperCase()}`;
    const [selectName, wordsName] = [`${upper}_SELECT`, `${upper}_WORDS`];
    const defines = [{ name: selectName, value: `${select}U` }, { name: wordsName, value: `${depth * chunks}U` }];
    return {
      name, select, description: plainText(description), depth, width, chunks, words: depth * chunks, defines, selectName, wordsName,
      typeName: type, arrayName: `${type}_${name[0].toUpperCase()}${name.slice(1)}`,
    };
  });
}

/** Everything that the templates name. One view for all of them, so that no two can differ. */
export function driverView(numbers: DesignNumbers, map: RegisterMap, identity: DriverIdentity, addresses: DriverAddresses, exampleFrames: number) {
  const names = driverNames(numbers.name);
  const files = fileNames(names.stem);
  const [input, output] = [streamNumbers(numbers, 'input'), streamNumbers(numbers, 'output')];
  const { inputFormat, outputFormat, geometry: g } = numbers;
  const streams = hasWeightStream(numbers);
  const [inType, outType] = [elementType(numbers.input.elementBits, inputFormat.signed), elementType(numbers.output.elementBits, outputFormat.signed)];
  const status = map.registers.find((register) => register.name === 'STATUS')!;
  const valueOf = (name: string) => hex(map.registers.find((register) => register.name === name)!.fields[0].reset, 8);
  const weightBytes = streams ? numbers.streamed!.beatsPerPass * 8 : 0;
  return {
    ...names, ...files, ...orderView(numbers),
    name: numbers.name, module: numbers.name.toLowerCase(), className: `${numbers.name[0].toUpperCase()}${numbers.name.slice(1)}`,
    generator: numbers.generator, layerHash: numbers.layerHash,
    vlnv: identity.vlnv, versioned: identity.versioned, ipVersion: identity.version, ipVersionUnderscore: identity.version.replace('.', '_'),
    registers: map.registers.map((register) => ({
      ...registerDefines(names.macro, register), name: register.name, offset: hex(register.offset),
      fields: register.fields.map(({ name, lsb, width }) => `"${name}": (${lsb}, ${width})`).join(', '),
    })),
    statusBits: status.fields.map(({ name }) => `${names.macro}_STATUS_${name}`).join(' | '),
    memories: memoryViews(names, map),
    versionValue: `${valueOf('VERSION')}`, layerIdValue: `${valueOf('LAYER_ID')}`, peakMacs: numbers.peakMacsPerCycle, macs: numbers.macs,
    inHeight: g.inHeight, inWidth: g.inWidth, inChannels: g.inChannels, outHeight: g.outHeight, outWidth: g.outWidth, outChannels: g.outChannels,
    inElements: input.elements, inBytes: input.bytes, inStride: input.stride, outElements: output.elements, outBytes: output.bytes, outStride: output.stride,
    inputType: inType.c, outputType: outType.c, inNumpy: inType.numpy, outNumpy: outType.numpy,
    inLow: inputFormat.signed ? -(2 ** (inputFormat.bits - 1)) : 0, inHigh: 2 ** (inputFormat.signed ? inputFormat.bits - 1 : inputFormat.bits) - 1,
    alignment: ALIGNMENT, hasWeightStream: streams, weightBytes, exampleFrames,
    timeout: Math.max(1000, Math.ceil((PATIENCE * numbers.estimate.cycles) / SLOW_MHZ)),
    lengthBits: Math.ceil(Math.log2(Math.max(input.bytes, output.bytes, weightBytes) + 1)),
    headers: [files.hwHeader, files.header, files.baremetalHeader].join(' '),
    headerList: [files.hwHeader, files.header, files.baremetalHeader], sources: [files.source, files.platformSource, files.initSource],
    engineHex: addresses.engine.toString(16), dmaHex: addresses.dma.toString(16), weightDmaHex: addresses.weightDma.toString(16),
    buffers: bufferViews(numbers.name, exampleFrames, input.stride, output.stride, weightBytes),
  };
}

export type DriverView = ReturnType<typeof driverView>;

function bufferViews(name: string, frames: number, inStride: number, outStride: number, weightBytes: number) {
  const buffers = [[`${name}_source`, frames * inStride], [`${name}_result`, frames * outStride], [`${name}_weights`, weightBytes]] as const;
  // Whole pages, and room for a batch of frames.
  return buffers.filter(([, bytes]) => bytes > 0).map(([buffer, bytes]) => ({ name: buffer, sizeHex: (Math.ceil(Math.max(bytes, 0x100000) / 0x1000) * 0x1000).toString(16) }));
}
