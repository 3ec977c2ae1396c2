/**
 * Foldings whose weights are rebuilt on chip, each with a unit and a band, and about what it needs. A unit depends on what divides the lanes and on how often
 * a tile is used, so foldings that are equally good with stored weights differ widely; what is told here is near enough to plan only the promising ones.
 */
import type { Layer } from '../layer/layer.js';
import type { LaneKind } from './codes.js';
import { codeBits, potBits } from './codes.js';
import { estimateLayer } from './estimate.js';
import { reconstructionCost } from './factor_reconstruction_cost.js';
import { factorsOf } from './factor_reconstruction.js';
import { visitFoldings, visitHybrids, type BoundedFolding, type Most } from './foldings.js';
import { MAX_BRAM } from './limits.js';
import { planHalves, ramCost } from './memory.js';
import { operandBits, planElement, planInput, planLayer } from './plan_layer.js';
import type { Lanes } from './plan.js';
import type { ProcessingElementPlan } from './processing_element.js';
import { cheapestUnit, unitPrice } from './rebuild_lanes.js';
import { ringOf } from './ring.js';

/** Units that rebuild a tile in the time that it is used, in half and a quarter of it, as the first tile of all is waited for; and in twice that, which may be all there is room for. */
const HURRIES = [0.5, 1, 2, 4] as const;

/** True for a layer whose weights can be rebuilt: one that is stored as factors. */
export function isRebuildable({ factors }: Layer): boolean {
  return factors !== undefined;
}

type Visit = (folding: BoundedFolding) => void;

interface RamNeeds {
  readonly lut: number;
  readonly bram36: number;
}

/** LUTs of a unit's loops and of what fills the halves, whatever its lanes. */
const LOOPS_LUT = 140;

/** What a unit costs besides for each unit of its price, found on one that is planned. */
interface UnitCost {
  readonly lut: number;
  readonly dsp: number;
}

/** The foldings of one count of input-channel lanes. */
export class RebuiltFoldings {
  private readonly unit: UnitCost;
  private readonly factors: { readonly rank: number; readonly perBlock: number };
  private readonly factorRams: number;
  private readonly elements = new Map<string, ProcessingElementPlan>();
  private readonly halves = new Map<string, RamNeeds>();
  private readonly rams = new Map<string, number>();

  /** @throws ShiftloomError as planning a rebuilt engine does: 'usage' without factors */
  constructor(private readonly layer: Layer, private readonly kind: LaneKind) {
    const { weights } = factorsOf(layer);
    this.factors = { rank: weights.rank, perBlock: layer.geometry.outChannels / weights.blocks };
    this.factorRams = factorBits(layer) / 36_864;
    this.unit = this.measuredUnit();
  }

  /** Calls `visit` with foldings that may need at most so much, by what is told of them. */
  visit(ic: number, most: Most, maxBram = MAX_BRAM, visit: Visit): void {
    visitFoldings(this.layer, ic, this.kind, 'streamed', most, (folding) => this.visitUnits(folding, most, maxBram, visit));
  }

  /** The same with lanes in pairs where those have to be, so that the array fits `most.lut` of the engine's `maxLut`. */
  visitPairs(ic: number, most: Most, maxLut: number, maxBram = MAX_BRAM, visit: Visit): void {
    if (this.kind !== 'lut') return;
    visitHybrids(this.layer, ic, 'streamed', most, (folding) => this.visitUnits(folding, { ...most, lut: maxLut }, maxBram, visit));
  }

  /** One folding with units and bands. */
  private visitUnits(folding: BoundedFolding, most: Most, maxBram: number, visit: Visit): void {
    const { geometry: g } = this.layer;
    const { lanes, least } = folding;
    if (least.lut > most.lut) return;
    const rowTiles = Math.ceil(g.outWidth / lanes.pixel);
    const { channels } = this.elementOf(lanes);
    const steps = Math.ceil(g.groupInChannels / channels) * g.kernelHeight * g.kernelWidth;
    const halves = this.halvesOf(lanes, steps);
    const tiles = g.groups * Math.ceil(g.groupOutChannels / lanes.oc);
    const array = g.outHeight * rowTiles * tiles * steps;
    for (let bands = 1, before = 0; bands <= g.outHeight; bands *= 2) {
      const band = Math.ceil(g.outHeight / bands);
      if (band === before) continue;
      before = band;
      const bram36 = halves.bram36 + this.factorRams + this.ringRams(lanes, band);
      if (bram36 > maxBram) continue;
      let price = 0;
      for (const hurry of HURRIES) {
        const unit = cheapestUnit(lanes, this.factors, (band * rowTiles) / hurry);
        if (!unit) break;
        if (unit.price === price) continue;
        price = unit.price;
        const lut = least.lut + halves.lut + LOOPS_LUT + this.unit.lut * price;
        const dsp = least.dsp + Math.floor(this.unit.dsp * price);
        if (lut > most.lut || dsp > most.dsp) break;
        const tile = unit.tileSteps * steps;
        const cycles = Math.max(least.cycles, array + tile, tiles * Math.ceil(g.outHeight / band) * tile);
        visit({ lanes: { ...lanes, weights: 'rebuilt', rebuild: unit.lanes, band }, least: { lut, dsp, bram36, cycles } });
      }
    }
  }

  /** Block RAMs of the ring that holds a band, as the planner of bands chooses it. */
  private ringRams(lanes: Lanes, band: number): number {
    const key = `${lanes.ic},${lanes.pixel},${band}`;
    let rams = this.rams.get(key);
    if (rams === undefined) this.rams.set(key, (rams = ringRams(this.layer, this.elementOf(lanes).channels, lanes.pixel, band)));
    return rams;
  }

  /** The element of so many lanes, which is the same for all their foldings. */
  private elementOf(lanes: Lanes): ProcessingElementPlan {
    const key = `${lanes.ic}${lanes.dsp ? ' in pairs' : ''}`;
    let element = this.elements.get(key);
    if (!element) this.elements.set(key, (element = planElement(this.layer, lanes)));
    return element;
  }

  /** The halves of the weight memory. */
  private halvesOf(lanes: Lanes, steps: number): RamNeeds {
    const key = `${lanes.ic},${lanes.oc}${lanes.dsp ? ' in pairs' : ''}`;
    let needs = this.halves.get(key);
    if (!needs) {
      const { lut, bram36 } = planHalves(steps, lanes.oc * operandBits(this.elementOf(lanes)));
      this.halves.set(key, (needs = { lut, bram36 }));
    }
    return needs;
  }

  /** A unit of middling size, planned. */
  private measuredUnit(): UnitCost {
    const { geometry: g } = this.layer;
    const divisor = (n: number) => [8, 7, 6, 5, 4, 3, 2, 1].find((d) => n % d === 0)!;
    const oc = divisor(this.factors.perBlock);
    const ic = Math.min(8, g.groupInChannels);
    const rebuild = { ranks: Math.min(this.factors.rank, 16), outputs: oc, inputs: ic };
    const plan = planLayer(this.layer, { oc, ic, pixel: 1, kind: this.kind, weights: 'rebuilt', rebuild }, Infinity);
    const { dsp } = reconstructionCost(plan.reconstruction!);
    const price = unitPrice(rebuild);
    return { lut: (estimateLayer(plan).reconstructionLut! - LOOPS_LUT) / price, dsp: dsp / price };
  }
}

/** @param channels of a step */
function ringRams(layer: Layer, channels: number, pixel: number, band: number): number {
  const g = layer.geometry;
  const { elements } = planInput(layer, channels);
  const groupWords = Math.ceil(g.groupInChannels / channels);
  const pixelWords = g.groups * groupWords;
  const rowWords = Math.ceil(Math.ceil(g.inWidth / g.strideWidth) / pixel) * g.strideWidth * pixelWords;
  const columns = channels / elements;
  const columnBits = elements * layer.description.input.bits;
  const span = (g.kernelHeight - 1) * g.dilationHeight + 1;
  const needed = Math.min(g.inHeight, (band - 1) * g.strideHeight + span);
  const ring = ringOf({ channels, pixelWords, groupWords, rowWords, columns, lastColumns: columns, columnBits }, needed);
  return pixel * columns * ramCost({ depth: ring.depth, width: columnBits, block: ring.block }).bram36;
}

/** Bits of the factors as their memories have them; of a residual about, as its words depend on the lanes. */
function factorBits(layer: Layer): number {
  const { weights, tensors } = factorsOf(layer);
  const { output, input, kernel } = weights.factors;
  const entries = (tensors.residual?.length ?? 0) / 3;
  const entryBits = entries === 0 ? 0 : Math.log2(layer.tensors.weight.length / entries) + 2 * potBits(weights.residual!.maxShift);
  return tensors.output.length * codeBits(output) + tensors.input.length * codeBits(input) + (tensors.kernel && kernel ? tensors.kernel.length * codeBits(kernel) : 0) + entries * entryBits;
}
