/** From a network and the foldings of its layers to the emitted files of one accelerator, in memory. */
import { createHash } from 'node:crypto';
import { engineParts, layerHash, verilogSources, type Generated } from './generate.js';
import type { Network } from './network/network.js';
import { fileSet, type FileSet } from './output/file_set.js';
import { networkDesignJson, networkReport } from './output/network_report.js';
import { lanesText } from './plan/lanes_text.js';
import type { NetworkPlan } from './plan/network/network_plan.js';
import { planNetwork, type NetworkPlanOptions } from './plan/network/plan_network.js';
import type { Lanes } from './plan/plan.js';
import { render } from './render/engine.js';
import { networkTopView } from './units/network_top.js';

/** Shift of the node's index in LOAD_SELECT. */
const NODE_SELECT = 16;

/** A generated accelerator of a whole network. */
export interface GeneratedNetwork {
  readonly plan: NetworkPlan;
  readonly files: FileSet;
  /** Verilog files in compile order, as in files.f. */
  readonly verilog: readonly string[];
  readonly top: string;
  /** Words for LOAD_DATA by LOAD_SELECT: the memory of a layer and 16 times the index of its node. */
  readonly loads: Generated['loads'];
}

/** Eight hex digits that stand for the network's arithmetic: its nodes and the layers' own hashes. */
export function networkHash({ description, nodes }: Network): string {
  const { lanes, reference, dataset, classes, $schema, ...rest } = description;
  void lanes, reference, dataset, classes, $schema;
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const node of nodes) if (node.op === 'layer') hash.update(node.name).update(layerHash(node.layer));
  return hash.digest('hex').slice(0, 8);
}

/**
 * Generates the dataflow accelerator of a network.
 * @param lanes folding of each layer node, by name
 * @throws ShiftloomError if a layer, its folding or the network cannot be built
 */
export function generateNetwork(network: Network, lanes: ReadonlyMap<string, Lanes>, options: NetworkPlanOptions = {}): GeneratedNetwork {
  const plan = planNetwork(network, lanes, options);
  const hash = networkHash(network);
  const engines = plan.stages.flatMap((stage) =>
    stage.kind === 'layer' ? [{ node: stage.node, parts: engineParts(stage.plan, layerHash(stage.plan.layer)) }] : [],
  );
  const top = `${plan.name}_top`;
  const units = [
    ...engines.flatMap(({ parts }) => parts.units),
    [top, render('rtl/network_top.v', networkTopView(plan, hash, lanesOption(plan)))] as const,
  ];
  const { verilog, sources } = verilogSources(units);
  const entries: (readonly [string, string])[] = [
    ...sources,
    ...engines.flatMap(({ parts }) => parts.memories),
    ['files.f', `${verilog.join('\n')}\n`],
    ['design.json', networkDesignJson(plan, hash)],
    ['REPORT.md', networkReport(plan, hash, verilog)],
  ];
  const loads = engines.flatMap(({ node, parts }) => parts.loads.map(({ select, words }) => ({ select: NODE_SELECT * node + select, words })));
  return { plan, files: fileSet(entries), verilog, top, loads };
}

/** Command-line form of all foldings. */
function lanesOption({ stages }: NetworkPlan): string {
  return stages.flatMap((stage) => (stage.kind === 'layer' ? [`--lanes ${stage.plan.node!.name}:${lanesText(stage.plan.lanes)}`] : [])).join(' ');
}
