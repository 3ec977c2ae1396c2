// Worker thread that runs one compiled model as a WASI command. Messages out: { progress: [cycles, beats, total] },
// then { code }; an error of the model (a trap) becomes the worker's error.
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

// node:wasi says on every use that it is experimental; the user can do nothing about it.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (rest[0] !== 'ExperimentalWarning' && rest[0]?.type !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
};
const { WASI } = await import('node:wasi');

const wasi = new WASI({
  version: 'preview1',
  args: ['model'],
  preopens: { '/': workerData.runFolder, '/model': workerData.modelFolder },
  returnOnExit: true,
});
let last = Date.now();
const shiftloom = {
  progress(...numbers) {
    if (Date.now() - last < 250) return;
    last = Date.now();
    parentPort.postMessage({ progress: numbers });
  },
};
const module = await WebAssembly.compile(readFileSync(workerData.wasm));
const instance = await WebAssembly.instantiate(module, { ...wasi.getImportObject(), shiftloom });
parentPort.postMessage({ code: wasi.start(instance) });
