/** The operators that become layers, and at which inputs their operands are. */

export interface LayerOperator {
  readonly kind: 'convolution' | 'gemm' | 'matmul';
  /** Positions of activations, weights and bias among the inputs. */
  readonly x: number;
  readonly w: number;
  readonly bias?: number;
  /** Positions of scales and zero points of operators on integers; one that does not exist is left out. */
  readonly integer?: {
    readonly xScale?: number;
    readonly xZero: number;
    readonly wScale?: number;
    readonly wZero: number;
    readonly yScale?: number;
    readonly yZero?: number;
  };
}

const QLINEAR = { xScale: 1, xZero: 2, wScale: 4, wZero: 5, yScale: 6, yZero: 7 };

export const LAYER_OPERATORS: Readonly<Record<string, LayerOperator>> = {
  Conv: { kind: 'convolution', x: 0, w: 1, bias: 2 },
  Gemm: { kind: 'gemm', x: 0, w: 1, bias: 2 },
  MatMul: { kind: 'matmul', x: 0, w: 1 },
  ConvInteger: { kind: 'convolution', x: 0, w: 1, integer: { xZero: 2, wZero: 3 } },
  MatMulInteger: { kind: 'matmul', x: 0, w: 1, integer: { xZero: 2, wZero: 3 } },
  QLinearConv: { kind: 'convolution', x: 0, w: 3, bias: 8, integer: QLINEAR },
  QLinearMatMul: { kind: 'matmul', x: 0, w: 3, integer: QLINEAR },
  'com.microsoft.QGemm': { kind: 'gemm', x: 0, w: 3, bias: 6, integer: { ...QLINEAR, yScale: 7, yZero: 8 } },
};

/** Operators with weights of their own that do not become layers, and why. */
export const REFUSED_OPERATORS: Readonly<Record<string, string>> = {
  ConvTranspose: 'a transposed convolution writes each input to many outputs, which the engine does not do',
  DeformConv: 'the engine reads windows at fixed offsets only',
  LSTM: 'the engine has no memory between frames',
  GRU: 'the engine has no memory between frames',
  RNN: 'the engine has no memory between frames',
  Loop: 'layers inside of its body are not looked for',
  If: 'layers inside of its branches are not looked for',
  Scan: 'layers inside of its body are not looked for',
  Einsum: 'its equation is not read',
  'com.microsoft.FusedConv': 'ONNX Runtime makes it when it optimizes a model',
  'com.microsoft.MatMulNBits': 'its weights are packed in blocks with scales of their own',
};

/** What to do instead, where there is more to say than to run it elsewhere. */
export const WAYS_OUT: Readonly<Record<string, string>> = {
  'com.microsoft.FusedConv': 'Import the model as it was before optimization',
  'com.microsoft.MatMulNBits': 'Import the float model, and compress it here',
  ConvTranspose: 'Use Resize and Conv in the network, or run it beside the engine',
  Einsum: 'Export it as MatMul',
};
