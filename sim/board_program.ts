/**
 * Programs for a board, compiled for this machine and linked with the Verilated engine and a model of what is around it (`sim/board/`): the
 * same driver sources that ship run against the same Verilog that ships.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ShiftloomError } from '../generator/errors.js';
import { contentHash, modelCache } from './cache.js';
import type { ModelSource } from './contract.js';
import type { EngineContext } from './engine.js';
import { isVerilog } from './job_file.js';
import { boardDir, boardSources } from './package_paths.js';
import { inParallel, runProcess, type ProcessOutcome } from './process.js';
import { findCCompiler, type FoundTool } from './tools.js';
import { MODEL_LIBRARIES, compile, designTexts, modelObjects, verilatorToolchain, type Toolchain } from './verilator_engine.js';

/** What a program reaches the board by. */
export type BoardPlatform = 'baremetal' | 'linux' | 'bridge';

export interface BoardProgram {
  readonly platform: BoardPlatform;
  /** C sources and headers by path; every `.c` is compiled. None for the bridge, which serves another process. */
  readonly files: ReadonlyMap<string, string>;
  /** Such as `SDT` or `EXAMPLE_FRAMES=3`. */
  readonly defines?: readonly string[];
}

export interface BoardRunOptions {
  readonly args?: readonly string[];
  /**
   * Environment added to this process': BOARD_SEED, BOARD_STALLS (0: none), BOARD_CYCLES (watchdog), BOARD_LENGTH_BITS (of the DMA's length
   * registers), BOARD_NAME (of the Linux devices).
   */
  readonly env?: Readonly<Record<string, string>>;
}

/** A linked program in a folder of its own, with the engine's memory files. */
export interface BoardExecutable {
  readonly path: string;
  readonly folder: string;
  /** Exit code: the program's own, 3 if a bus rule was broken (the rules are on stderr), 4 if the watchdog ended it. */
  run(options?: BoardRunOptions): Promise<ProcessOutcome>;
  remove(): Promise<void>;
}

/** Calls of the Linux driver that the board model answers. */
const WRAPPED = ['open', 'close', 'read', 'write', 'mmap', 'munmap', 'poll', 'usleep'];
/** What answers a platform's calls. */
const SUPPORT: Readonly<Record<BoardPlatform, string>> = { baremetal: 'bsp/bsp.c', linux: 'linux/files.c', bridge: 'bridge.c' };
/** Undefined behaviour ends the program: shipped C has none on the way that it takes. */
const C_FLAGS = ['-std=c99', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-fno-sanitize-recover=all', '-no-pie'];

/**
 * Compiles and links a program with an engine. The engine is kept in the cache of models.
 * @throws ShiftloomError('tool') if there is no compiler or something does not compile
 */
export async function buildBoardProgram(design: ModelSource, program: BoardProgram, env: NodeJS.ProcessEnv = process.env): Promise<BoardExecutable> {
  const context: EngineContext = { cache: modelCache(), env, quick: true, building: () => undefined, progress: () => undefined };
  const tools = await verilatorToolchain(env);
  const c = await findCCompiler(env);
  if (!c) throw new ShiftloomError('tool', 'gcc', 'a C compiler is needed for drivers and none was found', 'Install it with: sudo apt-get install gcc');
  const engine = await engineObject(design, tools, context);
  const folder = await mkdtemp(join(tmpdir(), 'shiftloom-board-'));
  try {
    await writeFiles(folder, design.files.filter((file) => !isVerilog(file.path)).map((file) => [file.path, file.text]));
    const objects = await compileProgram(join(folder, 'source'), program, c, context);
    const path = join(folder, 'program');
    const wraps = program.platform === 'linux' ? WRAPPED.map((call) => `-Wl,--wrap=${call}`) : [];
    await compile(tools.compiler, [...objects, ...engine, ...wraps, '-no-pie', '-fsanitize=undefined', '-o', path, ...MODEL_LIBRARIES], context, design.top);
    return {
      path, folder,
      run: (options = {}) => runProcess(path, [...(options.args ?? [])], { cwd: folder, env: { ...env, ...options.env } }),
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function writeFiles(folder: string, files: Iterable<readonly [string, string]>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** The engine, Verilator's run-time and the board around them, joined into one object. */
async function engineObject(design: ModelSource, tools: Toolchain, context: EngineContext): Promise<string[]> {
  const hash = contentHash([tools.benchHash, ...Object.values(await boardSources())]);
  const main = { source: join(boardDir(), 'board.cpp'), hash, includes: [boardDir()] };
  const key = `board-${contentHash([tools.toolHash, hash, ...designTexts(design)])}`;
  const entry = await context.cache.entry(key, async (stage) => {
    const work = join(stage, 'work');
    const objects = await modelObjects(work, design, main, tools, context);
    await compile(tools.compiler, ['-r', '-nostdlib', ...objects, '-o', join(stage, 'engine.o')], context, design.top);
    await rm(work, { recursive: true });
  });
  return [join(entry.path, 'engine.o')];
}

/** Objects of a program, each kept by the contents of its source and of all headers. */
async function compileProgram(folder: string, program: BoardProgram, c: FoundTool, context: EngineContext): Promise<string[]> {
  const board = await boardSources();
  await writeFiles(folder, program.files);
  const own = [...program.files].filter(([path]) => path.endsWith('.c')).map(([path, text]) => ({ path: join(folder, path), text }));
  const support = SUPPORT[program.platform];
  const headers = [...program.files].filter(([path]) => path.endsWith('.h'));
  const includes = [...new Set(headers.map(([path]) => dirname(join(folder, path)))), boardDir(), ...(program.platform === 'baremetal' ? [join(boardDir(), 'bsp')] : [])];
  const flags = [...C_FLAGS, ...(program.defines ?? []).map((define) => `-D${define}`)];
  const same = [c.path, c.version, ...flags, ...headers.flat(), ...Object.values(board)];
  return inParallel([...own, { path: join(boardDir(), support), text: board[support] }], availableParallelism(), async ({ path, text }) => {
    const entry = await context.cache.entry(`program-${contentHash([...same, text])}`, (stage) =>
      compile(c, [...flags, ...includes.map((place) => `-I${place}`), '-c', path, '-o', join(stage, 'unit.o')], context, path),
    );
    return join(entry.path, 'unit.o');
  });
}
