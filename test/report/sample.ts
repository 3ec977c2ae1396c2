/** A report with every part filled in, of the size of a real one, and one with nothing run. */
import { GENERATOR_VERSION } from '../../generator/version.js';
import { reportSchema, type Report } from '../../generator/report/report_schema.js';

const BUCKETS = 8;

export function sampleReport(change: Partial<Report> = {}): Report {
  const step = (type: string, name: string, routingNs: number, cellNs: number, atNs: number) => ({ type, module: 'conv4_1_top', name, routingNs, cellNs, atNs });
  return reportSchema.parse({
    format: 'shiftloom.report',
    reportVersion: 1,
    generator: GENERATOR_VERSION,
    layer: 'conv4_1',
    layerHash: 'a21f381e',
    kind: 'conv2d',
    encoding: 'bpot',
    encodingParameters: { groupSize: 16, maxExponent: 3 },
    geometry: {
      inChannels: 256, inHeight: 28, inWidth: 28, outChannels: 512, outHeight: 28, outWidth: 28, kernelHeight: 3, kernelWidth: 3, strideHeight: 1, strideWidth: 1,
      padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, dilationHeight: 1, dilationWidth: 1, groups: 1,
    },
    formats: {
      input: { bits: 8, signed: false, zeroPoint: 0 }, output: { bits: 8, signed: false, zeroPoint: 3 },
      accumulatorBits: 21, requantize: 'multiplier', activation: 'relu',
    },
    lanes: { oc: 16, ic: 16, pixel: 1, kind: 'lut', dsp: 0, selection: null, weights: 'resident' },
    macs: 924_844_032,
    peakMacsPerCycle: 256,
    bound: 'compute',
    busy: { compute: 3_612_672, requantizers: 3_612_672, inputStream: 25_088, outputStream: 50_176, weightStream: 0, rebuilding: 0 },
    cycles: 3_614_674,
    utilization: 924_844_032 / (3_614_674 * 256),
    bitExact: true,
    outputs: 1_204_224,
    mismatches: 0,
    oracleMismatches: 0,
    storedBits: 3_701_766,
    denseBits: 37_765_120,
    weightSqnrDb: 13.21,
    outputSqnrDb: 12.87,
    compression: {
      weights: 1_179_648, density: 0.858, bitsPerWeight: 3.138, ratio32: 10.2, ratio8: 2.55, dense8Bits: 9_453_568,
      method: 'bpot', source: 'Prediction/Conv2d_1_pointwise', outputSqnrOn: 'the network’s own activations',
      histogram: { edges: [-0.2, -0.1, 0, 0.1, 0.2], before: [100, 900, 950, 50], after: [0, 1000, 1000, 0] },
    },
    resources: {
      lut: 6136, ff: 7680, carry4: 746, dsp: 1, bram36: 114, lutBySize: { LUT2: 449, LUT3: 1537, LUT6: 2102, LUT6_2: 2048 },
      lutRam: 0, srl: 43, muxf7: 0, muxf8: 0, ramb36: 98, ramb18: 32, routeThroughLuts: 397,
    },
    part: { name: 'xc7z035', title: 'Zynq-7000 XC7Z035', lut: 171_900, ff: 343_800, dsp: 900, bram36: 500 },
    share: { lut: 6136 / 171_900, ff: 7680 / 343_800, dsp: 1 / 900, bram36: 114 / 500 },
    lutPerMac: 6136 / 256,
    laneLutPerMac: 17.19,
    reconstructionLut: null,
    estimate: {
      lut: 6171, ff: 8436, dsp: 1, bram36: 114, cycles: 3_614_674, laneLut: 4400,
      errorPercent: { lut: 0.57, ff: 9.84, dsp: 0, bram36: 0, cycles: 0 },
    },
    units: [
      { name: 'nn_lane_bpot', within: 'conv4_1_processing_element', instances: 256, lut: 4400, ff: 2816, dsp: 0, bram36: 0, lutShare: 4400 / 6136, exact: false },
      { name: 'conv4_1_weight_memory', within: 'conv4_1_top', instances: 1, lut: 877, ff: 887, dsp: 0, bram36: 104, lutShare: 877 / 6136, exact: false },
      { name: 'nn_drain', within: 'conv4_1_top', instances: 1, lut: 336, ff: 352, dsp: 0, bram36: 0, lutShare: 336 / 6136, exact: false },
      { name: 'nn_activation_buffer', within: 'conv4_1_top', instances: 1, lut: 200, ff: 129, dsp: 0, bram36: 8, lutShare: 200 / 6136, exact: false },
      { name: 'nn_control_registers', within: 'conv4_1_top', instances: 1, lut: 323, ff: 309, dsp: 0, bram36: 0, lutShare: 323 / 6136, exact: false },
    ],
    clock: {
      label: 'pre-layout estimate',
      periodNs: { optimistic: 4.88, nominal: 7.36, pessimistic: 9.84 },
      fmaxMhz: { optimistic: 205, nominal: 136, pessimistic: 102 },
      path: {
        start: step('FDRE', 'u_sequencer.filled_q[0]', 0, 0.303, 0.303),
        steps: [step('LUT2', '(unnamed)', 1.2, 0.15, 1.653), step('CARRY4', 'u_sequencer.rows_ready', 1, 0.54, 3.193)],
        end: step('FDRE', 'u_control_registers.wait_q[0] (CE)', 4.057, 0.11, 7.36),
        levels: 2, logicNs: 1.103, routingNs: 6.257, totalNs: 7.36,
      },
      byModule: [{ module: 'nn_control_registers', periodNs: 7.36 }, { module: 'conv4_1_processing_element', periodNs: 3.82 }],
    },
    execution: {
      wins: 'direct', because: '7.29 times its cycles stored, 7.49 times its cycles rebuilt', rule: 'the fewest cycles of those that fit',
      stored: { lanes: 'oc=16,ic=16,pixel=1,weights=streamed', cycles: 905_251, lut: 19_773, dsp: 1, bram36: 129, outputSqnrDb: 10.6 },
      rebuilt: { lanes: 'oc=16,ic=16,pixel=1,weights=rebuilt', cycles: 930_922, lut: 22_716, dsp: 1, bram36: 101.5, outputSqnrDb: 10.6, reconstructionLut: 3820, laneLut: 17_024 },
      direct: { lanes: 'oc=4,ic=64,pixel=4', cycles: 124_238, lut: 31_564, dsp: 8, bram36: 21, outputSqnrDb: null },
      outputsAgainst: 'what the factors give without rounding', outputsOn: '1 of 1 frame(s) of random inputs',
    },
    energy: {
      perMac: { low: 9.9, nominal: 20, high: 39.5 },
      perFrame: { low: 9.1e9, nominal: 18.5e9, high: 36.5e9 },
      byPart: [
        { name: 'array', low: 3.4, nominal: 7, high: 13.5 }, { name: 'memories', low: 6, nominal: 11.8, high: 24 },
        { name: 'control', low: 0.3, nominal: 0.6, high: 1.2 }, { name: 'clock', low: 0.2, nominal: 0.6, high: 0.8 },
      ],
      cycles: 4096, shareOfFrame: 0.0011, toggles: 35_993_032, outputs: 512, mismatches: 0,
    },
    simulation: {
      engine: 'verilator', engineVersion: '5.006', note: null, frames: 3, source: 'sample', seed: 1, stallIn: 0.2, stallOut: 0.2,
      active: 3_612_672, waitInput: 1792, waitOutput: 0, waitWeight: 0, stalledCycles: 7_311_220, timedOut: false, protocolErrors: [], firstMismatch: null,
      timeline: {
        bucketCycles: 451_835,
        inputBeats: Array<number>(BUCKETS).fill(3136),
        outputBeats: Array<number>(BUCKETS).fill(6272),
        active: Array<number>(BUCKETS).fill(451_584),
        waitInput: [1792, 0, 0, 0, 0, 0, 0, 0],
        waitOutput: Array<number>(BUCKETS).fill(0),
      },
    },
    oracle: { compared: 802_816, requantizedCompared: 802_816, requantizedDiffer: 0.0003, skipped: null },
    design: {
      input: { elementBits: 8, elements: 8, beatsPerFrame: 25_088 },
      output: { elementBits: 8, elements: 8, beatsPerFrame: 50_176 },
      ring: { rows: 4, words: 1792, wordBits: 128, banks: 1 },
      weightMemory: { depth: 4608, width: 800, bram36: 104 },
      parameterMemory: { depth: 512, width: 37, bram36: 1 },
      array: { elements: 16, treeLatency: 5 },
      requantizer: { lanes: 1, multiplierBits: 16, latency: 6 },
      outputBuffer: { slots: 2, bits: 8192 },
      sequencer: { steps: 144, gap: 0, tiles: 32, rowTiles: 28 },
      streamed: null,
    },
    seconds: { generate: 0.61, simulate: 21.4, synthesize: 14.2 },
    tools: { node: '20.20.2', simulator: 'verilator 5.006', yosys: '0.55 (wasm)' },
    warnings: [],
    ...change,
  } satisfies Report);
}

/** Generated only. */
export function bareReport(): Report {
  const { estimate } = sampleReport();
  return sampleReport({
    cycles: null, utilization: null, bitExact: null, outputs: null, mismatches: null, oracleMismatches: null, resources: null, share: null, lutPerMac: null,
    laneLutPerMac: null, reconstructionLut: null, units: null, clock: null, energy: null, execution: null, simulation: null, oracle: null, weightSqnrDb: null, outputSqnrDb: null,
    estimate: { ...estimate, errorPercent: { lut: null, ff: null, dsp: null, bram36: null, cycles: null } },
    compression: { ...sampleReport().compression, histogram: null, outputSqnrOn: null },
    seconds: { generate: 0.61, simulate: null, synthesize: null },
    tools: { node: null, simulator: null, yosys: null },
  });
}
