/** All weights of a network on chip as factors: the plan for a network by name, and its files. */
import type { ScalarEncoding } from '../layer/schema.js';
import type { Lanes } from '../plan/plan.js';
import type { FactorMemory, UnitLanes } from '../plan/residency/factors.js';
import { NETWORK_NAMES, networkShapes, type NetworkName } from '../plan/residency/networks.js';
import { planResidency, type ResidencyPlan } from '../plan/residency/residency.js';
import { addToOutput } from '../output/write.js';
import { fileSet } from '../output/file_set.js';
import { residencyJson, residencyText } from '../report/residency.js';
import { residencySvg } from '../report/residency_svg.js';

export { NETWORK_NAMES, type NetworkName };

export interface NetworkResidencyOptions {
  /** RAMB36 for everything; default the XC7Z035's 500. */
  readonly bram?: number;
  /** Weights to factors in every layer; default the smallest with which all fit. */
  readonly ratio?: number;
  readonly ranks?: ReadonlyMap<string, number>;
  readonly unit?: UnitLanes;
  readonly factorBits?: Readonly<Record<FactorMemory, number>>;
  readonly lanes?: Lanes;
  readonly recode?: ScalarEncoding;
  /** RAMB36 that the input ring may take. */
  readonly ring?: number;
}

/** 1,024 lanes and a unit of a quarter as many; factors are 0 or signed powers of two up to 2^2, as `compress --encoding cp` makes them. */
export const RESIDENCY_DEFAULTS = {
  bram: 500,
  unit: { ranks: 16, outputs: 4, inputs: 4 },
  factorBits: { output: 3, input: 3, kernel: 3 },
  lanes: { oc: 16, ic: 32, pixel: 2, kind: 'lut' },
  recode: { encoding: 'bpot', groupSize: 16, maxExponent: 3 },
  ring: 128,
} as const satisfies NetworkResidencyOptions;

/** @throws ShiftloomError as `planResidency` */
export function networkResidency(network: NetworkName, options: NetworkResidencyOptions = {}): ResidencyPlan {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return planResidency(network, networkShapes(network), { ...RESIDENCY_DEFAULTS, ...given });
}

/** Adds residency.json, residency.txt and residency.svg (the memory map) to a folder. */
export async function writeResidency(folder: string, network: string, plan: ResidencyPlan): Promise<readonly string[]> {
  const files = fileSet([
    ['residency.json', `${JSON.stringify(residencyJson(network, plan), null, 2)}\n`],
    ['residency.txt', `${residencyText(network, plan)}\n`],
    ['residency.svg', residencySvg(network, plan)],
  ]);
  await addToOutput(folder, files);
  return [...files.keys()];
}
