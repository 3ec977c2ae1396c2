/** Seeded choices that are the same in every run. */
import { Random } from '../layer/random.js';

/** `count` of 0..of-1, ascending; all of them if there are no more. */
export function chooseSome(of: number, count: number, seed: number): number[] {
  const all = Array.from({ length: of }, (_, i) => i);
  if (count >= of) return all;
  const random = new Random(seed);
  for (let i = 0; i < count; i++) {
    const j = random.integer(i, of - 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, count).sort((a, b) => a - b);
}
