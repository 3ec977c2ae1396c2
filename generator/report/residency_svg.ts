/** A residency plan as a picture: what fills the block RAMs, which layer lies where in the factor memories, and how long each takes to rebuild and to compute. */
import type { ResidencyPlan, ResidentLayer, ResidentMemory } from '../plan/residency/residency.js';
import { FACTOR_MEMORIES, type FactorMemory } from '../plan/residency/factors.js';
import { count } from './format.js';
import { html, type Markup } from './html/markup.js';

const WIDTH = 1100;
const LEFT = 150;
const RIGHT = 1070;
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const MEMORY_COLOURS: Readonly<Record<string, string>> = {
  output: '#7e22ce', input: '#1d4ed8', kernel: '#0e7490', recode: '#be123c', parameters: '#b45309',
  'weight tile, two halves': '#047857', 'input ring': '#4d7c0f', 'output slots': '#475569',
};
/** Two shades for layers that lie side by side. */
const SHADES = ['0.75', '0.45'] as const;
const BUDGET_TOP = 76;
const MAP_TOP = 176;
const MAP_ROW = 62;
const CYCLES_TOP = MAP_TOP + 3 * MAP_ROW + 54;
const CYCLES_ROW = 17;

/** Pixels of a character of the small labels. */
const CHARACTER = 6.2;

export function residencySvg(network: string, plan: ResidencyPlan): string {
  const height = CYCLES_TOP + CYCLES_ROW * plan.layers.length + 54;
  const title = `${network}: all weights as factors in ${plan.bram36} of ${plan.limit} block RAMs`;
  return `${html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}" font-family="${FONT}" font-size="12" fill="#1f2937">
<title>${title}</title>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#ffffff" stroke="#e5e7eb"/>
<text x="30" y="32" font-size="16" font-weight="600">${title}</text>
<text x="30" y="52" fill="#4b5563">${subtitle(plan)}</text>
${budget(plan)}
${memoryMap(plan)}
${cycles(plan)}
</svg>`}\n`;
}

function subtitle({ weights, factors, factorBits, unit }: ResidencyPlan): string {
  const { output, input, kernel } = factorBits;
  const bits = output === input && input === kernel ? `${output} bits` : `${output}, ${input} and ${kernel} bits`;
  return `${count(weights)} weights, ${count(factors)} factors of ${bits}; one unit rebuilds with ${unit.ranks} ranks x ${unit.outputs} outputs x ${unit.inputs} inputs a cycle`;
}

/** The device's block RAMs as one bar. */
function budget({ memories, engine, bram36, limit }: ResidencyPlan): Markup {
  const parts: [string, number][] = [
    ...memories.map(({ name, plan }): [string, number] => [name, plan.bram36]),
    ['weight tile, two halves', engine.halves], ['input ring', engine.ring], ['output slots', engine.outputBuffer],
  ];
  const scale = (RIGHT - LEFT) / Math.max(limit, bram36);
  let at = LEFT;
  const bars = parts.filter(([, rams]) => rams > 0).map(([name, rams]) => {
    const [x, width] = [at, rams * scale];
    at += width;
    return { name, rams, x, width };
  });
  return html`<text x="30" y="${BUDGET_TOP + 20}">block RAMs</text>
<rect x="${LEFT}" y="${BUDGET_TOP}" width="${RIGHT - LEFT}" height="30" fill="#f3f4f6" stroke="#9ca3af"/>
${bars.map(({ name, rams, x, width }) => html`<rect x="${round(x)}" y="${BUDGET_TOP}" width="${round(width)}" height="30" fill="${MEMORY_COLOURS[name]}" fill-opacity="0.7"><title>${name}: ${rams} block RAMs</title></rect>
`)}${legend(bars, limit - bram36)}`;
}

function legend(bars: readonly { name: string; rams: number }[], free: number): Markup {
  let at = LEFT;
  const entries = [...bars, { name: 'free', rams: free }].map(({ name, rams }) => {
    const words = `${name} ${rams}`;
    const x = at;
    at += 22 + CHARACTER * words.length;
    return { x, words, colour: MEMORY_COLOURS[name] ?? '#d1d5db' };
  });
  return html`${entries.map(({ x, words, colour }) => html`<rect x="${round(x)}" y="${BUDGET_TOP + 40}" width="10" height="10" fill="${colour}" fill-opacity="0.7"/><text x="${round(x + 14)}" y="${BUDGET_TOP + 49}" font-size="11">${words}</text>
`)}`;
}

/** Words of the three factor memories from left to right, a field for each layer. */
function memoryMap({ memories, layers }: ResidencyPlan): Markup {
  return html`<text x="30" y="${MAP_TOP - 14}" font-weight="600">Which layer's factors lie where, in words</text>
${FACTOR_MEMORIES.map((name, row) => memoryRow(memories.find((memory) => memory.name === name)!, name, layers, MAP_TOP + row * MAP_ROW))}`;
}

function memoryRow({ usedWords, plan: { segments, width, bram36 } }: ResidentMemory, name: FactorMemory, layers: readonly ResidentLayer[], top: number): Markup {
  const built = Math.max(usedWords, segments.reduce((sum, { depth }) => sum + depth, 0));
  const scale = (RIGHT - LEFT) / built;
  const placed = layers.filter(({ places }) => places[name].words > 0);
  return html`<text x="30" y="${top + 15}">${name} factors</text><text x="30" y="${top + 30}" font-size="11" fill="#4b5563">${bram36} block RAMs</text>
<rect x="${LEFT}" y="${top}" width="${RIGHT - LEFT}" height="28" fill="#f3f4f6" stroke="#9ca3af"/>
${placed.map((layer, i) => field(layer, name, i, LEFT, scale, top))}<text x="${LEFT}" y="${top + 43}" font-size="11" fill="#4b5563">0</text>
<text x="${RIGHT}" y="${top + 43}" font-size="11" fill="#4b5563" text-anchor="end">${count(usedWords)} words of ${width} bits used, ${count(built)} built</text>`;
}

function field({ shape, rank, places }: ResidentLayer, name: FactorMemory, index: number, left: number, scale: number, top: number): Markup {
  const { base, words } = places[name];
  const [x, width] = [left + base * scale, words * scale];
  const label = width > CHARACTER * shape.name.length + 6;
  return html`<rect x="${round(x)}" y="${top}" width="${round(width)}" height="28" fill="${MEMORY_COLOURS[name]}" fill-opacity="${SHADES[index % 2]}"><title>${shape.name}, rank ${rank}: words ${base} to ${base + words - 1}</title></rect>
${label ? html`<text x="${round(x + width / 2)}" y="${top + 18}" font-size="11" text-anchor="middle">${shape.name}</text>
` : undefined}`;
}

/** A row for each layer: rank, and bars for computing and rebuilding. */
function cycles({ layers }: ResidencyPlan): Markup {
  const most = Math.max(...layers.map(({ cycles: c }) => Math.max(c.compute, c.rebuild)));
  const from = LEFT + 90;
  const scale = (RIGHT - 100 - from) / most;
  return html`<text x="30" y="${CYCLES_TOP - 18}" font-weight="600">Cycles of a frame: computing and rebuilding</text>
<rect x="${LEFT + 260}" y="${CYCLES_TOP - 27}" width="10" height="10" fill="#047857"/><text x="${LEFT + 275}" y="${CYCLES_TOP - 18}">computing</text>
<rect x="${LEFT + 360}" y="${CYCLES_TOP - 27}" width="10" height="10" fill="#c084fc"/><text x="${LEFT + 375}" y="${CYCLES_TOP - 18}">rebuilding, beside it</text>
${layers.map(({ shape, rank, cycles: c }, i) => {
    const y = CYCLES_TOP + i * CYCLES_ROW;
    const end = Math.max(c.compute, c.rebuild) * scale;
    return html`<text x="30" y="${y + 10}">${shape.name}</text><text x="${LEFT + 60}" y="${y + 10}" text-anchor="end" fill="#4b5563">rank ${rank}</text>
<rect x="${from}" y="${y}" width="${round(Math.max(0.5, c.compute * scale))}" height="6" fill="#047857"/><rect x="${from}" y="${y + 6}" width="${round(Math.max(0.5, c.rebuild * scale))}" height="6" fill="#c084fc"/>
<text x="${round(from + end + 8)}" y="${y + 10}" font-size="11" fill="#4b5563">${count(Math.max(c.compute, c.rebuild))}</text>
`;
  })}<text x="30" y="${CYCLES_TOP + layers.length * CYCLES_ROW + 26}" font-size="11" fill="#4b5563">A plan by shapes: the ranks are what fits, not what a trained network needs.</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
