/**
 * The text that runs inside the worker thread. It is JavaScript in a string because a worker needs a file that Node itself can run,
 * and the sources also run untranspiled under vitest. `workerData` is the file URL of `@yowasp/yosys`.
 *
 * In: {id, args, files (nested tree)}. Out: {id, kind: 'text', text} while running, then {id, kind: 'done', code, files}
 * or {id, kind: 'crash', message} when the wasm itself failed (out of memory, for example).
 */
export const YOSYS_WORKER_SOURCE = `
const { parentPort, workerData } = require('node:worker_threads');
const loading = import(workerData);
parentPort.on('message', async ({ id, args, files }) => {
  const decoder = new TextDecoder();
  const print = (bytes) => {
    const text = bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true });
    if (text) parentPort.postMessage({ id, kind: 'text', text });
  };
  try {
    const { runYosys } = await loading;
    const tree = await runYosys(args, files, { stdout: print, stderr: print, decodeASCII: false });
    parentPort.postMessage({ id, kind: 'done', code: 0, files: tree });
  } catch (error) {
    if (error && typeof error.code === 'number' && error.files) {
      parentPort.postMessage({ id, kind: 'done', code: error.code, files: error.files });
    } else {
      parentPort.postMessage({ id, kind: 'crash', message: String((error && error.message) || error) });
    }
  }
});
`;
