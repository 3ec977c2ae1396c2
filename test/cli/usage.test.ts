import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeNpy } from '../../generator/layer/npy.js';
import { TINY, cli, temporaryFolder } from './cli.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);

/** A float layer, 2 -> 3 channels, to compress. */
const FLOAT = at('small.float.json');
writeFileSync(at('w.npy'), encodeNpy({ dtype: 'float32', shape: [3, 2, 1, 1], data: Float32Array.of(0.5, -0.25, 1, 0.125, -1, 0.75) }));
writeFileSync(
  FLOAT,
  JSON.stringify({
    format: 'shiftloom.float_layer', version: 1, kind: 'conv2d', name: 'small', kernel: [1, 1],
    input: { channels: 2, height: 3, width: 3, scale: 0.01 }, output: { channels: 3 }, tensors: { weight: 'w.npy' },
  }),
);
/** A linear one, 4 -> 2, whose weights hang together. */
const FC = at('fc.float.json');
writeFileSync(at('fc.npy'), encodeNpy({ dtype: 'float32', shape: [2, 4], data: Float32Array.of(0.5, 1, 0, 0, 0, -1, 0.75, 0) }));
writeFileSync(
  FC,
  JSON.stringify({
    format: 'shiftloom.float_layer', version: 1, kind: 'linear', name: 'fc', input: { channels: 4, scale: 0.01 }, output: { channels: 2 }, tensors: { weight: 'fc.npy' },
  }),
);
mkdirSync(at('foreign'));
writeFileSync(at('foreign/thesis.tex'), 'years of work');
writeFileSync(at('notes.txt'), 'a file');
writeFileSync(at('model.h5'), 'no format of ours');
mkdirSync(at('half'));
writeFileSync(at('half/design.json'), '{"format": "shiftloom.design", "version": 1, "name": "x", "layerHash": "0"');

const generate = (...options: string[]) => ['generate', TINY, '--out', at('design'), ...options];
const compress = (...options: string[]) => ['compress', FLOAT, '--out', at('layers'), ...options];
const compressFc = (...options: string[]) => ['compress', FC, '--out', at('layers'), '--encoding', 'pot', ...options];

const cases: [title: string, args: string[], message: string][] = [
  // The command line as such.
  ['an unknown command', ['synthesise', 'x'], "command line: unknown command 'synthesise'. Did you mean 'synthesize'?"],
  ['a command unlike any', ['frobnicate'], "command line: unknown command 'frobnicate'. See: shiftloom --help"],
  ['an unknown option', generate('--lane', 'oc=1'), "command line: unknown option '--lane'. Did you mean '--lanes'?"],
  ['an option of another command', ['doctor', '--encoding', 'pot'], "command line: unknown option '--encoding'. See: shiftloom doctor --help"],
  ['too many arguments', generate('another.layer.json'), "command line: too many arguments for 'generate'. Expected 1 argument but got 2. See: shiftloom generate --help"],
  ['no layer', ['generate', '--out', 'x'], "command line: missing required argument 'layer'. See: shiftloom generate --help"],
  ['no --out', ['generate', TINY], '--out: is needed: folder of the design; one that shiftloom wrote before is replaced. See: shiftloom generate --help'],
  ['an option without its value', ['generate', TINY, '--out'], "command line: option '--out <folder>' argument missing. See: shiftloom generate --help"],
  // Folding.
  ['lanes that are no number', generate('--lanes', 'oc=x'), '--lanes: oc=x is not a whole number. Write it as oc=16,ic=16,pixel=1'],
  ['lanes without a value', generate('--lanes', 'oc=4,ic'), "--lanes: 'ic' is not KEY=VALUE. Write it as oc=16,ic=16,pixel=1"],
  ['a misspelled lane', generate('--lanes', 'oc=4,pixels=2'), "--lanes: 'pixels' is not a lane key. Did you mean 'pixel'?"],
  ['a lane unlike any', generate('--lanes', 'threads=2'), "--lanes: 'threads' is not a lane key. Keys: oc, ic, pixel, kind, dsp, select, blocks, hold, weights, rebuild, band"],
  ['a selection that is neither on nor off', generate('--lanes', 'select=1'), '--lanes: select=1 is neither on nor off. Left out, lanes select where the layer declares a sparsity'],
  ['selecting lanes for a layer without structure', generate('--lanes', 'select=on'), "lanes select=on: layer 'tiny' declares no sparsity. Compress it with --prune, or leave select out"],
  ['lanes given twice', generate('--lanes', 'oc=4,oc=2'), '--lanes: oc is given twice'],
  ['no lanes at all', generate('--lanes', 'oc=0'), 'lanes oc=0: must be a whole number from 1 to 1024'],
  ['more lanes than can be', generate('--lanes', 'oc=1,ic=512'), 'lanes ic=512: must be a whole number from 1 to 256'],
  ['a place for weights beside lanes', generate('--lanes', 'oc=2', '--weights', 'streamed'), '--lanes: cannot be given together with --weights. Write it as --lanes oc=2,weights=streamed'],
  ['a misspelled place for weights', generate('--weights', 'rebild'), "--weights: is 'rebild'; allowed: resident, streamed, rebuilt. Did you mean 'rebuilt'?"],
  ['weights rebuilt from no factors', generate('--weights', 'rebuilt'), 'lanes weights=rebuilt: the layer is not stored as factors. Compress it with --encoding cp, or use weights=streamed'],
  ['the same for a front', ['explore', TINY, '--out', 'x', '--weights', 'rebuilt'], 'lanes weights=rebuilt: the layer is not stored as factors. Compress it with --encoding cp, or use weights=streamed'],
  ['a front of streamed weights', ['explore', TINY, '--out', 'x', '--weights', 'streamed'], '--weights: streamed weights have no front. See: shiftloom generate --weights streamed with limits, which finds one engine'],
  ['an unknown kind of lane', generate('--lanes', 'oc=1,kind=fpga'), '--lanes: kind=fpga is not a kind of lane. Kinds: dsp, lut'],
  [
    'DSP lanes for weights without multiplications',
    generate('--lanes', 'oc=1,kind=dsp'),
    "lanes kind=dsp: weights are 'pot', which needs no multiplier. Use kind=lut, or compress to uniform weights",
  ],
  ['lanes and a limit', generate('--lanes', 'oc=1', '--max-lut', '5000'), '--lanes: cannot be given together with --max-lut. Give the folding by hand, or limits to find it from'],
  ['a limit of nothing', generate('--max-lut', '0'), "--max-lut: is '0'; allowed: whole numbers from 1, or a share of the part up to 100%, as in 60%"],
  ['more than there is', generate('--max-lut', '160%'), "--max-lut: is '160%'; allowed: whole numbers from 1, or a share of the part up to 100%, as in 60%"],
  ['a share of nothing', generate('--max-lut', '0%'), "--max-lut: is '0%'; allowed: whole numbers from 1, or a share of the part up to 100%, as in 60%"],
  ['a share below nothing', generate('--max-bram=-5%'), "--max-bram: is '-5%'; allowed: whole numbers from 0, or a share of the part up to 100%, as in 60%"],
  [
    'a target that does not exist',
    generate('--target', 'XC7Z036'),
    'part: "XC7Z036" is not known. Did you mean xc7z030? Known parts: xc7z010, xc7z015, xc7z020, xc7z030, xc7z035, xc7z045, xc7z100',
  ],
  ['lanes and a share of block RAM', generate('--lanes', 'oc=1', '--max-bram', '50%'), '--lanes: cannot be given together with --max-bram. Give the folding by hand, or limits to find it from'],
  ['a latency below nothing', generate('--latency=-1ms'), "--latency: is '-1ms'; allowed: cycles as in 300000, or a time as in 1.5ms or 800us"],
  ['a latency of no cycle', generate('--latency', '0.001us'), "--latency: is '0.001us'; allowed: cycles as in 300000, or a time as in 1.5ms or 800us"],
  ['a latency in an unknown unit', generate('--latency', '3min'), "--latency: is '3min'; allowed: cycles as in 300000, or a time as in 1.5ms or 800us"],
  ['a limit in words', generate('--max-dsp', 'few'), "--max-dsp: is 'few'; allowed: whole numbers from 0, or a share of the part up to 100%, as in 60%"],
  ['a latency without a number', generate('--latency', 'soon'), "--latency: is 'soon'; allowed: cycles as in 300000, or a time as in 1.5ms or 800us"],
  ['a clock that stands still', generate('--clock', '0'), "--clock: is '0'; allowed: numbers above 0"],
  // Exploration.
  ['encodings of a compressed layer', ['explore', TINY, '--encodings', 'pot'], `--encodings: ${TINY} is compressed already. Leave it out, or give the float layer`],
  [
    'an encoding that is not compared',
    ['explore', FLOAT, '--encodings', 'pot,bop'],
    "--encodings: 'bop' is not one of pot, apot, bpot, bpot8, bpot32, csd, csd3, codebook4, codebook8, codebook16, codebook32, codebook64, uniform2, uniform3, uniform4, uniform5, uniform6, uniform7, uniform8. Did you mean 'pot'?",
  ],
  ['an encoding given twice', ['explore', FLOAT, '--encodings', 'pot,apot,pot'], '--encodings: pot is given twice'],
  ['half a synthesis', ['explore', TINY, '--synthesize', '0.5'], "--synthesize: is '0.5'; allowed: whole numbers 0..1000"],
  ['a folding to explore', ['explore', TINY, '--lanes', 'oc=1'], "command line: unknown option '--lanes'. See: shiftloom explore --help"],
  ['a layer to explore that is not there', ['explore', at('nowhere.layer.json')], `${at('nowhere.layer.json')}: no such file`],
  // Files.
  ['a layer that is not there', ['generate', at('nowhere.layer.json'), '--out', at('d')], `${at('nowhere.layer.json')}: no such file`],
  ['a float layer to generate from', ['generate', FLOAT, '--out', at('d')], `${FLOAT}: is a float layer. Compress it first: shiftloom compress ${FLOAT} --encoding bpot --out DIR`],
  ['a compressed layer to compress', ['compress', TINY, '--out', at('d'), '--encoding', 'pot'], `${TINY}: is compressed already. Generate from it: shiftloom generate ${TINY} --out DIR`],
  [
    'an output folder with files of others',
    ['generate', TINY, '--out', at('foreign')],
    `${at('foreign')}: holds 1 file(s) that shiftloom did not write (no design.json). Give an empty or new folder as --out`,
  ],
  ['an output folder that is a file', ['generate', TINY, '--out', at('notes.txt')], `${at('notes.txt')}: is a file, not a folder. Give another --out`],
  ['a folder without a design', ['synthesize', folder], `${folder}: holds no design (no design.json). Generate one first: shiftloom generate LAYER.layer.json --out DIR`],
  ['a design that was cut short', ['report', at('half')], `${at('half/design.json')}:1:1: the '{' is never closed`],
  // Compression.
  ['no encoding', compress(), '--encoding: is needed: weight encoding: uniform, pot, apot, bpot, csd, codebook, cp. See: shiftloom compress --help'],
  ['an unknown encoding', compress('--encoding', 'bop'), "--encoding: is 'bop'; allowed: uniform, pot, apot, bpot, csd, codebook, cp, block_permuted. Did you mean 'pot'?"],
  // Blocks.
  ['blocks as the encoding', compress('--encoding', 'block_permuted'), "--encoding: is 'block_permuted', which says where weights are, not how they are spelled. Add --blocks to another encoding, as in: --encoding bpot --blocks find"],
  ['blocks of a convolution', compress('--encoding', 'pot', '--blocks', 'find'), "--blocks: are for linear layers; layer 'small' is a conv2d. Leave them out, or import it as linear behind a flattened map"],
  ['blocks that are nowhere', compressFc('--blocks', 'find'), "layer 'fc' weight: has no block structure: 50.0 % of its 2 x 4 weights are not zero, and they link 2 outputs and 3 inputs to one component. Train it under a block mask, or give the mask that it was trained with (docs/blocks.md)"],
  ['blocks of an unknown kind', compressFc('--blocks', 'fnid'), "--blocks: is 'fnid'; allowed: 'find', 'find:K', a mask.npy of (outputs, inputs), or a whole number 1..65535"],
  ['found blocks in no number', compressFc('--blocks', 'find:0'), "--blocks find:K: is '0'; allowed: whole numbers 1..4096"],
  ['a number of blocks without a seed', compressFc('--blocks', '2'), '--blocks: is 2: which blocks, only the seed of their mask can tell. Add --block-seed, or use --blocks find:2'],
  ['more blocks than outputs', compressFc('--blocks', '3', '--block-seed', '1'), '--blocks: is 3; allowed: whole numbers 1..2, for 4 inputs and 2 outputs'],
  ['a seed of found blocks', compressFc('--blocks', 'find', '--block-seed', '1'), '--block-seed: belongs to the mask of --blocks K. Add the number of blocks, or leave it out'],
  ['a threshold without blocks', compressFc('--threshold', '0.1'), '--threshold: belongs to --blocks. Add --blocks find, or leave it out'],
  ['a mask that is not there', compressFc('--blocks', at('nowhere.npy')), `${at('nowhere.npy')}: no such file`],
  ['a mask of another shape', compressFc('--blocks', at('w.npy')), `${at('w.npy')}: has shape (3, 2, 1, 1); layer 'fc' needs (2, 4): outputs, inputs`],
  ['a mask of weights', compressFc('--blocks', at('fc.npy')), `${at('fc.npy')}: element [0, 0] is 0.5; a mask has 0 and 1`],
  ['pruned blocks', compressFc('--blocks', 'find', '--density', '0.5'), '--density: does not go with --blocks, whose zeros are the structure. Leave it out, or prune before'],
  ['Monarch factors of a convolution', compress('--encoding', 'pot', '--monarch', '2'), "--monarch: is for linear layers; layer 'small' is a conv2d. Leave it out"],
  ['Monarch factors that are too large', compressFc('--monarch', '2'), '--monarch: has 12 weights in two factors of 2 blocks, rank 1; the matrix has 8. Use fewer blocks, a smaller rank, or the matrix itself'],
  ['Monarch factors in too many numbers', compressFc('--monarch', '2:1:1'), "--monarch: is '2:1:1'; allowed: K or K:R, as in 16 or 16:2"],
  ['Monarch factors of one block', compressFc('--monarch', '1'), "--monarch: is '1'; allowed: whole numbers 2..4096"],
  ['Monarch factors of blocks', compressFc('--monarch', '2', '--blocks', 'find'), '--monarch: does not go with --blocks. Leave one of the two out'],
  ['Monarch factors pruned', compressFc('--monarch', '2', '--density', '0.5'), '--monarch: does not go with pruning. Leave one of the two out'],
  ['Monarch factors in one file', ['compress', FC, '--out', at('fc.layer.json'), '--encoding', 'pot', '--monarch', '2'], `--out: is ${at('fc.layer.json')}; --monarch writes several files. Give a folder`],
  ['blocks found for factors', compress('--encoding', 'cp', '--rank', '1', '--blocks', 'find'), "--blocks: is a structure of weights; 'cp' has equal blocks of output channels. Give their number, or a scalar encoding"],
  ['a threshold for factors', compress('--encoding', 'cp', '--rank', '1', '--threshold', '1'), "--threshold: does not belong to encoding 'cp'. It is for permuted blocks"],
  // Factors.
  ['factors without a rank', compress('--encoding', 'cp'), "--rank: is needed for encoding 'cp'. As in: --rank 152, --ratio 10 or --error 12"],
  ['rank 0', compress('--encoding', 'cp', '--rank', '0'), "--rank: is '0'; allowed: whole numbers 1..4096"],
  ['a rank that is too large', compress('--encoding', 'cp', '--rank', '3'), "--rank: is 3; a block of 3x2 weights of layer 'small' is told exactly by 2. Allowed: 1..2"],
  ['two ways to a rank', compress('--encoding', 'cp', '--rank', '2', '--ratio', '3'), '--rank: cannot be given together with --ratio. Give one of --rank, --ratio and --error'],
  ['a ratio out of reach', compress('--encoding', 'cp', '--ratio', '30'), "--ratio: is 30; rank 1 makes layer 'small' 0.62 times smaller than 4-bit weights. Allowed: up to 0.62"],
  ['blocks that do not divide the channels', compress('--encoding', 'cp', '--rank', '1', '--blocks', '2'), "--blocks: is 2, which does not divide the 3 output channels of layer 'small'. It must divide them"],
  ['a kernel factor without a kernel', compress('--encoding', 'cp', '--rank', '1', '--form', 'spatial'), "--form: is 'spatial', layer 'small' has no kernel but 1x1. Use 'matrix', or leave it out"],
  ['an unknown form', compress('--encoding', 'cp', '--form', 'spacial'), "--form: is 'spacial'; allowed: spatial, separable, matrix. Did you mean 'spatial'?"],
  ['an unknown factor encoding', compress('--encoding', 'cp', '--factor-encoding', 'pto:6'), "--factor-encoding: is 'pto:6'; allowed: pot, apot, uniform, with a number behind a colon where they have one. Did you mean 'pot'?"],
  ['a factor encoding out of range', compress('--encoding', 'cp', '--factor-encoding', 'uniform:9'), '--factor-encoding: is 9; allowed: integers 2..8'],
  ['an unknown factor', compress('--encoding', 'cp', '--factor-encoding', 'ouput=pot:6'), "--factor-encoding: names 'ouput', which is not one of output, input, kernel, kernel-row, kernel-column. Did you mean 'output'?"],
  ['a factor twice', compress('--encoding', 'cp', '--factor-encoding', 'input=pot:6,input=apot'), "--factor-encoding: names 'input' twice"],
  ['a factor that the form does not have', compress('--encoding', 'cp', '--rank', '1', '--factor-encoding', 'kernel=pot:3'), "--factor-encoding: does not belong to form 'matrix'. Its factors: output, input"],
  ['lanes that factors cannot feed', compress('--encoding', 'cp', '--recode', 'csd:3'), '--recode: is 3; allowed: integers 1..2'],
  ['a number where none belongs', compress('--encoding', 'cp', '--recode', 'apot:4'), "--recode: is 'apot:4'; allowed: pot, apot, bpot, uniform, csd, with a number behind a colon where they have one. As in: pot:6, apot or uniform:4"],
  ['a residual of too much', compress('--encoding', 'cp', '--residual', '60%'), "--residual: is '60%'; allowed: shares above 0 up to 50%, as in 0.5% or 0.005"],
  ['a residual under shared exponents', compress('--encoding', 'cp', '--rank', '1', '--residual', '1%', '--recode', 'bpot'), "--residual: corrects weights one by one, those of 'bpot' share exponents. Recode to pot, apot, uniform or csd"],
  ['bits of factors as bits of weights', compress('--encoding', 'cp', '--rank', '1', '--bits', '4'), "--bits: does not belong to encoding 'cp'. Factors have --factor-encoding, lanes --recode"],
  ['pruned factors', compress('--encoding', 'cp', '--rank', '1', '--density', '0.5'), "--density: does not go with encoding 'cp': sums of factors have no zeros of their own. Choose the rank instead"],
  ['a rank of weights', compress('--encoding', 'pot', '--rank', '2'), "--rank: does not belong to encoding 'pot'. It is for 'cp'"],
  ['bits out of range', compress('--encoding', 'uniform', '--bits', '17'), '--bits: is 17; allowed: integers 2..16'],
  ['an option of another encoding', compress('--encoding', 'bpot', '--bits', '4'), "--bits: does not belong to encoding 'bpot'. Its own: --group, --max-exponent"],
  ['an option of an encoding that has none', compress('--encoding', 'apot', '--digits', '2'), "--digits: does not belong to encoding 'apot'. It has no parameters"],
  ['a group of nothing', compress('--encoding', 'bpot', '--group', '0'), '--group: is 0; allowed: integers 1..256'],
  ['five signed digits', compress('--encoding', 'csd', '--digits', '5'), '--digits: is 5; allowed: integers 1..4'],
  ['a shift below zero', compress('--encoding', 'pot', '--max-shift', '-1'), '--max-shift: is -1; allowed: integers 0..14'],
  ['a codebook without levels', compress('--encoding', 'codebook'), "--levels: is needed for encoding 'codebook'. As in: --levels 16, or --levels=-8,-3,0,3,8"],
  ['a codebook of one level', compress('--encoding', 'codebook', '--levels', '1'), '--levels: is 1; allowed: integers 2..64'],
  ['digits of levels that are given', compress('--encoding', 'codebook', '--levels=-4,0,4', '--digits', '2'), '--digits: does not go with a list of levels. Give their number, as in --levels 16, or leave it out'],
  ['levels that are no integers', compress('--encoding', 'codebook', '--levels=1.5'), "--levels: is '1.5'; allowed: 1 to 64 whole numbers with commas between, as in -8,-3,0,3,8"],
  ['a negative density', compress('--encoding', 'pot', '--density=-0.5'), "--density: is '-0.5'; allowed: numbers above 0 up to 1"],
  ['a structure that is none', compress('--encoding', 'pot', '--prune', '0.5'), "--prune: is '0.5'; allowed: n:m, as in 2:4"],
  ['a structure that leaves nothing out', compress('--encoding', 'pot', '--prune', '4:4'), 'prune: is 4:4; allowed: n of m channels with 1 <= n < m <= 16. 2:4 keeps two of every four'],
  ['a structure and a density', compress('--encoding', 'pot', '--prune', '2:4', '--density', '0.5'), '--prune: cannot be given together with --density. Keep a share of the weights, n of every m, or as many as a loss allows'],
  ['levels in another order', compress('--encoding', 'codebook', '--levels=3,1,2'), '--levels: is 1 after 3. Levels must ascend'],
  ['a way to prune without an amount', compress('--encoding', 'pot', '--calibrate', '--prune-for', 'output'), '--prune-for: says how to prune, but not how much. Add --density, --prune or --prune-to-sqnr, or leave it out'],
  ['a scope of no density', compress('--encoding', 'pot', '--prune', '2:4', '--prune-by', 'channel'), '--prune-by: belongs to --density. Add --density, or leave it out'],
  ['pruning by magnitude to a loss', compress('--encoding', 'pot', '--calibrate', '--prune-to-sqnr', '30', '--prune-for', 'magnitude'), "--prune-for: is 'magnitude'; --prune-to-sqnr goes by output error. Leave it out"],
  ['a float layer of its own place', ['compress', FLOAT, '--encoding', 'pot', '--out', FLOAT], `${FLOAT}: is the float layer itself and would be overwritten. Choose another folder`],
  ['a model in place of a float layer', ['compress', at('w.npy'), '--encoding', 'pot', '--out', at('layers')], `${at('w.npy')}: is a model or tensor file, not a float layer. Import it first: shiftloom import ${at('w.npy')} --help`],
  ['pruning by output error without data', compress('--encoding', 'pot', '--density', '0.5', '--prune-for', 'output'), '--prune-for: needs recorded inputs. Add --calibrate'],
  ['pruning to a loss without data', compress('--encoding', 'pot', '--prune-to-sqnr', '30'), '--prune-to-sqnr: needs recorded inputs. Add --calibrate'],
  ['damping without calibration', compress('--encoding', 'pot', '--damping', '0.1'), '--damping: belongs to --calibrate. Add --calibrate, or leave it out'],
  ['calibration without recorded inputs', compress('--encoding', 'pot', '--calibrate'), "layer 'small' calibration: is missing, and so is a sample: there is nothing to calibrate on. Record inputs of the layer, (N,H,W,C) in a .npy file, and name it with import --calibration FILE"],
  ['a density in percent', compress('--encoding', 'pot', '--density', '50'), "--density: is '50'; allowed: numbers above 0 up to 1"],
  ['an unknown requantization', compress('--encoding', 'pot', '--requantize', 'shift'), "--requantize: is 'shift'; allowed: multiplier, power_of_two"],
  ['multiplier bits without a multiplier', compress('--encoding', 'pot', '--requantize', 'power_of_two', '--multiplier-bits', '8'), '--multiplier-bits: does not belong to --requantize power_of_two. Leave it out'],
  // Import.
  ['a model of an unknown format', ['import', at('model.h5'), '--out', at('m.float.json')], `${at('model.h5')}: is of no format that is imported. Known formats: float layer, tfjs weights manifest, safetensors, npy, ONNX`],
  ['an import to nowhere', ['import', at('w.npy')], '--out: is needed: the float layer file to write. As in: --out conv1.float.json'],
  ['a kernel without its map size', ['import', at('w.npy'), '--out', at('m.float.json')], `${at('w.npy')}: does not say how large the input map is. Give the height and width of the input`],
  ['three pads', ['import', at('w.npy'), '--out', 'x', '--pads', '1,1,1'], "--pads: is '1,1,1'; allowed: 1 or 4 whole numbers with commas between, as in 1,1,1,1"],
  ['clip bounds the wrong way round', ['import', at('w.npy'), '--out', 'x', '--activation', 'clip:6:0'], "--activation: is 'clip:6:0'; allowed: none, relu, relu6, clip:MIN:MAX with MIN below MAX"],
  // Simulation and synthesis.
  ['a certain stall', ['simulate', TINY, '--out', at('d'), '--stall-in', '1'], "--stall-in: is '1'; allowed: numbers from 0 up to below 1"],
  ['half a frame', ['run', TINY, '--out', at('d'), '--frames', '0.5'], "--frames: is '0.5'; allowed: whole numbers 0..100000"],
  ['an unknown simulator', ['run', TINY, '--out', at('d'), '--engine', 'verlator'], "--engine: is 'verlator'; allowed: auto, verilator, embedded. Did you mean 'verilator'?"],
];

describe('wrong use ends with code 2 and one line that says what, where and the way out', () => {
  it.each(cases)('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await cli(args);
    expect(stderr).toBe(`shiftloom: ${message}\n`);
    expect(code).toBe(2);
    expect(stdout).toBe('');
  });

  it('covers at least fifty mistakes', () => expect(cases.length).toBeGreaterThanOrEqual(50));

  it('cycles that are not in a frame are told before a design is written', async () => {
    const { code, stderr } = await cli(['energy', TINY, '--out', at('counted'), '--lanes', 'oc=2,ic=2', '--from', '1000000']);
    expect(stderr).toMatch(/^shiftloom: tiny_top: cycles 1000000 to \d+ are not in its frame of \d+ cycles\. Give another --from or --cycles\n$/);
    expect(code).toBe(2);
    expect(existsSync(at('counted'))).toBe(false);
  });

  it('an unknown part is told after the design was read', async () => {
    await cli(generate('--lanes', 'oc=2,ic=2'));
    const { code, stderr } = await cli(['synthesize', at('design'), '--part', 'xc7z036']);
    expect(stderr).toMatch(/^shiftloom: part: "xc7z036" is not known\. Did you mean xc7z0\d\d\? Known parts: xc7z010, /);
    expect(code).toBe(2);
  });

  it('a limit that no folding meets names the nearest folding and what it breaks', async () => {
    const { code, stderr } = await cli(generate('--target', 'XC7Z010', '--latency', '0.1us'));
    expect(stderr).toMatch(
      /^shiftloom: tiny: no folding has at most 12,320 LUTs, 72 DSP blocks, 54 block RAMs, 20 cycles \([\d,]+ considered\); the nearest, oc=\d+,ic=\d+,pixel=\d+,kind=lut, takes [\d,]+ cycles instead of 20\. Relax that limit, or give --lanes by hand\n$/,
    );
    expect(code).toBe(2);
  });
});
