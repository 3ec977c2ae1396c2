/** Regions of the map memory: two maps share words if they are never needed at the same time. */

/** A map: words, and the first and last instruction (inclusive) that writes or reads it. */
export interface LiveMap {
  readonly words: number;
  readonly from: number;
  readonly to: number;
}

/**
 * First word of each map, the largest first, each as low as those that live at the same time allow.
 * @returns first words in the order given, and words in all
 */
export function allocateRegions(maps: readonly LiveMap[]): { readonly first: readonly number[]; readonly words: number } {
  const first = new Array<number>(maps.length).fill(0);
  const placed: number[] = [];
  const order = maps.map((_, i) => i).sort((a, b) => maps[b].words - maps[a].words || a - b);
  for (const i of order) {
    const others = placed.filter((j) => maps[j].from <= maps[i].to && maps[i].from <= maps[j].to).sort((a, b) => first[a] - first[b]);
    let at = 0;
    for (const j of others) {
      if (at + maps[i].words <= first[j]) break;
      at = Math.max(at, first[j] + maps[j].words);
    }
    first[i] = at;
    placed.push(i);
  }
  return { first, words: Math.max(1, ...maps.map((map, i) => first[i] + map.words)) };
}
