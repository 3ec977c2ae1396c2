/** Reading what fast-xml-parser gives: an element that occurs once is an object or a text, one that occurs often is a list. */
export type XmlNode = Readonly<Record<string, unknown>>;

/** The element's children; an element that is missing or has only text has none. */
export function record(value: unknown): XmlNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as XmlNode) : {};
}

/** All elements of a name; elements that hold only text are nodes with `#text`. */
export function list(value: unknown): XmlNode[] {
  const items = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return items.map((item) => (typeof item === 'object' && item !== null ? (item as XmlNode) : { '#text': String(item) }));
}

/** Text of an element, '' if there is none. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null && '#text' in value ? String(value['#text']) : '';
}
