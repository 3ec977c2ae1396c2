import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ADDRESS_WIDTH, isReadable, isWritable, registerMap, registerTable, resetValue, type Register } from '../../generator/deploy/register_map.js';
import { parseDesignNumbers } from '../../generator/deploy/design_numbers.js';
import { generateLayer } from '../../generator/generate.js';
import { randomLanes, randomLayer } from '../../generator/layer/random_layer.js';

const design = parseDesignNumbers(JSON.parse(readFileSync('rtl-out/tiny/design.json', 'utf8')), 'design.json');
const map = registerMap(design);
// LOAD_SELECT as a stand-alone layer has it; networks add the node.
const SELECT_WIDTH = 4;
const verilog = readFileSync('templates/cells/nn_control_registers.v', 'utf8')
  .replace('{(32-SELECT_WIDTH){1\'b0}}', `${32 - SELECT_WIDTH}'d0`)
  .replace(/SELECT_WIDTH-1/g, `${SELECT_WIDTH - 1}`);
const offsetOf = (index: string) => 4 * Number.parseInt(index, 16);
const mask = (lsb: number, width: number) => Array.from({ length: width }, (_, bit) => lsb + bit);
const maskOf = (register: Register, ways: (access: string) => boolean) =>
  register.fields.filter((field) => ways(field.access)).flatMap((field) => mask(field.lsb, field.width)).sort((a, b) => a - b);

/** Width of a name as the Verilog declares it. */
function widthOf(name: string): number {
  if (/^(VERSION|LAYER_ID|PEAK_MACS)$/.test(name)) return 32;
  const [, msb] = new RegExp(`^ *(?:reg|wire) *(?:\\[(\\d+):0\\])?[^;=]*\\b${name}\\b`, 'm').exec(verilog) ?? [];
  return msb === undefined ? 1 : Number(msb) + 1;
}

/** Bits of a read word that are not constant zero, from `{24'd0, restart_q, ...}`. */
function readBits(word: string): number[] {
  const parts = word.replace(/[{}]/g, '').split(',').map((part) => part.trim()).reverse();
  let lsb = 0;
  return parts.flatMap((part) => {
    const constant = /^(\d+)'[bd]0$/.exec(part);
    const width = constant ? Number(constant[1]) : widthOf(part);
    const used = constant ? [] : mask(lsb, width);
    lsb += width;
    return used;
  });
}

const read = new Map([...verilog.matchAll(/^ +6'h([0-9A-F]{2}): r_q <= (.*);$/gm)].map(([, index, word]) => [offsetOf(index), word]));
const written = new Map([...verilog.matchAll(/(write_\w+) <= write & ~bus_rst_i & \(aw_q == 6'h([0-9A-F]{2})\)/g)].map(([, name, index]) => [offsetOf(index), name]));

/** Bits of the written word that a register's logic looks at. */
function writtenBits(strobe: string): number[] {
  const used = new Set<number>();
  for (const line of verilog.split('\n').filter((text) => text.includes(strobe) && !text.includes('aw_q'))) {
    if (/assign load_(valid|restart)_o/.test(line)) return mask(0, 32); // load_data_o is the word
    for (const [, high, low] of line.matchAll(/w_q\[(\d+)(?::(\d+))?\]/g)) mask(Number(low ?? high), Number(high) - Number(low ?? high) + 1).forEach((bit) => used.add(bit));
  }
  return [...used].sort((a, b) => a - b);
}

describe('the register map', () => {
  it('has the registers that the Verilog reads, with the same bits', () => {
    expect(map.registers.filter(isReadable).map((register) => register.offset)).toEqual([...read.keys()]);
    for (const register of map.registers.filter(isReadable)) {
      const bits = maskOf(register, (access) => access !== 'write-only');
      const found = readBits(read.get(register.offset)!).sort((a, b) => a - b);
      expect(register.name === 'VERSION' ? found.slice(0, 24) : found, register.name).toEqual(bits);
    }
  });

  it('has the registers that the Verilog writes, with the same bits', () => {
    expect(map.registers.filter(isWritable).map((register) => register.offset)).toEqual([...written.keys()].sort((a, b) => a - b));
    for (const register of map.registers.filter(isWritable)) {
      expect(writtenBits(written.get(register.offset)!), register.name).toEqual(maskOf(register, (access) => access !== 'read-only'));
    }
  });

  it('decodes as many address bits as the ports have', () => {
    expect([...verilog.matchAll(/\[(\d+):0\] +s_axil_a[wr]addr/g)].map(([, msb]) => Number(msb) + 1)).toEqual([ADDRESS_WIDTH, ADDRESS_WIDTH]);
  });

  it('is the table in docs/interfaces.md, to the letter', () => {
    expect(readFileSync('docs/interfaces.md', 'utf8')).toContain(`\n${registerTable()}\n`);
  });

  it('has no field that overlaps another or leaves the word, and no register twice', () => {
    expect(new Set(map.registers.map((register) => register.offset)).size).toBe(map.registers.length);
    for (const register of map.registers) {
      const bits = register.fields.flatMap((field) => mask(field.lsb, field.width));
      expect(new Set(bits).size, register.name).toBe(bits.length);
      expect(Math.max(...bits), register.name).toBeLessThan(32);
      expect(register.offset % 4).toBe(0);
      expect(register.offset).toBeLessThan(2 ** ADDRESS_WIDTH);
    }
  });

  it('gives identification and reset values as a design has them', () => {
    const value = (name: string) => resetValue(map.registers.find((register) => register.name === name)!);
    expect(value('LAYER_ID')).toBe(Number.parseInt(design.layerHash, 16));
    expect(value('PEAK_MACS')).toBe(4);
    expect(value('CTRL')).toBe(0b1100);
    expect(value('FRAMES')).toBe(1);
  });
});

describe('the memories of a design', () => {
  it.each([11, 12, 13, 14, 15, 16])('are those that the generator returns words for (random layer %i)', (seed) => {
    const layer = randomLayer(seed);
    const { loads, files } = generateLayer(layer, randomLanes(layer, seed));
    const { memories } = parseDesignNumbers(JSON.parse(files.get('design.json')!), 'design.json');
    expect(memories.map(({ select, depth, chunks }) => [select, depth * chunks])).toEqual(loads.map(({ select, words }) => [select, words.length]));
    for (const { unit, segments, chunks } of memories) {
      segments.forEach((_, segment) => expect(files.has(`mem/${unit}_s${segment}_c${chunks - 1}.mem`), unit).toBe(true));
    }
  });
});
