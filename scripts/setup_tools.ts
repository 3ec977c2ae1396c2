/**
 * Sees to the tools that the tests need and npm cannot bring: Verilator, a C++ compiler, Icarus Verilog, Python's numpy, ONNX's operator
 * tests, xmllint, tclsh. What is missing is installed with apt-get if this user may do that, saying so first; otherwise it stops with the one command to type.
 *
 *     node dist/scripts/setup_tools.js
 */
import { spawnSync } from 'node:child_process';
import { ShiftloomError } from '../generator/errors.js';
import { doctor, type Doctor } from '../generator/flow/doctor.js';
import { runAsProgram } from './project.js';

/** Debian package of each tool that `doctor` may miss. */
const PACKAGES: Readonly<Record<string, string>> = {
  Verilator: 'verilator',
  'C++ compiler': 'g++',
  'Icarus Verilog': 'iverilog',
  'Python 3 with numpy': 'python3-numpy',
  'ONNX operator tests': 'libonnx-testdata',
  'Fashion-MNIST': 'dataset-fashion-mnist',
  xmllint: 'libxml2-utils',
  tclsh: 'tcl',
};

/** Debian packages for what a doctor's report misses. */
export function missingPackages({ tools }: Doctor): string[] {
  return tools.filter((tool) => !tool.found && tool.name in PACKAGES).map((tool) => PACKAGES[tool.name]);
}

/** How apt-get may be run here: as root, by sudo without a password, or not at all. */
export function aptPrefix(): string[] | undefined {
  const runs = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  if (!runs('apt-get', ['--version'])) return undefined;
  if (process.getuid?.() === 0) return [];
  return runs('sudo', ['-n', 'true']) ? ['sudo', '-n'] : undefined;
}

async function main(): Promise<void> {
  const missing = missingPackages(await doctor());
  if (missing.length === 0) {
    process.stdout.write('all tools of the tests are there\n');
    process.exit(0);
  }
  const prefix = aptPrefix();
  const typed = `sudo apt-get update && sudo apt-get install -y ${missing.join(' ')}`;
  if (!prefix) {
    throw new ShiftloomError('tool', 'set-up of the tests', `${missing.join(', ')} missing, and apt-get cannot be run without a password here`, `Type: ${typed}`);
  }
  process.stdout.write(`installing with the system's package manager: ${missing.join(' ')}\n`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...missing]]) {
    const [command, ...rest] = [...prefix, 'apt-get', ...args];
    const { status } = spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
    if (status !== 0) throw new ShiftloomError('tool', `apt-get ${args[0]}`, `ended with code ${status}`, `Type: ${typed}`);
  }
  const still = missingPackages(await doctor());
  if (still.length > 0) throw new ShiftloomError('tool', 'set-up of the tests', `${still.join(', ')} was installed and is not found`, 'See: npx shiftloom doctor');
  process.stdout.write('installed\n');
  process.exit(0);
}

await runAsProgram(import.meta.url, main);
