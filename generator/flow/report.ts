/** The report of a design, from what the stages left in its folder. */
import path from 'node:path';
import { ShiftloomError } from '../errors.js';
import type { Geometry, Layer } from '../layer/layer.js';
import { schemaReference } from '../layer/schema_reference.js';
import { addToOutput } from '../output/write.js';
import { fileSet } from '../output/file_set.js';
import type { Estimate, LayerPlan } from '../plan/plan.js';
import { buildReport } from '../report/build_report.js';
import type { ReportExecution } from '../report/execution.js';
import { renderReportHtml } from '../report/report_html.js';
import { renderReportMarkdown } from '../report/report_markdown.js';
import { REPORT_REFERENCE, type Report } from '../report/report_schema.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import { readDesignNumbers, readResult } from './design.js';
import type { EnergyResult } from './energy.js';
import type { LayerFacts } from './layer_facts.js';
import { ENERGY_FILE, EXECUTION_FILE, LAYER_FACTS_FILE, REPORT_FILE, REPORT_PAGE, REPORT_TEXT, SIMULATION_FILE, SYNTHESIS_FILE } from './results.js';
import type { StoredSimulation } from './simulate.js';

/** Numbers of design.json: the plan without the layer's tensors. */
type DesignNumbers = Omit<LayerPlan, 'layer'> & { readonly estimate: Estimate; readonly layerHash: string; readonly geometry: Geometry };

/**
 * Writes report.json, report.html and RESULTS.md from the results in the folder.
 * @throws ShiftloomError('input') naming the stage whose result is missing
 */
export async function writeReport(folder: string): Promise<Report> {
  const design = (await readDesignNumbers(folder)) as unknown as DesignNumbers;
  const facts = await needed<LayerFacts>(folder, LAYER_FACTS_FILE, 'shiftloom generate LAYER.layer.json --out DIR');
  const simulation = await needed<StoredSimulation>(folder, SIMULATION_FILE, 'shiftloom simulate LAYER.layer.json --out DIR');
  const synthesis = await needed<SynthesisResult>(folder, SYNTHESIS_FILE, 'shiftloom synthesize DIR');
  const built = buildReport({
    plan: { ...design, layer: layerWithoutTensors(design, facts) },
    stored: facts.stored,
    estimate: design.estimate,
    layerHash: design.layerHash,
    simulation,
    synthesis,
    energy: await readResult<EnergyResult>(folder, ENERGY_FILE),
    execution: await readResult<ReportExecution>(folder, EXECUTION_FILE),
    seconds: { generate: simulation.seconds.generate, simulate: simulation.seconds.total, synthesize: synthesis.seconds },
    node: process.versions.node,
  });
  const report = { ...built, $schema: schemaReference(path.join(folder, REPORT_FILE), 'report.v1.schema.json', REPORT_REFERENCE) };
  await addToOutput(
    folder,
    fileSet([
      [REPORT_PAGE, renderReportHtml(report)],
      [REPORT_TEXT, renderReportMarkdown(report)],
      [REPORT_FILE, `${JSON.stringify(report, null, 2)}\n`],
    ]),
  );
  return report;
}

/** The report looks at tensors only for the stored size, which is in the facts. */
function layerWithoutTensors({ geometry }: DesignNumbers, { description }: LayerFacts): Layer {
  const none = new Int32Array(0);
  return { description, geometry, tensors: { weight: none, bias: none, multiplier: none, shift: none } };
}

async function needed<T>(folder: string, file: string, command: string): Promise<T> {
  const result = await readResult<T>(folder, file);
  if (result === undefined) throw new ShiftloomError('input', folder, `has no ${file}`, `Run first: ${command}`);
  return result;
}
