// Child process around Yosys and clang as WebAssembly: both block while they run, which the caller's thread must not.
// Message in: { tool: 'yosys' | 'clang++', args, files, wanted }. Message out: { code, output, files }.
import { setFlagsFromString } from 'node:v8';

// V8's quick compiler alone: optimizing these 75 MB of code in the background costs more than it saves, twice over in
// the first run. The flag holds for a whole process, so models run in another one.
setFlagsFromString('--liftoff-only');

const decoder = new TextDecoder();
/** Text kept of a run; a tool that fails says why well before that. */
const KEPT_OUTPUT = 1 << 20;
const silent = () => {};
let cxxrtlHeaders;

/** The C++ headers of write_cxxrtl are in the Yosys package, but its exports map hides the module that holds them. */
async function headers() {
  if (!cxxrtlHeaders) {
    const resources = new URL('resources-yosys.js', import.meta.resolve('@yowasp/yosys'));
    cxxrtlHeaders = (await import(resources)).filesystem.share.include.backends.cxxrtl.runtime;
  }
  return cxxrtlHeaders;
}

/** Nested tree of file contents as the tools take it, from flat paths. */
function treeOf(files) {
  const tree = {};
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    let folder = tree;
    for (const part of parts.slice(0, -1)) folder = folder[part] ??= {};
    folder[parts.at(-1)] = content;
  }
  return tree;
}

function fileOf(tree, path) {
  return path.split('/').reduce((folder, part) => folder?.[part], tree);
}

async function commandOf(tool) {
  if (tool === 'yosys') return (await import('@yowasp/yosys')).runYosys;
  const { commands } = await import('@yowasp/clang');
  // Without arguments it only loads itself; otherwise it prints how far that is.
  await commands[tool](null, {}, { fetchProgress: silent });
  return commands[tool];
}

async function run({ tool, args, files, wanted }) {
  let output = '';
  const write = (bytes) => {
    if (bytes && output.length < KEPT_OUTPUT) output += decoder.decode(bytes);
  };
  const tree = treeOf(files);
  if (tool !== 'yosys') tree.cxxrtl_runtime = await headers();
  let code = 0;
  let after = tree;
  try {
    const command = await commandOf(tool);
    after = await command(args, tree, { stdout: write, stderr: write, decodeASCII: false });
  } catch (error) {
    if (error?.code === undefined || !('files' in error)) output += `\n${error?.stack ?? error}`;
    code = typeof error?.code === 'number' ? error.code : -1;
    after = error?.files ?? {};
  }
  const found = Object.fromEntries(wanted.map((path) => [path, fileOf(after, path)]).filter(([, content]) => content !== undefined));
  return { code, output, files: found };
}

process.on('message', async (message) => process.send(await run(message)));
process.on('disconnect', () => process.exit());
