/** The ten lines at the top of an emitted file; never a date, user, host or path. */
import { GENERATOR_VERSION } from '../version.js';
import { rebuildText } from '../plan/lanes_text.js';
import type { LayerPlan, NodePlace } from '../plan/plan.js';
import { isTiled } from '../plan/tiled.js';

export interface Header {
  readonly module: string;
  readonly purpose: string;
  readonly version: string;
  readonly template: string;
  /** What the names of the layer's modules begin with. */
  readonly layer: string;
  readonly layerText: string;
  /** What the modules are generated from. */
  readonly file: string;
  readonly layerHash: string;
  readonly options: string;
  readonly facts: readonly string[];
}

/** Whose part an emitted file is: an engine; or something else in a network, or a network as a whole, with the options that make it again. */
export type Owner = LayerPlan | { readonly name: string; readonly node?: NodePlace; readonly options: string };

/** Command-line form of the folding, e.g. `--lanes oc=4,ic=64,pixel=1`. */
export function lanesOption(plan: LayerPlan): string {
  const { oc, ic, pixel, kind, dsp = 0, select, blocks, hold, weights, band, rebuild } = plan.lanes;
  const how = `${plan.encoding.encoding === 'uniform' ? `,kind=${kind}` : ''}${dsp > 0 ? `,dsp=${dsp}` : ''}${blocks === undefined ? '' : `,blocks=${blocks}`}${hold === undefined ? '' : `,hold=${hold}`}`;
  const selects = select === undefined ? '' : `,select=${select ? 'on' : 'off'}`;
  const lanes = rebuild === undefined ? '' : `,rebuild=${rebuildText(rebuild)}`;
  const streams = isTiled(plan.lanes) ? `,weights=${weights}${lanes}${band === undefined ? '' : `,band=${band}`}` : '';
  return `--lanes oc=${oc},ic=${ic},pixel=${pixel}${how}${selects}${streams}`;
}

export function header(plan: Owner, layerHash: string, unit: string, purpose: string, facts: readonly string[], template = unit): Header {
  const { node } = plan;
  return Object.freeze({
    module: `${plan.name}_${unit}`,
    purpose,
    version: GENERATOR_VERSION,
    template: `${template.replace(/^\w+_memory$/, 'loadable_memory')}.v.hbs`,
    layer: plan.name,
    layerText: node ? `${node.name} of ${node.network}` : plan.name,
    file: node ? `${node.network}.network.json` : `${plan.name}.${'options' in plan ? 'network' : 'layer'}.json`,
    layerHash,
    options: 'options' in plan ? plan.options : node ? lanesOption(plan).replace('--lanes ', `--lanes ${node.name}:`) : lanesOption(plan),
    facts,
  });
}
