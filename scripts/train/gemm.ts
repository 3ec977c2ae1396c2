/**
 * Matrix product in WebAssembly SIMD, for training: TypeScript alone does one multiply-accumulate at a time, this one does 32 in a few cycles.
 * The module is assembled here, byte by byte (WebAssembly 2.0, section 5 "Binary Format"). Its f32 arithmetic is IEEE 754 in a fixed order, so
 * results are the same bits on every machine.
 */

/** What is used of the engine's own object, which the types of Node leave out. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** Rows of A and columns of B that the kernel takes at once; the counts it is called with are multiples of these. */
export const GEMM_ROWS = 4;
export const GEMM_COLUMNS = 8;

/**
 * C += A * B in f32. A is (m, k) with any strides, B is (k, n) and C (m, n) with rows of consecutive values.
 * @param a,b,c byte addresses in the memory
 * @param m multiple of 4
 * @param n multiple of 8
 * @param k at least 1
 * @param aRow,aColumn,bRow,cRow strides in bytes
 */
export type Gemm = (a: number, b: number, c: number, m: number, n: number, k: number, aRow: number, aColumn: number, bRow: number, cRow: number) => void;

export interface TrainingMemory {
  readonly gemm: Gemm;
  /** A block of zeros in the memory that `gemm` works on; its `byteOffset` is its address. */
  floats(count: number): Float32Array;
}

/** Memory of `bytes` bytes with the product beside it. @throws RangeError when more is taken than it has */
export function trainingMemory(bytes: number): TrainingMemory {
  const pages = Math.ceil(bytes / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(gemmModule()), { env: { memory } });
  let used = 0;
  return {
    gemm: instance.exports.gemm as Gemm,
    floats(count) {
      const block = new Float32Array(memory.buffer, used, count);
      used += 64 * Math.ceil((4 * count) / 64);
      return block;
    },
  };
}

const [I32, V128] = [0x7f, 0x7b];
/** Parameters, then locals. */
const [A, B, C, M, N, K, A_ROW, A_COLUMN, B_ROW, C_ROW] = Array.from({ length: 10 }, (_, i) => i);
const [I, J, LEFT, PB, PC] = [10, 11, 12, 13, 14];
const PA = [15, 16, 17, 18];
const LOCAL_WORDS = 9;
const SUMS = Array.from({ length: 8 }, (_, i) => 19 + i);
const [B0, B1, SPLAT] = [27, 28, 29];
const LOCAL_VECTORS = 11;

const get = (local: number) => [0x20, local];
const set = (local: number) => [0x21, local];
const constant = (value: number) => [0x41, ...signed(value)];
const ADD = 0x6a;
const MULTIPLY = 0x6c;
const increase = (local: number, by: number[]) => [...get(local), ...by, ADD, ...set(local)];
const vectorLoad = (offset: number) => [0xfd, 0x00, 0, ...unsigned(offset)];
const vectorStore = (offset: number) => [0xfd, 0x0b, 0, ...unsigned(offset)];
const splatLoad = () => [0xfd, 0x09, 0, 0];
const F32X4_ADD = [0xfd, ...unsigned(0xe4)];
const F32X4_MULTIPLY = [0xfd, ...unsigned(0xe6)];
const END = 0x0b;
/** Repeats `body`, which ends by leaving whether to go on. */
const repeat = (body: number[]) => [0x03, 0x40, ...body, 0x0d, 0x00, END];
const LESS = 0x48;

function kernelBody(): number[] {
  const rows = PA.map((_, row) => row);
  const eachRow = (make: (row: number) => number[]) => rows.flatMap(make);
  const pointers = [
    ...get(A), ...get(I), ...get(A_ROW), MULTIPLY, ADD, ...set(PA[0]),
    ...rows.slice(1).flatMap((row) => [...get(PA[row - 1]), ...get(A_ROW), ADD, ...set(PA[row])]),
    ...get(B), ...get(J), ...constant(4), MULTIPLY, ADD, ...set(PB),
    ...get(C), ...get(I), ...get(C_ROW), MULTIPLY, ADD, ...get(J), ...constant(4), MULTIPLY, ADD, ...set(PC),
  ];
  const nextSumRow = increase(PC, get(C_ROW));
  const backToFirst = [...get(PC), ...get(C_ROW), ...constant(GEMM_ROWS), MULTIPLY, 0x6b, ...set(PC)];
  const loadSums = eachRow((row) => [...get(PC), ...vectorLoad(0), ...set(SUMS[2 * row]), ...get(PC), ...vectorLoad(16), ...set(SUMS[2 * row + 1]), ...nextSumRow]);
  const storeSums = eachRow((row) => [...get(PC), ...get(SUMS[2 * row]), ...vectorStore(0), ...get(PC), ...get(SUMS[2 * row + 1]), ...vectorStore(16), ...nextSumRow]);
  const accumulate = (sum: number, b: number) => [...get(SPLAT), ...get(b), ...F32X4_MULTIPLY, ...get(sum), ...F32X4_ADD, ...set(sum)];
  const step = [
    ...get(PB), ...vectorLoad(0), ...set(B0), ...get(PB), ...vectorLoad(16), ...set(B1),
    ...eachRow((row) => [
      ...get(PA[row]), ...splatLoad(), ...set(SPLAT),
      ...accumulate(SUMS[2 * row], B0), ...accumulate(SUMS[2 * row + 1], B1),
      ...increase(PA[row], get(A_COLUMN)),
    ]),
    ...increase(PB, get(B_ROW)),
    ...increase(LEFT, constant(-1)), ...get(LEFT),
  ];
  const tile = [...pointers, ...loadSums, ...backToFirst, ...get(K), ...set(LEFT), ...repeat(step), ...storeSums];
  const columns = repeat([...tile, ...increase(I, constant(GEMM_ROWS)), ...get(I), ...get(M), LESS]);
  return repeat([...constant(0), ...set(I), ...columns, ...increase(J, constant(GEMM_COLUMNS)), ...get(J), ...get(N), LESS]);
}

function gemmModule(): Uint8Array {
  const parameters = Array<number>(10).fill(I32);
  const locals = [2, LOCAL_WORDS, I32, LOCAL_VECTORS, V128];
  const code = [...locals, ...kernelBody(), END];
  const text = (name: string) => [name.length, ...Buffer.from(name)];
  const pages = [0x00, 1];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters.length, ...parameters, 0]),
    ...section(2, [1, ...text('env'), ...text('memory'), 0x02, ...pages]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('gemm'), 0x00, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
