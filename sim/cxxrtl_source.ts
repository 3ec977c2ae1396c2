/** C++ of a design, with the initial contents of its memories taken out. */
export interface SplitDesign {
  source: string;
  /** 32-bit little-endian words; `initial_memory(offset, ...)` in the source counts in words. */
  init: Uint8Array;
}

/** `static const value<16> mem_init_1[64] {` ... `};` as Yosys writes it. */
const INITIALIZER = /static const value<(\d+)> (mem_init_\d+)\[(\d+)\] \{\n([^}]*(?:\}[^;][^}]*)*)\};/g;
/** Source positions and initial values, as comments: they would make equal designs different. */
const ORIGIN_COMMENT = /^\t*\/\/ \\(?:src|init|hdlname|keep_hierarchy):.*\n/gm;

/**
 * Moves the memory contents out of what `write_cxxrtl` wrote. A layer's weights are megabytes of initializers, which
 * would take clang longer than the logic, and another set of weights would need another model.
 * @throws Error if an initializer does not have the words that its declaration promises.
 */
export function splitDesign(text: string): SplitDesign {
  const words: number[] = [];
  const source = text.replace(ORIGIN_COMMENT, '').replace(INITIALIZER, (_, bits: string, name: string, depth: string, body: string) => {
    const offset = words.length;
    for (const match of body.matchAll(/(?:0x)?[0-9a-f]+(?=u)/g)) words.push(Number(match[0]));
    const wanted = Number(depth) * Math.ceil(Number(bits) / 32);
    if (words.length - offset !== wanted) throw new Error(`${name} has ${words.length - offset} words, ${wanted} were declared`);
    return `static const InitialWords<${bits}> ${name} = initial_memory<${bits}>(${offset}u, ${depth}u);`;
  });
  const init = new Uint8Array(Uint32Array.from(words).buffer);
  return { source, init };
}
