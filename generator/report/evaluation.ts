/** What `evaluate` measured: accuracy of the float network, of the golden model and of the simulated Verilog, and what they get wrong. Plain data, as `evaluation.json` has it. */

/** Pictures of which the class is right. */
export interface Score {
  readonly right: number;
  readonly of: number;
  /** right / of. */
  readonly accuracy: number;
}

export interface WrongPicture {
  /** Position in the data set. */
  readonly index: number;
  readonly label: number;
  readonly golden: number;
  readonly float?: number;
  readonly rtl?: number;
}

export interface EvaluatedNode {
  readonly name: string;
  readonly op: string;
  /** Height, width, channels of what it gives. */
  readonly map: readonly [number, number, number];
  /** Of a layer. */
  readonly encoding?: string;
  readonly parametersDense?: number;
  readonly parametersStored?: number;
  readonly storedBits?: number;
}

/** Figures of the accelerator whose Verilog was simulated. */
export interface AcceleratorFigures {
  readonly form: string;
  /** From one frame to the next when frames come back to back, without pauses. */
  readonly cyclesPerFrame: number;
  /** From the start to the last output of a single frame. */
  readonly latencyCycles: number;
  /** 200 MHz / cyclesPerFrame. */
  readonly fps200MHz: number;
  readonly lut: number;
  readonly ff: number;
  readonly dsp: number;
  readonly bram36: number;
  /** Where the four figures are from. */
  readonly resources: 'estimate' | 'synthesis';
}

export interface RtlRun {
  readonly engine: string;
  readonly engineVersion: string;
  readonly frames: number;
  /** Probability of a pause on each stream in a cycle. */
  readonly stalls: number;
  /** Output words that were compared with the golden model, and how many were wrong. */
  readonly words: number;
  readonly mismatchedWords: number;
  readonly firstMismatch?: { readonly frame: number; readonly index: number; readonly expected: number; readonly got: number };
  readonly timedOut: boolean;
  readonly protocolErrors: readonly string[];
  /** Clock cycles simulated, all runs together. */
  readonly cycles: number;
  readonly seconds: number;
}

export interface Evaluation {
  readonly generator: string;
  readonly network: string;
  readonly data: string;
  readonly classes: readonly string[];
  readonly accuracy: { readonly float?: Score; readonly golden: Score; readonly rtl?: Score };
  /** Pictures to which the float network and the golden model give different classes. */
  readonly floatDiffers?: number;
  /** [right class][class of the golden model]: pictures. */
  readonly confusion: readonly (readonly number[])[];
  /** Pictures that the golden model or the Verilog gets wrong, in the order of the data set. */
  readonly wrong: readonly WrongPicture[];
  readonly parametersDense: number;
  readonly parametersStored: number;
  readonly nodes: readonly EvaluatedNode[];
  readonly rtl?: RtlRun;
  readonly accelerator?: AcceleratorFigures;
  readonly seconds: { readonly networks: number; readonly simulation: number; readonly total: number };
}

/** True if every word that was simulated is right. */
export function evaluationPassed({ rtl }: Pick<Evaluation, 'rtl'>): boolean {
  return rtl === undefined || (rtl.mismatchedWords === 0 && !rtl.timedOut && rtl.protocolErrors.length === 0);
}

/** Share of classes that equal their labels. */
export function score(classes: ArrayLike<number>, labels: ArrayLike<number>): Score {
  let right = 0;
  for (let i = 0; i < classes.length; i++) if (classes[i] === labels[i]) right++;
  return { right, of: classes.length, accuracy: classes.length > 0 ? right / classes.length : 0 };
}

/** [right class][given class]: how often. */
export function confusionMatrix(classes: ArrayLike<number>, labels: ArrayLike<number>, count: number): number[][] {
  const matrix = Array.from({ length: count }, () => new Array<number>(count).fill(0));
  for (let i = 0; i < classes.length; i++) matrix[labels[i]][classes[i]]++;
  return matrix;
}
