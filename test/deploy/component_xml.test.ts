import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBoard } from '../../generator/deploy/boards.js';
import { deployFiles } from '../../generator/deploy/deploy_files.js';
import { ipPackage, type DesignSources, type IpPackage } from '../../generator/deploy/ip_package.js';
import { lintComponent, type LintFacts } from '../../generator/deploy/ip_lint.js';
import type { TopModule } from '../../generator/deploy/top_ports.js';
import { closeYosysWorkers, runYosys } from '../../generator/synthesize/yosys.js';
import { schemaFile, schemaFindings } from './ipxact_schema.js';
import { randomDeployment, randomDesign } from './random_designs.js';

const SEED = Number(process.env.SEED ?? 1);
const COUNT = 50;
const folder = mkdtempSync(join(tmpdir(), 'shiftloom-ipxact-'));
const options = { mhz: 100, created: '2020-01-01T00:00:00Z' };

interface Case {
  readonly seed: number;
  readonly sources: DesignSources;
  readonly ip: IpPackage;
}

function caseOf(seed: number): Case {
  const sources = randomDesign(seed);
  return { seed, sources, ip: ipPackage(sources, options) };
}

/** Ports as Yosys reads them from the packaged tops, by module. */
async function portsByYosys(cases: readonly Case[]): Promise<Map<string, TopModule>> {
  const files = Object.fromEntries(cases.map(({ ip }) => [`${ip.top.name}.v`, ip.files.get(`hdl/${ip.top.name}.v`)!]));
  const script = [...Object.keys(files).map((file) => `read_verilog ${file}`), 'proc', 'write_json ports.json'].join('; ');
  const { files: written } = await runYosys({ script, files, outputs: ['ports.json'] });
  const { modules } = JSON.parse(written['ports.json']) as {
    modules: Record<string, { parameter_default_values: Record<string, string>; ports: Record<string, { direction: string; bits: unknown[] }> }>;
  };
  return new Map(Object.entries(modules).map(([name, { ports, parameter_default_values: values }]) => [name, {
    name,
    ports: Object.entries(ports).map(([port, { direction, bits }]) => ({ name: port, direction: direction === 'input' ? 'in' as const : 'out' as const, width: bits.length })),
    parameters: Object.entries(values ?? {}).map(([parameter, value]) => ({ name: parameter, value: Number.parseInt(value, 2) })),
  }]));
}

describe(`component.xml of ${COUNT} random engines (seed ${SEED})`, () => {
  let cases: Case[];
  beforeAll(() => {
    cases = Array.from({ length: COUNT }, (_, index) => caseOf(1000 * SEED + index));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await closeYosysWorkers();
  });

  it('is valid by the schema of IEEE 1685-2009', () => {
    const paths = cases.map(({ seed, ip }) => {
      const path = join(folder, `${seed}.xml`);
      writeFileSync(path, ip.files.get('component.xml')!);
      return path;
    });
    expect([...schemaFindings(schemaFile(), paths).values()].flat()).toEqual([]);
  });

  it('has no finding by our own checks, against the ports as Yosys reads them', async () => {
    const tops = await portsByYosys(cases);
    for (const { ip, seed } of cases) {
      const facts: LintFacts = { top: tops.get(ip.top.name)!, files: new Set(ip.files.keys()) };
      expect(facts.top.ports.length, `${seed}`).toBeGreaterThan(20);
      expect(lintComponent(ip.files.get('component.xml')!, facts), `seed ${seed}`).toEqual([]);
    }
  });

  it('covers engines with weights on chip, streamed and rebuilt', () => {
    const memories = cases.map(({ sources, ip }) => (ip.interfaces.some(({ name }) => name === 's_axis_weight') ? 'streamed' : sources.numbers.memories.length > 2 ? 'rebuilt' : 'resident'));
    for (const kind of ['streamed', 'rebuilt', 'resident']) expect(memories.filter((one) => one === kind).length, kind).toBeGreaterThan(2);
  });

  it('takes every memory file along, by the name that the Verilog asks for', () => {
    for (const { ip, sources } of cases) {
      const asked = ip.verilog.flatMap((path) => [...ip.files.get(path)!.matchAll(/INIT_FILE\("\.\/([^"]+)"\)/g)].map(([, file]) => `hdl/${file}`));
      expect(asked.sort()).toEqual([...ip.memories].sort());
      expect(ip.memories.length).toBe([...sources.files.keys()].filter((path) => path.startsWith('mem/')).length);
    }
  });
});

/** What is done to the text, and who must notice: the schema or our own checks. */
type Mistake = readonly [what: string, from: string | RegExp, to: string, by: 'schema' | 'lint'];

const parameter = (name: string, value: string) => new RegExp(`(${name}">)${value}(<)`);
const MISTAKES: readonly Mistake[] = [
  ['a port map to a port that is not there', '<spirit:name>s_axis_tvalid</spirit:name>\n          </spirit:physicalPort>', '<spirit:name>s_axis_tvaild</spirit:name>\n          </spirit:physicalPort>', 'schema'],
  ['a memory map that is not there', 'spirit:memoryMapRef="s_axil"', 'spirit:memoryMapRef="s_axi"', 'schema'],
  ['a file set that is not there', '<spirit:localName>xilinx_xpgui_view_fileset<', '<spirit:localName>xilinx_xgui_view_fileset<', 'schema'],
  ['an access that does not exist', '<spirit:access>read-only<', '<spirit:access>readonly<', 'schema'],
  ['elements out of order', /(<spirit:usage>register<\/spirit:usage>)(\s*)(<spirit:access>read-write<\/spirit:access>)/, '$3$2$1', 'schema'],
  ['two ports of one name', '<spirit:name>m_axis_tvalid</spirit:name>\n        <spirit:wire>', '<spirit:name>m_axis_tlast</spirit:name>\n        <spirit:wire>', 'schema'],
  ['a view that no port type may name', '<spirit:viewNameRef>xilinx_anylanguagesynthesis<', '<spirit:viewNameRef>xilinx_synthesis<', 'schema'],
  ['an unknown logical port', '<spirit:name>TREADY<', '<spirit:name>TREDY<', 'lint'],
  ['two logical ports exchanged', /TVALID(<[\s\S]*?)TREADY</, 'TREADY$1TVALID<', 'lint'],
  ['a stream called a master', /(<spirit:name>s_axis<\/spirit:name>[\s\S]*?)<spirit:slave\/>/, '$1<spirit:master/>', 'lint'],
  ['ASSOCIATED_BUSIF with an interface that is not there', 'm_axis:s_axil<', 'm_axis:s_axi<', 'lint'],
  ['ASSOCIATED_BUSIF without one of the streams', ':m_axis:', ':', 'lint'],
  ['ASSOCIATED_RESET with no reset port', parameter('ASSOCIATED_RESET', 'aresetn'), '$1aresetnn$2', 'lint'],
  ['a reset of the wrong polarity', 'ACTIVE_LOW', 'ACTIVE_HIGH', 'lint'],
  ['a frequency that binds the IP', /BUSIFPARAM_VALUE\.ACLK\.ASSOCIATED_RESET">aresetn<\/spirit:value>\s*<\/spirit:parameter>/, '$&<spirit:parameter><spirit:name>FREQ_HZ</spirit:name><spirit:value>100000000</spirit:value></spirit:parameter>', 'lint'],
  ['a stream width that the ports do not have', /(TDATA_NUM_BYTES">)\d+/, '$116', 'lint'],
  ['an address width that the ports do not have', parameter('ADDR_WIDTH', '8'), '$112$2', 'lint'],
  ['a port of the wrong width', /(<spirit:name>s_axil_wdata<\/spirit:name>\s*<spirit:wire>[\s\S]*?<spirit:left[^>]*>)31/, '$115', 'lint'],
  ['a port of the wrong direction', /(<spirit:name>interrupt<\/spirit:name>\s*<spirit:wire>\s*<spirit:direction>)out/, '$1in', 'lint'],
  ['a port that the Verilog does not have', /<spirit:port>\s*<spirit:name>aclk<[\s\S]*?<\/spirit:port>/, '$&<spirit:port><spirit:name>test_i</spirit:name><spirit:wire><spirit:direction>in</spirit:direction></spirit:wire></spirit:port>', 'lint'],
  ['registers that overlap', '<spirit:addressOffset>0x04<', '<spirit:addressOffset>0x00<', 'lint'],
  ['a register beyond the address bits', '<spirit:addressOffset>0x58<', '<spirit:addressOffset>0x100<', 'lint'],
  ['fields that overlap', '<spirit:bitOffset>3<', '<spirit:bitOffset>2<', 'lint'],
  ['a range too small for Vivado', /(<spirit:range[^>]*>)4096/, '$1256', 'lint'],
  ['a file that is not there', '<spirit:name>hdl/nn_drain.v<', '<spirit:name>hdl/nn_drains.v<', 'lint'],
  ['a Verilog file left out', /<spirit:file>\s*<spirit:name>hdl\/nn_requantize.v<[\s\S]*?<\/spirit:file>/, '', 'lint'],
  ['another top module', /(<spirit:modelName>)\w+/, '$1nn_drain', 'lint'],
  ['a family that does not exist', '>zynq<', '>zync<', 'lint'],
  ['a parameter that the Verilog does not have', /MODELPARAM_VALUE\.XC7_PRIMITIVES">1/, 'MODELPARAM_VALUE.XC7_PRIMITIVES">0', 'lint'],
  ['an interrupt on an edge', 'LEVEL_HIGH', 'EDGE_RISING', 'lint'],
];

describe('mistakes planted in a component.xml', () => {
  // As it is delivered: with the bare-metal driver.
  const { ip } = deployFiles(randomDeployment(7), { board: loadBoard('ax7z035b'), ...options });
  const right = ip.files.get('component.xml')!;
  const facts: LintFacts = { top: ip.top, files: new Set(ip.files.keys()) };
  const place = mkdtempSync(join(tmpdir(), 'shiftloom-ipxact-'));
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each(MISTAKES)('are found: %s', (_what, from, to, by) => {
    const wrong = right.replace(from, to);
    expect(wrong, 'the mistake must be in the text').not.toBe(right);
    if (by === 'lint') {
      expect(lintComponent(wrong, facts)).not.toEqual([]);
    } else {
      const path = join(place, 'wrong.xml');
      writeFileSync(path, wrong);
      expect(schemaFindings(schemaFile(), [path]).get(path)!.filter((line) => !line.endsWith(' validates'))).not.toEqual([]);
    }
  });

  it('are none in the text that is right', () => {
    const path = join(place, 'right.xml');
    writeFileSync(path, right);
    expect(lintComponent(right, facts)).toEqual([]);
    expect(schemaFindings(schemaFile(), [path]).get(path)).toEqual([]);
  });
});
