/** Running an emitted Vivado script in tclsh against the model of Vivado in `vivado_model/`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { list, record, text } from '../../generator/deploy/xml_tree.js';

export interface ModelRun {
  readonly release?: string;
  readonly faults?: readonly string[];
  /** Board parts that this Vivado has installed. */
  readonly boards?: readonly string[];
  readonly args?: readonly string[];
}

export interface ModelResult {
  readonly code: number;
  readonly output: string;
  /** What the script or the model complained of. */
  readonly error: string;
}

/** The engine as its component.xml describes it, for the model's catalog. */
export function engineDefinition(xml: string, ddrBytes: number): string {
  const component = record(record(new XMLParser({ ignoreAttributes: false, removeNSPrefix: true, parseTagValue: false }).parse(xml)).component);
  const widths = new Map(list(record(record(component.model).ports).port).map((port) => {
    const vector = record(record(port.wire).vector);
    return [text(port.name), record(port.wire).vector === undefined ? 1 : Number(text(vector.left)) + 1];
  }));
  const rows: string[] = [];
  const pins: string[] = [];
  const segments: string[] = [];
  for (const bus of list(record(component.busInterfaces).busInterface)) {
    const [name, kind] = [text(bus.name), text(record(bus.busType)['@_name'])];
    const physical = (logical: string) => text(record(list(record(bus.portMaps).portMap).find((map) => text(record(map.logicalPort).name) === logical)?.physicalPort).name);
    const role = bus.slave !== undefined ? 'slave' : 'master';
    if (kind === 'axis') rows.push(`{${name} axis_rtl ${role} aclk ${widths.get(physical('TDATA'))} {}}`);
    if (kind === 'aximm') rows.push(`{${name} aximm_rtl ${role} aclk ${widths.get(physical('WDATA'))} AXI4LITE}`);
    if (kind === 'clock') pins.push(`{${physical('CLK')} in clock}`);
    if (kind === 'reset') pins.push(`{${physical('RST')} in reset}`);
    if (kind === 'interrupt') pins.push(`{${physical('INTERRUPT')} out interrupt}`);
  }
  for (const map of list(record(component.memoryMaps).memoryMap)) {
    for (const block of list(map.addressBlock)) segments.push(`{${text(map.name)}/${text(block.name)} ${text(block.range)}}`);
  }
  const vlnv = ['vendor', 'library', 'name', 'version'].map((key) => text(component[key])).join(':');
  return `variable ddr_bytes ${ddrBytes}
variable engine [dict create vlnv ${vlnv} spaces {} interfaces {${rows.join(' ')}} pins {${pins.join(' ')}} segments {${segments.join(' ')}} ports {${[...widths.keys()].join(' ')}}]
`;
}

/** A deploy folder on disk with scripts that can be run, and changed. */
export class ScriptBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'shiftloom-vivado-'));

  constructor(files: ReadonlyMap<string, string>, ddrBytes = 2 ** 30) {
    for (const [path, content] of files) this.write(`deploy/${path}`, content);
    mkdirSync(join(this.folder, 'deploy', 'power'), { recursive: true });
    this.write('engine.tcl', engineDefinition(files.get('ip/component.xml')!, ddrBytes));
  }

  write(path: string, content: string): void {
    const target = join(this.folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }

  /** Runs `deploy/vivado/<script>`, in a copy if files are changed. */
  run(script: string, { release = '2023.1', faults = [], boards = [], args = [] }: ModelRun = {}, changes: ReadonlyMap<string, string> = new Map()): ModelResult {
    const copy = mkdtempSync(join(this.folder, 'run-'));
    try {
      for (const name of ['vivado', 'constraints', 'power']) cpSync(join(this.folder, 'deploy', name), join(copy, 'deploy', name), { recursive: true });
      const ip = join(this.folder, 'deploy', 'ip');
      if ([...changes.keys()].some((path) => path.startsWith('ip/'))) cpSync(ip, join(copy, 'deploy', 'ip'), { recursive: true });
      else symlinkSync(ip, join(copy, 'deploy', 'ip'));
      for (const [path, content] of changes) writeFileSync(join(copy, 'deploy', path), content);
      const model = resolve('test/deploy/vivado_model/run.tcl');
      const words = [model, release, join(this.folder, 'engine.tcl'), faults.join(' '), boards.join(' '), join(copy, 'deploy', 'vivado', script), ...args];
      const run = spawnSync('tclsh', words, { encoding: 'utf8', cwd: copy });
      if (run.error) throw new Error('tclsh is missing. Install it with: sudo apt-get install tcl');
      return { code: run.status ?? 1, output: run.stdout.replaceAll(copy, ''), error: run.stderr.replaceAll(copy, '') };
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
