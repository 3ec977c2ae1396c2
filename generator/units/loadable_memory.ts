/** View of a loadable memory: the weight memory, the requantization parameters, the factor memories. */
import type { LoadableMemoryPlan } from '../plan/memory.js';
import { unsignedLiteral, unsignedWidth } from '../verilog/literal.js';
import { header, type Owner } from './header.js';

/** Name of the $readmemh file of one array, relative to the output folder. */
export function arrayFile(plan: Pick<Owner, 'node'>, unit: string, segment: number, chunk: number): string {
  return `mem/${plan.node ? `${plan.node.name}_` : ''}${unit}_s${segment}_c${chunk}.mem`;
}

/** @param hasRead a port says when the address is new, and the word is kept until then */
export function loadableMemoryView(
  plan: Owner, memory: LoadableMemoryPlan, layerHash: string, unit: string, content: string, hasRead = false,
): object {
  const { chunkWidth, chunks, width, addressWidth } = memory;
  const dataWidth = Math.min(chunkWidth, width);
  const hasSegments = memory.segments.length > 1;
  const segments = memory.segments.map((segment, index) => {
    const local = Math.min(addressWidth, unsignedWidth(segment.depth - 1));
    return {
      index: String(index),
      wordMsb: String(width - 1),
      hasSelect: hasSegments,
      writeSelect: `${index === 0 ? '~' : ''}write_address_q[${addressWidth - 1}]`,
      // Only the block RAMs of the segment that is addressed are read: what the others would take is switched off.
      readSelect: hasRead ? `read_i[${index}]` : `${index === 0 ? '~' : ''}address_i[${addressWidth - 1}]`,
      arrays: Array.from({ length: chunks }, (_, chunk) => {
        const low = chunk * chunkWidth;
        const high = Math.min(width, low + chunkWidth) - 1;
        return {
          segment: String(index),
          chunk: String(chunk),
          width: String(high - low + 1),
          depth: String(segment.depth),
          addressWidth: String(local),
          block: segment.block ? '1' : '0',
          file: arrayFile(plan, unit, index, chunk),
          readEnable: hasSegments ? `segment${index}_read` : hasRead ? 'read_i' : "1'b1",
          writeEnable: `write_chunk_q[${chunk}]${hasSegments ? ` & segment${index}_write` : ''}`,
          localMsb: String(local - 1),
          localDataMsb: String(high - low),
          high: String(high),
          low: String(low),
        };
      }),
    };
  });
  return Object.freeze({
    ...header(plan, layerHash, unit, `${content}; loaded over AXI4-Lite in chunks of up to 32 bits.`, [
      `DEPTH ${memory.depth} words of ${width} bits, ${chunks} chunk(s) of ${dataWidth} bits`,
      'Latency: 2 cycles from address_i to word_o, one word per cycle. Loading while the engine runs changes the results of that run.',
    ]),
    addressMsb: String(addressWidth - 1),
    addressZero: unsignedLiteral(0, addressWidth),
    addressOne: unsignedLiteral(1, addressWidth),
    width: String(width),
    wordMsb: String(width - 1),
    chunkMsb: String(chunks - 1),
    chunkShiftMsb: String(Math.max(0, chunks - 2)),
    chunkFirst: `${chunks}'b1`,
    chunkNone: `{${chunks}{1'b0}}`,
    hasManyChunks: chunks > 1,
    dataMsb: String(dataWidth - 1),
    hasUnusedData: Math.max(dataWidth, addressWidth) < 32,
    unusedLow: String(Math.max(dataWidth, addressWidth)),
    segments,
    hasSegments,
    hasRead,
    readMsb: String(memory.segments.length - 1),
    selectBit: String(addressWidth - 1),
  });
}
