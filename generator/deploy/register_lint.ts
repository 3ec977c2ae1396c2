/** Checks of the memory map of a component.xml. */
import { list, record, text, type XmlNode } from './xml_tree.js';

/** An AXI4-Lite interface that must have a memory map, and the bits of its address port. */
export interface MappedInterface {
  readonly name: string;
  readonly addressWidth: number;
}

const SMALLEST_RANGE = 4096;

/** One sentence for each finding. */
export function lintRegisters(component: XmlNode, interfaces: readonly MappedInterface[]): string[] {
  const maps = list(record(component.memoryMaps).memoryMap);
  const referred = new Map(list(record(component.busInterfaces).busInterface).map((node) => [text(node.name), text(record(record(node.slave).memoryMapRef)['@_memoryMapRef'])]));
  return interfaces.flatMap(({ name, addressWidth }) => {
    const map = maps.find((candidate) => text(candidate.name) === referred.get(name));
    if (!map) return [`${name}: has no memory map, so that no address can be given to it`];
    return list(map.addressBlock).flatMap((block) => lintBlock(block, addressWidth));
  });
}

function lintBlock(block: XmlNode, addressWidth: number): string[] {
  const found: string[] = [];
  const range = Number(text(block.range));
  if (!(range >= SMALLEST_RANGE) || !Number.isInteger(Math.log2(range))) found.push(`range: is ${text(block.range)}, not a power of two of at least ${SMALLEST_RANGE}`);
  const registers = list(block.register).map((node) => ({
    name: text(node.name), offset: Number(text(node.addressOffset)), size: Number(text(node.size)), reset: Number(text(record(node.reset).value)), access: text(node.access), node,
  }));
  if (registers.length === 0) found.push('registers: there are none');
  for (const { name, offset, size } of registers) {
    if (offset % 4 !== 0) found.push(`${name}: offset ${offset} is no multiple of 4`);
    if (offset + size / 8 > 2 ** addressWidth) found.push(`${name}: offset ${offset} is beyond the ${addressWidth} address bits`);
    const others = registers.filter((other) => other.offset < offset + size / 8 && offset < other.offset + other.size / 8);
    if (others.length > 1 && others[0].name === name) found.push(`${name}: overlaps ${others[1].name}`);
  }
  const names = registers.map(({ name }) => name);
  for (const name of new Set(names)) if (names.indexOf(name) !== names.lastIndexOf(name)) found.push(`${name}: two registers of this name`);
  return [...found, ...registers.flatMap(({ name, size, reset, access, node }) => lintFields(name, size, reset, access, list(node.field)))];
}

function lintFields(register: string, size: number, reset: number, access: string, fields: readonly XmlNode[]): string[] {
  const found: string[] = [];
  if (fields.length === 0) found.push(`${register}: has no field`);
  let taken = 0n;
  for (const field of fields) {
    const [lsb, width] = [Number(text(field.bitOffset)), Number(text(field.bitWidth))];
    const mask = ((1n << BigInt(width)) - 1n) << BigInt(lsb);
    if (lsb + width > size) found.push(`${register}.${text(field.name)}: bits ${lsb + width - 1}..${lsb} are beyond the register's ${size}`);
    if (taken & mask) found.push(`${register}.${text(field.name)}: overlaps another field`);
    taken |= mask;
    const mine = text(field.access);
    if (access !== 'read-write' && mine !== access) found.push(`${register}.${text(field.name)}: is ${mine} in a register that is ${access}`);
  }
  if (BigInt(reset) & ~taken) found.push(`${register}: reset value ${reset} sets bits that no field has`);
  return found;
}
