import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boardNames, loadBoard } from '../../generator/deploy/boards.js';
import { deployFiles, type DeployOptions } from '../../generator/deploy/deploy_files.js';
import { registerMap } from '../../generator/deploy/register_map.js';
import { randomDeployment } from './random_designs.js';
import { ScriptBench } from './vivado_model.js';

const RELEASES = ['2019.2', '2020.1', '2020.2', '2021.2', '2022.2', '2023.2', '2024.2', '2025.2'];
const created = '2020-01-01T00:00:00Z';
/** Seeds of a design with weights on chip and of one with a stream of weights. */
const [RESIDENT, STREAMED] = [randomDeployment(1), randomDeployment(7)];
const benches: ScriptBench[] = [];

function benchOf(board: string, sources = RESIDENT, more: Partial<DeployOptions> = {}): { bench: ScriptBench; files: ReadonlyMap<string, string> } {
  const { files } = deployFiles(sources, { board: loadBoard(board), mhz: 125, created, ...more });
  const bench = new ScriptBench(files);
  benches.push(bench);
  return { bench, files };
}
afterAll(() => benches.forEach((bench) => bench.close()));

describe('build.tcl against the model of Vivado', () => {
  it.each(boardNames())('builds for %s on every release from 2019.2 to 2025.2, with and without a stream of weights', (name) => {
    for (const sources of [RESIDENT, STREAMED]) {
      const { bench } = benchOf(name, sources);
      for (const release of RELEASES) {
        const { code, output, error } = bench.run('build.tcl', { release });
        expect({ release, error, code }).toEqual({ release, error: '', code: 0 });
        expect(output).toMatch(/^ok$/m);
        expect(output).toContain(`written: /deploy/vivado/out/${sources.numbers.name}.bit, .hwh, .xsa`);
        expect(output).toContain('reports: drc.rpt power.rpt timing_summary.rpt utilization.rpt utilization_by_module.rpt');
      }
    }
  });

  it('takes the older address command on 2019.2 and the newer one from 2020.1 on', () => {
    const { bench } = benchOf('ax7z035b');
    const commands = (release: string) => /^commands: (.*)$/m.exec(bench.run('build.tcl', { release }).output)![1].split(' ');
    expect(commands('2019.2')).toContain('create_bd_addr_seg');
    expect(commands('2019.2')).not.toContain('assign_bd_address');
    expect(commands('2020.1')).toContain('assign_bd_address');
  });

  it('takes the board part where it is installed, and the parameters of config.tcl where it is not', () => {
    const { bench, files } = benchOf('te0745-35-1c');
    const installed = bench.run('build.tcl', { boards: ['trenz.biz:te0745_35_1c:part0:1.0'] });
    expect(installed.error).toBe('');
    expect(installed.output).toMatch(/^commands: .*apply_bd_automation/m);
    const absent = bench.run('build.tcl');
    expect(absent.output).toContain('shiftloom: board part trenz.biz:te0745_35_1c:part0:1.0 is not installed');
    expect(absent.output).not.toMatch(/apply_bd_automation/);
    expect(files.get('vivado/config.tcl')).toContain('CONFIG.PCW_UART0_UART0_IO {MIO 14 .. 15}');
  });

  it('takes a preset that Vivado exported', () => {
    const board = { ...loadBoard('ax7350b'), processor: {}, presetText: 'proc apply_preset {cell} {\n  return [dict create CONFIG.PCW_CRYSTAL_PERIPHERAL_FREQMHZ {33.333333}]\n}\n' };
    const bench = new ScriptBench(deployFiles(RESIDENT, { board, mhz: 100, created }).files);
    benches.push(bench);
    expect(bench.run('build.tcl')).toMatchObject({ code: 0, error: '' });
  });

  it('uses SmartConnect in a Vivado without the AXI Interconnect', () => {
    const { bench } = benchOf('ax7z035b', STREAMED);
    expect(bench.run('build.tcl', { release: '2025.2', faults: ['no_axi_interconnect'] })).toMatchObject({ code: 0, error: '' });
  });

  it('stops after synthesis or implementation if told to, and takes a part, a folder and a strategy', () => {
    const { bench } = benchOf('ax7z035b');
    const synthesized = bench.run('build.tcl', { args: ['--to', 'synth', '--jobs', '2'] });
    expect(synthesized).toMatchObject({ code: 0, error: '' });
    expect(synthesized.output).not.toContain('write_hw_platform');
    const implemented = bench.run('build.tcl', { args: ['--to', 'impl', '--part', 'xc7z035fbg676-3', '--strategy', 'Performance_Explore'] });
    expect(implemented).toMatchObject({ code: 0, error: '' });
    expect(implemented.output).not.toContain('write_hw_platform');
  });

  it('puts the engine into a pblock', () => {
    const { bench } = benchOf('ax7z035b', RESIDENT, { pblock: 'CLOCKREGION_X0Y0:CLOCKREGION_X1Y2' });
    expect(bench.run('build.tcl')).toMatchObject({ code: 0, error: '' });
  });

  it.each([
    ['a Vivado that is too old', { release: '2018.3' }, 'shiftloom: this is Vivado 2018.3; 2019.2 or newer is needed'],
    ['a Vivado without the part', { faults: ['no_part'] }, 'shiftloom: this Vivado does not know xc7z035ffg676-2. Its devices may not be installed, or the edition may not cover it: the free one ends at the XC7Z030'],
    ['a run that fails', { faults: ['run_fails'] }, "shiftloom: synth_1 ended with 'place_design ERROR' at 40%. Its log is /deploy/vivado/out/project/random_1.runs/synth_1/runme.log"],
    ['timing that is not met', { faults: ['negative_slack'] }, 'shiftloom: timing is not met by 0.213 ns: package again with a lower --clock, or try --strategy Performance_ExplorePostRoutePhysOpt'],
    ['an option that does not exist', { args: ['--job', '4'] }, "shiftloom: '--job' is no option. Options: --jobs --out --part --strategy --to"],
    ['a goal that does not exist', { args: ['--to', 'bitstream'] }, "shiftloom: --to is 'bitstream'; allowed: synth, impl, bit"],
  ])('ends with an error that says what to do: %s', (_what, run, message) => {
    const { bench } = benchOf('ax7z035b');
    const { code, error } = bench.run('build.tcl', run);
    expect({ code, error: error.trim() }).toEqual({ code: 1, error: message });
  });

  it('keeps the files of a design that misses its timing under another name', () => {
    const { bench } = benchOf('ax7z035b');
    expect(bench.run('build.tcl', { faults: ['negative_slack'] }).output).toContain('random_1_bad_timing.bit, .hwh, .xsa');
  });
});

describe('ooc.tcl and package_ip.tcl against the model of Vivado', () => {
  it.each(RELEASES)('run on %s', (release) => {
    const { bench } = benchOf('adrv9361z7035', STREAMED, { saif: '(SAIFILE)' });
    const alone = bench.run('ooc.tcl', { release });
    expect(alone).toMatchObject({ code: 0, error: '' });
    expect(alone.output).toContain(`read: ${STREAMED.numbers.name}_top`);
    const packaged = bench.run('package_ip.tcl', { release });
    expect(packaged).toMatchObject({ code: 0, error: '' });
    const { registers } = registerMap(STREAMED.numbers);
    const parts = `${registers.length} ${registers.flatMap(({ fields }) => fields).length}`;
    expect(packaged.output).toContain(`core: 1 7 aresetn m_axis s_axil s_axis s_axis_weight ${parts} create_xgui_files update_checksums check_integrity save_core\n`);
  });

  it('end with an error if the timing is missed', () => {
    const { bench } = benchOf('ax7z035b');
    expect(bench.run('ooc.tcl', { faults: ['negative_slack'] })).toMatchObject({ code: 1, error: 'shiftloom: timing is not met by 0.213 ns at 125 MHz\n' });
  });
});

describe('every Tcl file of a package', () => {
  it('is a whole script, the dialog page and the driver data too', () => {
    const { bench, files } = benchOf('ax7z035b');
    const scripts = [...files].filter(([path]) => path.endsWith('.tcl'));
    expect(scripts.map(([path]) => path)).toEqual(expect.arrayContaining(['ip/xgui/random_1_v1_0.tcl', 'ip/drivers/random_1_v1_0/data/random_1.tcl', 'vivado/config.tcl']));
    const program = scripts.map(([path], index) => `if {![info complete [read [open [lindex $argv ${index}]]]]} { puts ${path} }`).join('\n');
    const checker = join(bench.folder, 'complete.tcl');
    writeFileSync(checker, program);
    const run = spawnSync('tclsh', [checker, ...scripts.map(([path]) => join(bench.folder, 'deploy', path))], { encoding: 'utf8' });
    expect([run.stdout, run.stderr]).toEqual(['', '']);
  });
});

type Mistake = readonly [what: string, script: string, file: string, from: string | RegExp, to: string];

const MISTAKES: readonly Mistake[] = [
  ['a command that does not exist', 'build.tcl', 'vivado/block_design.tcl', 'validate_bd_design', 'check_bd_design'],
  ['an option that does not exist', 'build.tcl', 'vivado/build.tcl', '-to_step write_bitstream', '-to_stage write_bitstream'],
  ['too few arguments', 'build.tcl', 'vivado/build.tcl', 'make_wrapper -files $design -top -import', 'make_wrapper -files'],
  ['a wrapper that is not put into the project', 'build.tcl', 'vivado/build.tcl', ' -top -import', ' -top'],
  ['a pin that does not exist', 'build.tcl', 'vivado/block_design.tcl', 'dma/m_axi_s2mm_aclk}', 'dma/m_axi_s2mm_clk}'],
  ['a clock left open', 'build.tcl', 'vivado/block_design.tcl', ' dma/m_axi_s2mm_aclk}', '}'],
  ['a reset left open', 'build.tcl', 'vivado/block_design.tcl', 'set resets {engine/aresetn dma/axi_resetn}', 'set resets {engine/aresetn}'],
  ['a reset driven by a clock', 'build.tcl', 'vivado/block_design.tcl', 'connect_all reset/peripheral_aresetn $resets', 'connect_all ps7/FCLK_CLK0 $resets'],
  ['a reset past the reset block', 'build.tcl', 'vivado/block_design.tcl', 'connect_all reset/peripheral_aresetn $resets', 'connect_all ps7/FCLK_RESET0_N $resets'],
  ['the interrupt left open', 'build.tcl', 'vivado/block_design.tcl', '  connect_all engine/interrupt ps7/IRQ_F2P\n', ''],
  ['two interrupts on one pin', 'build.tcl', 'vivado/block_design.tcl', 'connect_all engine/interrupt ps7/IRQ_F2P', 'connect_all engine/interrupt {ps7/IRQ_F2P dma/mm2s_introut}'],
  ['a stream left open', 'build.tcl', 'vivado/block_design.tcl', '  connect engine/m_axis dma/S_AXIS_S2MM\n', ''],
  ['two masters joined', 'build.tcl', 'vivado/block_design.tcl', 'connect engine/m_axis dma/S_AXIS_S2MM', 'connect engine/m_axis dma/M_AXIS_MM2S'],
  ['a stream of another width', 'build.tcl', 'vivado/block_design.tcl', 'c_m_axis_mm2s_tdata_width $to_engine', 'c_m_axis_mm2s_tdata_width 64'],
  ['AXI4 straight into the AXI3 of an HP port', 'build.tcl', 'vivado/block_design.tcl', /connect dma\/M_AXI_MM2S data\/S00_AXI([\s\S]*?)connect data\/M00_AXI ps7\/S_AXI_HP0/, 'connect data/M00_AXI data/S00_AXI$1connect dma/M_AXI_MM2S ps7/S_AXI_HP0'],
  ['an HP port that is not switched on', 'build.tcl', 'vivado/block_design.tcl', 'CONFIG.PCW_USE_S_AXI_HP0 1', 'CONFIG.PCW_USE_S_AXI_HP0 0'],
  ['a parameter that the IP does not have', 'build.tcl', 'vivado/block_design.tcl', 'CONFIG.c_include_sg 0', 'CONFIG.c_include_scatter_gather 0'],
  ['a value that the IP does not take', 'build.tcl', 'vivado/block_design.tcl', 'CONFIG.c_sg_length_width 26', 'CONFIG.c_sg_length_width 32'],
  ['addresses that overlap', 'build.tcl', 'vivado/config.tcl', 'dma_base 0x40400000', 'dma_base 0x43C00000'],
  ['an address outside the window of GP0', 'build.tcl', 'vivado/config.tcl', 'engine_base 0x43C00000', 'engine_base 0x83C00000'],
  ['an address that is not aligned', 'build.tcl', 'vivado/config.tcl', 'engine_base 0x43C00000', 'engine_base 0x43C00800'],
  ['a range of another size than the IP has', 'build.tcl', 'vivado/config.tcl', 'engine_range 0x00001000', 'engine_range 0x00010000'],
  ['more memory than the board has', 'build.tcl', 'vivado/config.tcl', 'ddr_bytes 0x40000000', 'ddr_bytes 0x80000000'],
  ['an address that is not given', 'build.tcl', 'vivado/block_design.tcl', /^ {2}address dma\/Data_S2MM.*\n/m, ''],
  ['a segment of another name', 'build.tcl', 'vivado/block_design.tcl', 'engine/s_axil/Reg', 'engine/s_axil/reg0'],
  ['an IP of another name', 'build.tcl', 'vivado/config.tcl', /vlnv \S+/, 'vlnv shiftloom:layer:other:1.0'],
  ['a part that does not exist', 'build.tcl', 'vivado/config.tcl', 'part xc7z035ffg676-2', 'part xc7z035ffg677-2'],
  ['a constraint file that is not there', 'build.tcl', 'vivado/config.tcl', /constraints {\w+\.xdc}/, 'constraints {board.xdc}'],
  ['a constraint with control flow', 'build.tcl', 'constraints/random_1_bitstream.xdc', 'set_property', 'if {1} { } ; set_property'],
  ['a hand-off before the bitstream', 'build.tcl', 'vivado/build.tcl', 'launch_runs impl_1 -to_step write_bitstream', 'launch_runs impl_1'],
  ['implementation before synthesis', 'build.tcl', 'vivado/build.tcl', /launch_runs synth_1.*\n {2}finish_run synth_1/, ''],
  ['reports of a design that is not open', 'build.tcl', 'vivado/build.tcl', '  open_run impl_1\n', ''],
  ['a Verilog file left out of the list', 'ooc.tcl', 'vivado/config.tcl', ' hdl/nn_requantize.v\n', '\n'],
  ['memory files that are not found', 'ooc.tcl', 'vivado/ooc.tcl', 'cd [file join $ip hdl]', 'cd $ip'],
  ['a clock on a port that does not exist', 'ooc.tcl', 'ip/constraints/random_1_top_ooc.xdc', '[get_ports aclk]', '[get_ports clk]'],
  ['a register twice', 'package_ip.tcl', 'vivado/config.tcl', '{IER 0x', '{GIE 0x'],
  ['an access that does not exist', 'package_ip.tcl', 'vivado/config.tcl', ' read-only ', ' readonly '],
  ['an unknown program', 'build.tcl', 'vivado/build.tcl', 'file mkdir $out', 'exec mkdir $out'],
];

describe('mistakes planted in the scripts', () => {
  const { files } = deployFiles(RESIDENT, { board: loadBoard('ax7z035b'), mhz: 125, created });
  const bench = new ScriptBench(files);
  benches.push(bench);

  it('are none in the scripts that are right', () => {
    for (const script of ['build.tcl', 'ooc.tcl', 'package_ip.tcl']) expect(bench.run(script)).toMatchObject({ code: 0, error: '' });
  });

  it.each(MISTAKES)('are found: %s', (_what, script, file, from, to) => {
    const wrong = files.get(file)!.replace(from, to);
    expect(wrong, 'the mistake must be in the text').not.toBe(files.get(file));
    const { code, error } = bench.run(script, {}, new Map([[file, wrong]]));
    expect(code, error).toBe(1);
    expect(error).toMatch(/^(?:vivado|shiftloom|error copying)/); // found, and not a fault of the model's own
  });
});
