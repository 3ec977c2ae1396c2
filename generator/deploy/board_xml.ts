/** Vivado board files (UG895): the part and name from `board.xml`, the PS7 parameters from the preset file that it names. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ShiftloomError } from '../errors.js';
import { list, record, text } from './xml_tree.js';

const OPTIONS = { ignoreAttributes: false, parseTagValue: false, parseAttributeValue: false } as const;

function parse(xml: string, path: string): Record<string, unknown> {
  const verdict = XMLValidator.validate(xml);
  if (verdict !== true) throw new ShiftloomError('input', `${path}:${verdict.err.line}`, `is no XML: ${verdict.err.msg}`);
  return new XMLParser(OPTIONS).parse(xml) as Record<string, unknown>;
}

/**
 * What a board file says, in the form of our JSON; the caller checks it.
 * @param fileBeside text of a file in the same folder, undefined if there is none
 * @throws ShiftloomError('input') if it is no board file or describes no FPGA
 */
export function readBoardXml(xml: string, path: string, fileBeside: (name: string) => string | undefined): object {
  const root = parse(xml, path);
  if (root.board === undefined) throw new ShiftloomError('input', path, 'is no Vivado board file: its root element is not <board>');
  const board = record(root.board);
  const attribute = (name: string) => text(board[`@_${name}`]);
  const fpga = list(record(board.components).component).find((component) => component['@_type'] === 'fpga');
  if (!fpga) throw new ShiftloomError('input', path, 'has no component of type "fpga"');
  const component = text(fpga['@_name']);
  const presetFile = attribute('preset_file');
  const preset = presetFile === '' ? undefined : fileBeside(presetFile);
  const processor = preset === undefined ? {} : presetParameters(preset, presetFile);
  return {
    name: attribute('name').toLowerCase(),
    title: attribute('display_name') || attribute('name'),
    part: text(fpga['@_part_name']),
    boardPart: `${attribute('vendor')}:${attribute('name')}:${component}:${text(board.file_version)}`,
    ddrMegabytes: ddrMegabytes(processor),
    processor,
    notes: preset === undefined ? [`${presetFile || 'A preset file'} was not beside ${path.split('/').pop()}: the board part must be installed in Vivado.`] : [],
    sources: [path.split('/').slice(-2).join('/')],
  };
}

/** Parameters of the PS7 in a preset file: `CONFIG.PCW_...`. */
function presetParameters(xml: string, path: string): Record<string, string> {
  const presets = list(record(parse(xml, path).ip_presets).ip_preset);
  const cells = presets.flatMap((preset) => list(preset.ip)).filter((ip) => ip['@_name'] === 'processing_system7');
  const parameters = cells.flatMap((ip) => list(record(ip.user_parameters).user_parameter));
  const pairs = parameters.map((parameter) => [text(parameter['@_name']).replace(/^CONFIG\./, ''), text(parameter['@_value'])] as const);
  return Object.fromEntries(pairs.filter(([name]) => name.startsWith('PCW_')));
}

/** Size of the memory from its highest address; a gigabyte, the most that a PS7 has, if the preset does not say. */
function ddrMegabytes(processor: Readonly<Record<string, string>>): number {
  const highest = Number(processor.PCW_DDR_RAM_HIGHADDR ?? 0x3fffffff);
  return (highest + 1) / 2 ** 20;
}
