/** The command line as a function: arguments and streams in, exit code out. Nothing here ends the process. */
import { Command, CommanderError } from 'commander';
import { ShiftloomError } from '../errors.js';
import { GENERATOR_VERSION } from '../version.js';
import { assignCommand } from './assign.js';
import { buildCommand, type CommandHost, type CommandSpec } from './command.js';
import { compressCommand } from './compress.js';
import { directCommand } from './direct.js';
import { doctorCommand } from './doctor.js';
import { energyCommand } from './energy.js';
import { evaluateCommand } from './evaluate.js';
import { exploreCommand } from './explore.js';
import { generateCommand } from './generate.js';
import { importCommand } from './import.js';
import { packageCommand } from './package.js';
import { reportCommand } from './report.js';
import { residencyCommand } from './residency.js';
import { runCommand } from './run.js';
import { simulateCommand } from './simulate.js';
import { synthesizeCommand } from './synthesize.js';
import { Terminal, type Streams } from './terminal.js';

// A command's flags are its own business; here they are only handed through.
const commands = [
  importCommand, compressCommand, assignCommand, exploreCommand, residencyCommand, directCommand, generateCommand, simulateCommand, synthesizeCommand, energyCommand, reportCommand,
  runCommand, evaluateCommand, packageCommand, doctorCommand,
] as readonly CommandSpec<never>[];

/** Why a run was broken off; what the signal of `runCli` is aborted with. */
export class Interrupted extends Error {
  constructor(readonly exitCode: number) {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export interface CliEnvironment {
  readonly streams: Streams;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs one command.
 * @param args what follows the program's name
 * @returns 0; 1 if a check failed; 2 for bad use or input; 130 if interrupted
 * @throws whatever is neither the user's fault nor an interruption: an error of this program
 */
export async function runCli(args: readonly string[], { streams, signal = new AbortController().signal, env = process.env }: CliEnvironment): Promise<number> {
  let terminal = new Terminal(streams, { json: args.includes('--json'), quiet: args.includes('--quiet') });
  let exitCode = 0;
  const host: CommandHost = {
    streams,
    signal,
    env,
    setTerminal: (next) => (terminal = next),
    setExitCode: (code) => (exitCode = code),
  };
  try {
    const program = buildProgram(host);
    if (args.length === 0) {
      streams.stderr.write(program.helpInformation());
      return 2;
    }
    await program.parseAsync(args as string[], { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, terminal, signal, commands.find(({ name }) => name === args[0])?.name);
  }
}

function failed(error: unknown, terminal: Terminal, signal: AbortSignal, command: string | undefined): number {
  if (signal.aborted) {
    terminal.clearProgress();
    return signal.reason instanceof Interrupted ? signal.reason.exitCode : 130;
  }
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0; // help or version was asked for and printed
    terminal.error(usageError(error, command));
    return 2;
  }
  if (!(error instanceof ShiftloomError)) throw error;
  terminal.error(error);
  return error.exitCode;
}

/** `error: unknown option '--lane'\n(Did you mean --lanes?)` in the product's form. */
function usageError(error: CommanderError, command: string | undefined): ShiftloomError {
  const [first, ...rest] = error.message.replace(/^error: /, '').replace(/\.$/, '').split('\n');
  const hint = rest.join(' ').replace(/^\(|\)$/g, '').trim();
  const wayOut = hint !== '' ? hint.replace(/Did you mean (.*)\?/, "Did you mean '$1'?") : `See: shiftloom ${command ? `${command} ` : ''}--help`;
  return new ShiftloomError('usage', 'command line', first, wayOut);
}

function buildProgram(host: CommandHost): Command {
  const program = new Command('shiftloom')
    .description('From trained layers to shift-add accelerators in Verilog for the Zynq-7035, checked bit for bit.')
    .version(GENERATOR_VERSION)
    .helpCommand(false)
    .addHelpText('after', '\nExample:\n  shiftloom run conv.layer.json --out rtl-out/conv --lanes oc=4,ic=64,pixel=1\n\nExit codes: 0 right, 1 a check failed, 2 bad use or input.');
  for (const spec of commands) program.addCommand(buildCommand(spec, host));
  const output = {
    writeOut: (text: string) => void host.streams.stdout.write(text),
    writeErr: (text: string) => void host.streams.stderr.write(text),
    outputError: () => undefined, // printed in the product's own form by `failed`
  };
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput(output).showSuggestionAfterError(true);
  return program;
}
