/** What every command has: --json, --quiet, an example in its help, and one place where results and errors are printed. */
import { Command, Option } from 'commander';
import { ShiftloomError } from '../errors.js';
import type { FlowContext } from '../flow/context.js';
import { Terminal, type CommandResult, type OutputMode, type Streams } from './terminal.js';

/** What runs commands: the streams, the signal of Ctrl-C, and where the exit code goes. */
export interface CommandHost {
  readonly streams: Streams;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
  /** Told before a command runs, so that errors are printed in its mode. */
  setTerminal(terminal: Terminal): void;
  setExitCode(code: number): void;
}

export interface CommandSpec<Flags> {
  readonly name: string;
  readonly summary: string;
  /** Name and description of arguments, `<needed>` or `[optional]`. */
  readonly args: readonly (readonly [string, string])[];
  /** Options that must be given. commander's own check would complain of these before it looks for misspelled ones. */
  readonly needed?: readonly Option[];
  readonly options: readonly Option[];
  readonly example: string;
  run(args: readonly string[], flags: Flags, context: FlowContext): Promise<CommandResult>;
}

export function buildCommand<Flags>(spec: CommandSpec<Flags>, host: CommandHost): Command {
  const command = new Command(spec.name).description(spec.summary);
  for (const [name, description] of spec.args) command.argument(name, description);
  for (const option of [...(spec.needed ?? []), ...spec.options]) command.addOption(option);
  command.option('--json', 'print one JSON document and nothing else').option('--quiet', 'print nothing but errors');
  command.addHelpText('after', `\nExample:\n  ${spec.example.split('\n').join('\n  ')}`);
  command.action(async (...received: unknown[]) => {
    const flags = command.opts<Flags & OutputMode>();
    // A last argument that may be repeated comes as a list.
    const args = received.slice(0, spec.args.length).flat() as string[];
    const terminal = new Terminal(host.streams, flags);
    host.setTerminal(terminal);
    for (const option of spec.needed ?? []) if (command.getOptionValue(option.attributeName()) === undefined) throw missing(option, spec.name);
    const result = await spec.run(args, flags, { onProgress: terminal.progress, signal: host.signal, env: host.env });
    terminal.result(result);
    host.setExitCode(result.exitCode ?? 0);
  });
  return command;
}

function missing(option: Option, command: string): ShiftloomError {
  return new ShiftloomError('usage', option.long ?? option.flags, `is needed: ${option.description}`, `See: shiftloom ${command} --help`);
}
