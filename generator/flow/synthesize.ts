/** Synthesis of a design, from memory or from its folder. */
import { synthesizeDesign, type SynthesisResult } from '../synthesize/synthesize.js';
import { closeYosysWorkers } from '../synthesize/yosys.js';
import type { FlowContext } from './context.js';

export interface FlowSynthesisOptions {
  /** Device, default `xc7z035`. */
  readonly part?: string;
}

/**
 * Counts a design with Yosys for 7-series, as emitted (XC7_PRIMITIVES at its default of 1).
 * @throws ShiftloomError('tool') with Yosys' own message
 */
export async function synthesizeFlow(
  design: { readonly top: string; readonly verilog: readonly string[]; readonly files: ReadonlyMap<string, string> },
  options: FlowSynthesisOptions = {},
  context: FlowContext = {},
): Promise<SynthesisResult> {
  // Always in compile order: the mapping depends a little on it.
  const memories = [...design.files.keys()].filter((path) => path.endsWith('.mem'));
  const files = [...design.verilog, ...memories].map((path) => ({ path, text: design.files.get(path)! }));
  try {
    return await synthesizeDesign({
      files,
      top: design.top,
      part: options.part,
      signal: context.signal,
      onProgress: (step) => context.onProgress?.({ stage: 'synthesize', message: `Yosys: ${step}` }),
    });
  } finally {
    await closeYosysWorkers();
  }
}
