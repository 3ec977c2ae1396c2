/** Squarified treemap: areas in proportion, shapes as near to squares as they get. Places in percent of the box. */

export interface Tile<T> {
  readonly item: T;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/**
 * @param items in descending order of size; sizes above 0
 * @param aspect width of the box divided by its height
 */
export function treemap<T extends { readonly size: number }>(items: readonly T[], aspect: number): Tile<T>[] {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  const tiles: Tile<T>[] = [];
  // Work in a box of the true shape, then scale to percent.
  let free = { x: 0, y: 0, w: aspect, h: 1 };
  let left = total;
  let next = 0;
  while (next < items.length) {
    const side = Math.min(free.w, free.h);
    const scale = (free.w * free.h) / left;
    let row = [items[next]];
    while (next + row.length < items.length) {
      const longer = [...row, items[next + row.length]];
      if (worst(longer, side, scale) > worst(row, side, scale)) break;
      row = longer;
    }
    const size = row.reduce((sum, item) => sum + item.size, 0);
    const depth = (size * scale) / side;
    let along = 0;
    for (const item of row) {
      const length = (item.size / size) * side;
      const place = free.w >= free.h ? { x: free.x, y: free.y + along, w: depth, h: length } : { x: free.x + along, y: free.y, w: length, h: depth };
      tiles.push({ item, x: (100 * place.x) / aspect, y: 100 * place.y, w: (100 * place.w) / aspect, h: 100 * place.h });
      along += length;
    }
    free = free.w >= free.h ? { ...free, x: free.x + depth, w: free.w - depth } : { ...free, y: free.y + depth, h: free.h - depth };
    left -= size;
    next += row.length;
  }
  return tiles;
}

/** Largest ratio of sides in a row of items along `side`. */
function worst(row: readonly { readonly size: number }[], side: number, scale: number): number {
  const area = row.reduce((sum, { size }) => sum + size * scale, 0);
  const depth = area / side;
  return Math.max(...row.map(({ size }) => {
    const length = (size * scale) / depth;
    return Math.max(length / depth, depth / length);
  }));
}
