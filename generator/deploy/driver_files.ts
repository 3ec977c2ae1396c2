/** Drivers of a design: bare metal and Linux in C, PYNQ in Python, each with an example that checks itself. docs/drivers.md. */
import { fileSet, type FileSet } from '../output/file_set.js';
import { render } from '../render/engine.js';
import type { DesignNumbers } from './design_numbers.js';
import { checkContents, dataSource, pythonData, type DriverContents } from './driver_data.js';
import { DEFAULT_ADDRESSES, driverView, type DriverAddresses, type DriverIdentity, type DriverView } from './driver_view.js';
import type { RegisterMap } from './register_map.js';

export interface DriverInput {
  readonly numbers: DesignNumbers;
  readonly registers: RegisterMap;
  readonly identity: DriverIdentity;
  readonly contents: DriverContents;
  readonly addresses?: DriverAddresses;
}

/**
 * All files of `driver/`, paths relative to it: `baremetal/<design>_v1_0/{data,src}`, `baremetal/example`, `linux`, `pynq`.
 * @throws ShiftloomError('input') if the contents do not fit the design
 */
export function driverFiles({ numbers, registers, identity, contents, addresses = DEFAULT_ADDRESSES }: DriverInput): FileSet {
  const view = driverView(numbers, registers, identity, addresses, contents.example.frames);
  checkContents(view, contents);
  const data = dataSource(view, contents);
  const hex = pythonData(view, contents, { input: numbers.input.elementBits, output: numbers.output.elementBits });
  return fileSet([
    ...baremetalDriver(view).map(([path, text]) => [`baremetal/${view.versioned}/${path}`, text] as const),
    ...exampleFiles(view, data, 'baremetal_example.c').map(([path, text]) => [`baremetal/example/${path}`, text] as const),
    ...[...coreFiles(view), ...linuxFiles(view), ...exampleFiles(view, data, 'linux_example.c')].map(([path, text]) => [`linux/${path}`, text] as const),
    [`pynq/${view.module}.py`, render('deploy/driver/pynq.py', view)],
    [`pynq/${view.module}_example.py`, render('deploy/driver/pynq_example.py', view)],
    ...hex.map(([path, text]) => [`pynq/data/${path}`, text] as const),
    ['README.md', render('deploy/driver/readme.md', view)],
  ]);
}

type Files = [string, string][];

/** The part that is the same everywhere. */
function coreFiles(view: DriverView): Files {
  return [
    [view.hwHeader, render('deploy/driver/registers.h', view)],
    [view.header, render('deploy/driver/driver.h', view)],
    [view.source, render('deploy/driver/driver.c', view)],
  ];
}

/** A driver of Vitis: what it is bound by in `data`, the sources in `src`. */
function baremetalDriver(view: DriverView): Files {
  const sources: Files = [
    ...coreFiles(view),
    [view.platformSource, render('deploy/driver/baremetal.c', view)],
    [view.baremetalHeader, render('deploy/driver/baremetal.h', view)],
    [view.initSource, render('deploy/driver/baremetal_init.c', view)],
    ['Makefile', render('deploy/driver/vitis.mk', view)],
    ['CMakeLists.txt', render('deploy/driver/vitis.cmake', view)],
  ];
  return [
    [`data/${view.name}.mdd`, render('deploy/driver/vitis.mdd', view)],
    [`data/${view.name}.tcl`, render('deploy/driver/vitis.tcl', view)],
    [`data/${view.name}.yaml`, render('deploy/driver/vitis.yaml', view)],
    ...sources.map(([path, text]): [string, string] => [`src/${path}`, text]),
  ];
}

function linuxFiles(view: DriverView): Files {
  return [
    [view.linuxHeader, render('deploy/driver/linux.h', view)],
    [view.linuxSource, render('deploy/driver/linux.c', view)],
    ['Makefile', render('deploy/driver/linux.mk', view)],
    [`${view.name}.dtsi`, render('deploy/driver/linux.dtsi', view)],
  ];
}

function exampleFiles(view: DriverView, data: string, main: string): Files {
  return [
    ['main.c', render(`deploy/driver/${main}`, view)],
    [view.checkSource, render('deploy/driver/check.h', view)],
    [view.dataHeader, render('deploy/driver/data.h', view)],
    [view.dataSource, data],
  ];
}
