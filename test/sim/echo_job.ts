import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { SimulationJob } from '../../sim/contract.js';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));
const FRAME = 64;

/** What FAULT builds into echo_top.v. */
export const FAULT = { wrongWord: 1, noLast: 2, unstable: 3, hang: 4, earlyInput: 5, noInterrupt: 6, stale: 7, extraBeat: 8, badCycles: 9, dropValid: 10, mute: 11, unset: 12, validWaits: 13 };

export function echoFiles(): { path: string; text: string }[] {
  return ['echo_control.v', 'echo_store.v', 'echo_top.v'].map((path) => ({ path, text: readFileSync(fixtures + path, 'utf8') }));
}

interface EchoOptions {
  fault?: number;
  /** Elements per beat: input is 8, 16 or 32 bits wide, output twice that. */
  elements?: 1 | 2 | 4;
  /** Initial contents of the offset memory, and what is loaded over AXI4-Lite instead. */
  offsets?: number[];
  loaded?: number[];
}

/** A job for echo_top: signed 8-bit elements in, plus an offset per element, 16-bit elements out. */
export function echoJob(changes: Partial<SimulationJob> & EchoOptions = {}): SimulationJob {
  const { fault = 0, elements = 4, offsets = Array.from({ length: FRAME }, (_, i) => i * 5 - 100), loaded, ...rest } = changes;
  const frames = rest.frames ?? 3;
  const inputData = Int32Array.from({ length: frames * FRAME }, (_, i) => ((i * 37 + (i >> 6) * 11) & 255) - 128);
  const used = loaded ?? offsets;
  return {
    top: 'echo_top',
    files: [...echoFiles(), { path: 'mem/offsets.mem', text: offsets.map((value) => (value & 0xffff).toString(16)).join('\n') + '\n' }],
    parameters: { XC7_PRIMITIVES: 0, FAULT: fault, ELEMS: elements },
    input: { elementBits: 8, elementsPerBeat: elements, beatsPerFrame: FRAME / elements },
    output: { elementBits: 16, elementsPerBeat: elements, beatsPerFrame: FRAME / elements },
    inputData,
    expected: inputData.map((value, i) => value + used[i % FRAME]),
    outputSigned: true,
    loads: loaded ? [{ select: 0, words: Uint32Array.from(loaded, (value) => value & 0xffff) }] : undefined,
    seed: 1,
    stallIn: 0.3,
    stallOut: 0.3,
    maxCycles: 20000,
    ...rest,
    frames,
  };
}
