/** Reads SAIF as a test wants it: durations and counts by path. */
export interface SaifNet {
  t0: number;
  t1: number;
  tx: number;
  tc: number;
}

export function parseSaif(text: string): { duration: number; nets: Map<string, SaifNet> } {
  const tokens = text.match(/"[^"]*"|[()]|(?:\\.|[^\s()"\\])+/g) ?? [];
  let at = 0;
  type Tree = (string | Tree)[];
  const list = (): Tree => {
    const items: Tree = [];
    while (tokens[at] !== ')') {
      if (at >= tokens.length) throw new Error('a bracket is not closed');
      if (tokens[at++] === '(') items.push(list());
      else items.push(tokens[at - 1]);
    }
    at++;
    return items;
  };
  if (tokens[at++] !== '(') throw new Error('no bracket at the start');
  const root = list();
  if (at !== tokens.length) throw new Error('text behind the end');
  const nets = new Map<string, SaifNet>();
  const walk = (tree: Tree, path: string[]): void => {
    for (const item of tree) {
      if (typeof item === 'string') continue;
      if (item[0] === 'INSTANCE') walk(item.slice(2), [...path, plain(item[1] as string)]);
      else if (item[0] === 'NET') for (const net of item.slice(1) as Tree[]) nets.set([...path, plain(net[0] as string)].join('/'), counts(net));
    }
  };
  walk(root, []);
  const durations = root.filter((item): item is Tree => Array.isArray(item) && item[0] === 'DURATION');
  return { duration: Number(durations[0][1]), nets };

  function counts(net: Tree): SaifNet {
    const value = (name: string) => Number((net.find((item) => Array.isArray(item) && item[0] === name) as Tree)[1]);
    return { t0: value('T0'), t1: value('T1'), tx: value('TX'), tc: value('TC') };
  }
}

const plain = (name: string) => name.replace(/\\(.)/g, '$1');
