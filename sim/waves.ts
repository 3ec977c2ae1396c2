import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { SimulationJob } from './contract.js';

/** Top-level signals by group, in the order a reader follows data through the accelerator. */
const GROUPS: [string, string[]][] = [
  ['Clock and reset', ['aclk', 'aresetn', 'interrupt']],
  ['AXI4-Stream in', ['s_axis_tvalid', 's_axis_tready', 's_axis_tlast', 's_axis_tdata']],
  ['AXI4-Stream out', ['m_axis_tvalid', 'm_axis_tready', 'm_axis_tlast', 'm_axis_tdata']],
  ['AXI4-Lite write', ['s_axil_awvalid', 's_axil_awready', 's_axil_awaddr[7:0]', 's_axil_wvalid', 's_axil_wready', 's_axil_wdata[31:0]', 's_axil_bvalid', 's_axil_bready']],
  ['AXI4-Lite read', ['s_axil_arvalid', 's_axil_arready', 's_axil_araddr[7:0]', 's_axil_rvalid', 's_axil_rready', 's_axil_rdata[31:0]']],
];
/** GTKWave's flags for a signal shown in hexadecimal, and for a comment line. */
const HEXADECIMAL = '@22';
const COMMENT = '@200';

/** Writes `<waves>.gtkw` beside the waves: GTKWave opens it with the ports grouped and labelled. */
export async function writeSaveFile(job: SimulationJob): Promise<void> {
  if (!job.trace) return;
  const file = resolve(job.trace.file);
  const lines = [`[dumpfile] "${basename(file)}"`, `[savefile] "${basename(saveFileOf(file))}"`, '[timestart] 0', `[treeopen] TOP.${job.top}.`];
  for (const [title, signals] of GROUPS) {
    lines.push(COMMENT, `-${title}`, HEXADECIMAL, ...signals.map((signal) => `TOP.${job.top}.${withRange(signal, job)}`));
  }
  await writeFile(saveFileOf(file), `${lines.join('\n')}\n`);
}

export function saveFileOf(traceFile: string): string {
  return `${traceFile.replace(/\.fst$/, '')}.gtkw`;
}

/** The stream data's width is the job's; one-bit signals have no range. */
function withRange(signal: string, job: SimulationJob): string {
  const shape = signal === 's_axis_tdata' ? job.input : signal === 'm_axis_tdata' ? job.output : undefined;
  return shape ? `${signal}[${shape.elementBits * shape.elementsPerBeat - 1}:0]` : signal;
}
