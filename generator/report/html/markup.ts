/** HTML text by tagged templates: what is inserted is escaped unless it is markup itself. */

export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type Insert = Markup | string | number | null | undefined | false | readonly Insert[];

export function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}

function inserted(value: Insert): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(inserted).join('');
}

/** Literal parts stand as they are; inserted strings are escaped, lists are joined, null, undefined and false vanish. */
export function html(literals: TemplateStringsArray, ...values: Insert[]): Markup {
  return new Markup(literals.reduce((text, literal, i) => text + inserted(values[i - 1]) + literal));
}
