import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boardNames, loadBoard, readBoardFile } from '../../generator/deploy/boards.js';

const folder = mkdtempSync(join(tmpdir(), 'shiftloom-boards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const boardXml = (change = (text: string) => text) => change(`<?xml version="1.0"?>
<board schema_version="2.1" vendor="example.org" name="My_Board" display_name="My board" preset_file="preset.xml">
  <file_version>1.2</file_version>
  <components>
    <component name="ps7_fixedio" type="chip" sub_type="fixed_io"/>
    <component name="part0" type="fpga" part_name="xc7z035ffg900-2"><interfaces/></component>
  </components>
</board>
`);
const PRESET = `<ip_presets schema="1.0"><ip_preset preset_proc_name="ps7_preset"><ip vendor="xilinx.com" library="ip" name="processing_system7"><user_parameters>
  <user_parameter name="CONFIG.PCW_CRYSTAL_PERIPHERAL_FREQMHZ" value="50"/>
  <user_parameter name="CONFIG.PCW_DDR_RAM_HIGHADDR" value="0x1FFFFFFF"/>
</user_parameters></ip></ip_preset></ip_presets>`;

describe('the boards that come with shiftloom', () => {
  it('are the four with an XC7Z035, each with its sources', () => {
    expect(boardNames()).toEqual(['adrv9361z7035', 'ax7350b', 'ax7z035b', 'te0745-35-1c']);
    for (const name of boardNames()) {
      const board = loadBoard(name);
      expect(board.name).toBe(name);
      expect(board.part).toMatch(/^xc7z035i?f[bf]g676-/);
      expect(board.sources.length).toBeGreaterThan(0);
      expect(board.processor.PCW_UIPARAM_DDR_PARTNO).toMatch(/^MT41[JK]256M16 RE-125$/);
    }
  });

  it('give no pin of the PS7 to two peripherals', () => {
    for (const name of boardNames()) {
      const used = Object.entries(loadBoard(name).processor).filter(([key]) => key.endsWith('_IO') && key !== 'PCW_QSPI_GRP_SINGLE_SS_IO').flatMap(([, value]) => {
        const [, first, last = first] = /^MIO (?:0 )?(\d+)(?: \.\. (\d+))?$/.exec(value)!;
        return Array.from({ length: Number(last) - Number(first) + 1 }, (_, i) => Number(first) + i);
      });
      expect(new Set(used).size, name).toBe(used.length);
    }
  });
});

describe('--board-file', () => {
  it('reads a board.xml of Vivado with the preset beside it', () => {
    const path = file('store/board.xml', boardXml());
    file('store/preset.xml', PRESET);
    expect(readBoardFile(path)).toMatchObject({
      name: 'my_board', title: 'My board', part: 'xc7z035ffg900-2', boardPart: 'example.org:My_Board:part0:1.2', ddrMegabytes: 512,
      processor: { PCW_CRYSTAL_PERIPHERAL_FREQMHZ: '50' }, notes: [],
    });
  });

  it('says so if the preset is not there', () => {
    const path = file('bare/board.xml', boardXml());
    expect(readBoardFile(path)).toMatchObject({ processor: {}, ddrMegabytes: 1024, notes: ['preset.xml was not beside board.xml: the board part must be installed in Vivado.'] });
  });

  it('reads JSON, and the preset that it names', () => {
    const path = file('own.json', JSON.stringify({ name: 'own', title: 'Own', part: 'xc7z035fbg676-1', ddrMegabytes: 512, processor: {}, processorScript: 'own_ps7.tcl' }));
    file('own_ps7.tcl', 'proc apply_preset {cell} { return {} }\n');
    expect(readBoardFile(path).presetText).toContain('apply_preset');
  });

  it.each([
    ['no.json', undefined, 'no.json: is not there. Give the path of a board file: board.xml, or JSON as in constraints/boards'],
    ['a.json', '{', 'a.json: is no JSON: Expected property name'],
    ['b.json', JSON.stringify({ name: 'b', title: 'B', part: 'xc7z035ffg677-1', ddrMegabytes: 512, processor: {} }), 'b.json part: is "xc7z035ffg677-1", and the Zynq-7000 XC7Z035 is sold in fbg676'],
    ['c.json', JSON.stringify({ name: 'c', title: 'C', part: 'xc7z035ffg676-1', ddrMegabytes: 2048, processor: {} }), 'c.json $.ddrMegabytes: is 2048'],
    ['d.json', JSON.stringify({ name: 'd', title: 'D', part: 'xc7z035ffg676-1', ddrMegabytes: 512, procesor: {} }), 'procesor: is not a known key. Did you mean "processor"?'],
    ['e.xml', '<board><components>', 'e.xml:1: is no XML: '],
    ['f.xml', '<boards/>', 'f.xml: is no Vivado board file: its root element is not <board>'],
    ['g.xml', '<board name="g"><components/></board>', 'g.xml: has no component of type "fpga"'],
  ])('says what is wrong with %s', (name, text, message) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    expect(() => readBoardFile(path)).toThrow(message);
  });
});

describe('--board', () => {
  it('names the nearest board for one that is not known', () => {
    expect(() => loadBoard('ax7z35b')).toThrow(
      '--board: "ax7z35b" is not known. Did you mean ax7z035b? Known boards: adrv9361z7035, ax7350b, ax7z035b, te0745-35-1c; for another one see --board-file',
    );
  });

  it('is told of in the help of the command', () => {
    expect(readFileSync('generator/cli/package.ts', 'utf8')).toContain('te0745-35-1c, adrv9361z7035, ax7350b or ax7z035b');
  });
});
