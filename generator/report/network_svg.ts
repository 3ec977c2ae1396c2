/** Drawing of a network's accelerator: nodes from top to bottom with their folding, how busy each is, and the streams between them. */
import { lanesText } from '../plan/lanes_text.js';
import type { NetworkPlan, NetworkStage, NetworkStream } from '../plan/network/network_plan.js';
import { escapeHtml } from './html/markup.js';

/** LUTs of a node in place of the estimate. */
export type NodeLut = ReadonlyMap<string, number>;

const BOX = { width: 330, height: 74, gapX: 70, gapY: 46 } as const;
const MARGIN = 24;
const LANE = 26;
const STYLE = `text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:#15202b}
.t{font-size:15px;font-weight:650}.d{font-size:12.5px;fill:#566372}.e{font-size:12px;fill:#566372}
.box{fill:#fff;stroke:#cfd8e0;stroke-width:1.2}.slow{stroke:#a66300;stroke-width:2}.edge{fill:none;stroke:#5f7183;stroke-width:1.6}.head{fill:#5f7183}
.track{fill:#e9edf1}.layer{fill:#2463c9}.max_pool{fill:#0e8a7d}.add{fill:#7a4fc4}.argmax{fill:#c13a6b}.port{fill:#f4f6f8;stroke:#cfd8e0}`;

/** What is drawn as a box; all other stages are told on the arrows. */
const DRAWN = new Set(['layer', 'max_pool', 'add', 'argmax']);

interface Node {
  readonly stage?: NetworkStage;
  readonly title: string;
  readonly lines: readonly string[];
  readonly row: number;
  readonly column: number;
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** @param lut of nodes as counted; default the estimates */
export function networkSvg(plan: NetworkPlan, lut: NodeLut = new Map()): string {
  const { nodes, edges } = graphOf(plan, lut);
  const columns = Math.max(...nodes.map(({ column }) => column)) + 1;
  const passing = edges.filter((edge) => !isStraight(nodes, edge)).length;
  const width = 2 * MARGIN + columns * BOX.width + (columns - 1) * BOX.gapX + passing * LANE + (passing > 0 ? 190 : 0);
  const rows = Math.max(...nodes.map(({ row }) => row)) + 1;
  const height = 2 * MARGIN + rows * BOX.height + (rows - 1) * BOX.gapY;
  let lane = 0;
  const right = MARGIN + columns * BOX.width + (columns - 1) * BOX.gapX;
  const drawn = edges.map((edge) => (isStraight(nodes, edge) ? straight(nodes, edge) : around(nodes, edge, right + LANE * ++lane)));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Dataflow of ${plan.name}">
<style>${STYLE}</style>
<rect width="${width}" height="${height}" fill="#f4f6f8"/>
${drawn.join('\n')}
${nodes.map((node) => box(node, plan)).join('\n')}
</svg>
`;
}

/** Boxes and arrows: streams are followed through converters, forks and FIFOs to the next box. */
function graphOf(plan: NetworkPlan, lut: NodeLut): { nodes: Node[]; edges: Edge[] } {
  const { stages, streams, input, output } = plan;
  const boxes = stages.filter(({ kind }) => DRAWN.has(kind));
  const from = new Map<number, { box: number; notes: string[] }>();
  const edges: Edge[] = [];
  for (const stage of stages) {
    const made = boxes.indexOf(stage) + 1;
    if (made > 0) {
      for (const stream of stage.inputs) edges.push({ from: from.get(stream)!.box, to: made, label: edgeLabel(streams[stream], from.get(stream)!.notes) });
      for (const stream of stage.outputs) from.set(stream, { box: made, notes: [] });
      continue;
    }
    const before = stage.kind === 'gate' ? { box: 0, notes: [] } : from.get(stage.inputs[0])!;
    const note = stage.kind === 'fifo' ? [`FIFO of ${stage.depth}`] : [];
    for (const stream of stage.outputs) from.set(stream, { box: before.box, notes: [...before.notes, ...note] });
  }
  const last = boxes.length + 1;
  edges.push({ from: from.get(streams.indexOf(output))!.box, to: last, label: edgeLabel(output, []) });
  return { nodes: placed(plan, boxes, edges, lut, [portText(input), portText(output)]), edges };
}

function edgeLabel({ elements, elementBits, beatsPerFrame }: NetworkStream, notes: readonly string[]): string {
  return [`${beats(beatsPerFrame)} of ${elements} x ${elementBits} bit`, ...notes].join(', ');
}

function portText({ elements, elementBits, beatsPerFrame }: NetworkStream): string {
  return `${beats(beatsPerFrame)} a frame, ${elements * elementBits} bit`;
}

/** Rows by the longest way from the input; the longest chain to the output is the first column, what is beside it the others. */
function placed(plan: NetworkPlan, boxes: readonly NetworkStage[], edges: readonly Edge[], lut: NodeLut, ports: readonly [string, string]): Node[] {
  const last = boxes.length + 1;
  const rows = new Array<number>(last + 1).fill(0);
  for (const { from, to } of edges) rows[to] = Math.max(rows[to], rows[from] + 1);
  const main = new Set<number>();
  for (let at: number | undefined = last; at !== undefined; ) {
    main.add(at);
    at = edges.filter(({ to }) => to === at).map(({ from }) => from).sort((a, b) => rows[b] - rows[a])[0];
  }
  const used = new Map<number, number>();
  const columnOf = (node: number) => {
    if (main.has(node)) return 0;
    const column = (used.get(rows[node]) ?? 0) + 1;
    used.set(rows[node], column);
    return column;
  };
  return Array.from({ length: last + 1 }, (_, node) => {
    const place = { row: rows[node], column: columnOf(node) };
    if (node === 0) return { title: 'input', lines: [ports[0]], ...place };
    if (node === last) return { title: 'output', lines: [ports[1]], ...place };
    const stage = boxes[node - 1];
    return { stage, title: stage.name.replace(`${stage.kind}_`, ''), lines: linesOf(plan, stage, lut), ...place };
  });
}

function linesOf(plan: NetworkPlan, stage: NetworkStage, lut: NodeLut): string[] {
  const name = stage.name.replace(`${stage.kind}_`, '');
  const what = stage.kind === 'layer' ? lanesText(stage.plan.lanes) : { max_pool: 'max pooling', add: 'sum', argmax: 'argmax' }[stage.kind as 'max_pool' | 'add' | 'argmax'];
  const size = lut.get(name) ?? stage.cost.lut;
  return [what, `${count(stage.cycles)} cycles, ${Math.round((100 * stage.cycles) / plan.cyclesPerFrame)} % busy; ${count(size)} LUT`];
}

function beats(number: number): string {
  return `${count(number)} beat${number === 1 ? '' : 's'}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function corner({ row, column }: Node): [number, number] {
  return [MARGIN + column * (BOX.width + BOX.gapX), MARGIN + row * (BOX.height + BOX.gapY)];
}

function box(node: Node, plan: NetworkPlan): string {
  const [x, y] = corner(node);
  const { stage, title, lines } = node;
  const slow = stage !== undefined && stage === plan.slowest;
  const frame = `<rect class="box${slow ? ' slow' : ''}${stage ? '' : ' port'}" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="8"/>`;
  const text = [`<text class="t" x="${x + 14}" y="${y + (stage ? 22 : 32)}">${escapeHtml(title)}${slow ? ' (sets the rate)' : ''}</text>`, ...lines.map((line, i) => `<text class="d" x="${x + 14}" y="${y + (stage ? 40 : 50) + 17 * i}">${escapeHtml(line)}</text>`)];
  if (!stage) return [frame, ...text].join('');
  const track = BOX.width - 28;
  const busy = Math.max(2, (track * stage.cycles) / plan.cyclesPerFrame);
  return [frame, ...text, `<rect class="track" x="${x + 14}" y="${y + 64}" width="${track}" height="4" rx="2"/><rect class="${stage.kind}" x="${x + 14}" y="${y + 64}" width="${busy.toFixed(1)}" height="4" rx="2"/>`].join('');
}

function isStraight(nodes: readonly Node[], { from, to }: Edge): boolean {
  return nodes[to].row === nodes[from].row + 1;
}

/** To the next row: down, or with a step to the side between two columns. */
function straight(nodes: readonly Node[], { from, to, label }: Edge): string {
  const [x1, y1] = corner(nodes[from]);
  const [x2, y2] = corner(nodes[to]);
  const side = nodes[from].column === nodes[to].column ? 0 : nodes[from].column < nodes[to].column ? 60 : -60;
  const [a, b] = [x1 + BOX.width / 2 + side, x2 + BOX.width / 2 - (side === 0 ? 0 : -60)];
  const [start, end] = [y1 + BOX.height, y2];
  const middle = (start + end) / 2 + (side > 0 ? -8 : side < 0 ? 8 : 0);
  const way = side === 0 ? `M${a} ${start}V${end - 7}` : `M${a} ${start}V${middle}H${b}V${end - 7}`;
  const [textX, textY] = side === 0 ? [a + 10, middle + 4] : [Math.max(a, b) + 10, middle + 4];
  return `<path class="edge" d="${way}"/><path class="head" d="M${side === 0 ? a : b} ${end}l-4.5 -8h9z"/><text class="e" x="${textX}" y="${textY}">${escapeHtml(label)}</text>`;
}

/** Past rows in between: out at the right, down, and in again. */
function around(nodes: readonly Node[], { from, to, label }: Edge, x: number): string {
  const [x1, y1] = corner(nodes[from]);
  const [x2, y2] = corner(nodes[to]);
  const [start, end] = [y1 + BOX.height / 2, y2 + BOX.height / 2];
  const way = `M${x1 + BOX.width} ${start}H${x}V${end}H${x2 + BOX.width + 7}`;
  const [first, ...rest] = label.split(', ');
  const lines = [first, ...rest].map((line, i) => `<text class="e" x="${x + 8}" y="${(start + end) / 2 + 16 * i}">${escapeHtml(line)}</text>`);
  return `<path class="edge" d="${way}"/><path class="head" d="M${x2 + BOX.width} ${end}l8 -4.5v9z"/>${lines.join('')}`;
}
