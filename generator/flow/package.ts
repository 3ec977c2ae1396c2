/** `shiftloom package`: a generated design made ready for Vivado and a board, in `<folder>/deploy`. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadBoard, readBoardFile, type Board } from '../deploy/boards.js';
import { DEPLOY_MARKER, deployFiles, type Deployment } from '../deploy/deploy_files.js';
import { parseDesignNumbers, type DesignNumbers } from '../deploy/design_numbers.js';
import { memoryLoad, type DriverContents } from '../deploy/driver_data.js';
import { hasWeightStream } from '../deploy/driver_view.js';
import { ShiftloomError } from '../errors.js';
import { readJson } from '../layer/json_text.js';
import { MARKER, writeOutput } from '../output/write.js';
import type { SynthesisResult } from '../synthesize/synthesize.js';
import type { FlowContext } from './context.js';
import { openDesign, readResult } from './design.js';
import { readExample } from './example_frames.js';
import { weightBeats } from './weight_stream.js';
import { ACTIVITY_FILE, SYNTHESIS_FILE } from './results.js';

export interface PackageOptions {
  /** Name of a board that comes with shiftloom, or a file; one of the two. */
  readonly board?: string;
  readonly boardFile?: string;
  /** Where to write; `<folder>/deploy` if left out. */
  readonly out?: string;
  /** Clock in MHz; if left out, by the clock estimate of the design's synthesis, or 100. */
  readonly mhz?: number;
  readonly pblock?: string;
}

export interface PackageResult {
  readonly folder: string;
  readonly deployment: Deployment;
  readonly board: Board;
  readonly mhz: number;
  /** Where the clock comes from. */
  readonly clockFrom: 'given' | 'estimated' | 'default';
}

/** Fabric clocks that the PS7 gives exactly: its 1,000 MHz IO PLL by whole numbers. */
const CLOCKS = Array.from({ length: 17 }, (_, index) => Math.round(1e6 / (index + 4)) / 1000);
const DEFAULT_MHZ = 100;

/**
 * Packages the design of a folder.
 * @throws ShiftloomError if the folder holds no design, the board is unknown, or the target folder holds something else
 */
export async function packageDesign(folder: string, options: PackageOptions, context: FlowContext = {}): Promise<PackageResult> {
  const board = boardOf(options);
  const design = await openDesign(folder);
  const marker = path.join(folder, MARKER);
  const numbers = parseDesignNumbers(await readJson(marker), marker);
  const { mhz, from } = await clockOf(folder, options);
  context.onProgress?.({ stage: 'package', message: `${design.name} for the ${board.title} at ${mhz} MHz` });
  const saif = await readFile(path.join(folder, ACTIVITY_FILE), 'utf8').catch(() => undefined);
  const sources = { numbers, verilog: design.verilog, files: design.files, contents: await contentsOf(folder, numbers, design.files) };
  const deployment = deployFiles(sources, { board, mhz, created: createdAt(context.env ?? process.env), pblock: options.pblock, saif });
  context.signal?.throwIfAborted();
  const target = options.out ?? path.join(folder, 'deploy');
  await writeOutput(target, deployment.files, DEPLOY_MARKER);
  return { folder: target, deployment, board, mhz, clockFrom: from };
}

/** What the drivers load, and the frames that they check the board with. */
async function contentsOf(folder: string, numbers: DesignNumbers, files: ReadonlyMap<string, string>): Promise<DriverContents> {
  return {
    loads: new Map(numbers.memories.map((memory) => [memory.name, memoryLoad(memory, files)])),
    weightBeats: hasWeightStream(numbers) ? weightBeats(files) : undefined,
    example: await readExample(folder, { input: numbers.inputFormat.signed, output: numbers.outputFormat.signed }),
  };
}

function boardOf({ board, boardFile }: PackageOptions): Board {
  if ((board === undefined) === (boardFile === undefined)) {
    throw new ShiftloomError('usage', '--board', board === undefined ? 'is needed, or --board-file' : 'and --board-file cannot both be given', 'See: shiftloom package --help');
  }
  return board !== undefined ? loadBoard(board) : readBoardFile(boardFile!);
}

/** The fastest clock below the pessimistic estimate: what place and route can be expected to reach at the first try. */
async function clockOf(folder: string, { mhz }: PackageOptions): Promise<{ mhz: number; from: PackageResult['clockFrom'] }> {
  if (mhz !== undefined) return { mhz, from: 'given' };
  const synthesis = await readResult<SynthesisResult>(folder, SYNTHESIS_FILE);
  const most = synthesis?.timing?.fmaxMhz.pessimistic;
  if (most === undefined) return { mhz: DEFAULT_MHZ, from: 'default' };
  return { mhz: CLOCKS.find((clock) => clock <= most) ?? CLOCKS[CLOCKS.length - 1], from: 'estimated' };
}

/** The same input gives the same bytes: the time is that of SOURCE_DATE_EPOCH, or a fixed one. */
function createdAt(env: NodeJS.ProcessEnv): string {
  const epoch = Number(env.SOURCE_DATE_EPOCH ?? Date.UTC(2020, 0, 1) / 1000);
  if (!Number.isSafeInteger(epoch) || epoch < 0) throw new ShiftloomError('usage', 'SOURCE_DATE_EPOCH', `is '${env.SOURCE_DATE_EPOCH}'; allowed: whole seconds from 0`);
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}
