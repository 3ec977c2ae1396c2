/** Checks a value against a zod schema and says what is wrong in terms of the file: JSON path, value, what is allowed. */
import { z } from 'zod';
import { ShiftloomError, nearestName } from '../errors.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The parsed value, defaults filled in.
 * @throws ShiftloomError('input') naming each wrong key with its JSON path, its value and the allowed values.
 */
export function checkAgainst<T extends z.ZodType>(schema: T, value: unknown, place: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = dropRepeats(result.error.issues).flatMap((issue) => explain(schema, value, issue));
  if (problems.length === 1) {
    const [{ path, message, wayOut }] = problems;
    throw new ShiftloomError('input', `${place} ${path}`, message, wayOut);
  }
  const lines = problems.map((p) => `\n  ${p.path}: ${p.message}${p.wayOut ? `. ${p.wayOut}` : ''}`);
  throw new ShiftloomError('input', place, `${problems.length} problems:${lines.join('')}`);
}

interface Problem {
  readonly path: string;
  readonly message: string;
  readonly wayOut: string;
}

/** zod reports an integer that is out of the safe range twice; the first report for a path is enough. */
function dropRepeats(issues: readonly Issue[]): Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    const key = pathText(issue.path) + (issue.code === 'unrecognized_keys' ? issue.keys.join() : '');
    return !seen.has(key) && seen.add(key);
  });
}

function explain(schema: z.ZodType, root: unknown, issue: Issue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysOf(schemaAt(schema, root, issue.path), valueAt(root, issue.path));
    return issue.keys.map((key) => unknownKey(issue.path, key, known));
  }
  const path = deepest(issue);
  const value = valueAt(root, path);
  const message = value === undefined ? 'is missing' : `is ${valueText(value)}`;
  const allowed = allowedText(schemaAt(schema, root, path));
  const near = typeof value === 'string' ? nearestName(value, allowed.names) : undefined;
  const wayOut = near !== undefined ? `Did you mean "${near}"?` : '';
  return [{ path: pathText(path), message: `${message}; allowed: ${allowed.text}`, wayOut }];
}

function unknownKey(path: Path, key: string, known: readonly string[]): Problem {
  const near = nearestName(key, known);
  return {
    path: pathText([...path, key]),
    message: 'is not a known key',
    wayOut: near !== undefined ? `Did you mean "${near}"?` : `Known keys here: ${known.join(', ')}`,
  };
}

/** Path of an issue; inside a union, that of the alternative that got furthest. */
function deepest(issue: Issue): Path {
  if (issue.code !== 'invalid_union') return issue.path;
  const inner = issue.errors.flat().reduce<Path>((best, e) => (e.path.length > best.length ? e.path : best), []);
  return [...issue.path, ...inner];
}

/** JSON path as in `$.input.channels` and `$.kernel[0]`. */
export function pathText(path: Path): string {
  return '$' + path.map((p) => (typeof p === 'number' ? `[${p}]` : `.${String(p)}`)).join('');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], root);
}

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.length > 8 ? `a list of ${value.length}` : JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(value);
}

/** The parts of zod's definition that the walk below looks at. */
interface Definition {
  readonly type: string;
  readonly shape?: Record<string, z.ZodType>;
  readonly innerType?: z.ZodType;
  readonly items?: z.ZodType[];
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly options?: z.ZodType[];
  readonly discriminator?: string;
}
const definitionOf = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

/** The schema of the value at a path; follows the alternative of a union that the value itself selects. */
function schemaAt(schema: z.ZodType, value: unknown, path: Path): z.ZodType {
  const def = definitionOf(schema);
  if (def.innerType) return schemaAt(def.innerType, value, path);
  if (path.length === 0) return schema;
  const [key, ...rest] = path;
  const next = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  if (def.options) return schemaAt(chooseOption(def, value, key), value, path);
  const child = def.shape?.[String(key)] ?? def.items?.[Number(key)] ?? def.element ?? def.valueType;
  return child ? schemaAt(child, next, rest) : schema;
}

function chooseOption({ options = [], discriminator }: Definition, value: unknown, key?: PropertyKey): z.ZodType {
  if (discriminator === undefined) return options.find((o) => definitionOf(o).type === 'record') ?? options[0];
  if (key === discriminator) {
    const tags = options.map((o) => definitionOf(definitionOf(o).shape![discriminator]) as unknown as { values: string[] });
    return z.object({ [discriminator]: z.enum(tags.flatMap((t) => t.values)) });
  }
  const tag = (value as Record<string, unknown>)[discriminator];
  return options.find((o) => definitionOf(o).shape![discriminator].safeParse(tag).success) ?? options[0];
}

/** Keys of an object schema; of a union, those of the alternative that the value selects. */
function keysOf(schema: z.ZodType, value: unknown): string[] {
  const def = definitionOf(schema);
  return def.options ? keysOf(chooseOption(def, value), value) : Object.keys(def.shape ?? {});
}

/** The published JSON Schema keywords that our schemas use. */
interface Keywords {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  pattern?: string;
  minLength?: number;
  prefixItems?: Keywords[];
  items?: Keywords;
  minItems?: number;
  maxItems?: number;
  anyOf?: Keywords[];
  oneOf?: Keywords[];
}

function allowedText(schema: z.ZodType): { text: string; names: string[] } {
  const keywords = z.toJSONSchema(schema, { io: 'input' }) as Keywords;
  const names = (keywords.enum ?? [keywords.const]).filter((v) => typeof v === 'string');
  return { text: keywordText(keywords), names };
}

function keywordText(k: Keywords): string {
  if (k.const !== undefined) return JSON.stringify(k.const);
  if (k.enum) return k.enum.map((v) => JSON.stringify(v)).join(', ');
  const alternatives = k.anyOf ?? k.oneOf;
  if (alternatives) return [...new Set(alternatives.map(keywordText))].join(' or ');
  if (k.type === 'integer') return `integers ${k.minimum}..${k.maximum}`;
  if (k.type === 'number') return numberText(k);
  if (k.type === 'boolean') return 'true, false';
  if (k.type === 'string') return k.pattern ? `text matching ${k.pattern}` : k.minLength ? 'text that is not empty' : 'text';
  if (k.type === 'array') return arrayText(k);
  return 'an object';
}

function numberText(k: Keywords): string {
  if (k.exclusiveMinimum !== undefined) return `numbers above ${k.exclusiveMinimum}`;
  if (k.minimum === undefined) return 'a number';
  return k.maximum === undefined ? `numbers from ${k.minimum}` : `numbers ${k.minimum}..${k.maximum}`;
}

function arrayText(k: Keywords): string {
  if (k.prefixItems) return `a list of ${k.prefixItems.length} ${keywordText(k.prefixItems[0])}`;
  const range = k.minItems !== undefined ? `${k.minItems} to ${k.maxItems} ` : '';
  return `a list of ${range}${keywordText(k.items ?? {}).replace(/^an object$/, 'objects')}`;
}
