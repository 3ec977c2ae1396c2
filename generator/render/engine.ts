/**
 * The only Handlebars instance. Strict and without HTML escaping; templates may use `{{name}}`, `{{#each}}`, `{{#if has...}}`
 * and partials, nothing else, so that all decisions are in the view.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import Handlebars from 'handlebars';
import { ShiftloomError } from '../errors.js';

const OPTIONS = {
  noEscape: true,
  strict: true,
  preventIndent: false,
  knownHelpersOnly: true,
  knownHelpers: { each: true, if: true, unless: true },
} as const;

/** Folder `templates/` of the package, found from the source tree as well as from `dist/`. */
export function templatesFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const inDist = path.basename(path.resolve(here, '../..')) === 'dist';
  return path.resolve(here, inDist ? '../../../templates' : '../../templates');
}

const instance = Handlebars.create();
const compiled = new Map<string, HandlebarsTemplateDelegate>();
let partialsReady = false;

function registerPartials(): void {
  if (partialsReady) return;
  const folder = path.join(templatesFolder(), 'partials');
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.hbs'))) {
    instance.registerPartial(file.replace(/\.v\.hbs$|\.hbs$/, ''), readFileSync(path.join(folder, file), 'utf8'));
  }
  partialsReady = true;
}

/**
 * Renders `templates/<name>.hbs` with a view (a plain object with own properties).
 * @throws ShiftloomError if the view lacks a name that the template uses
 */
export function render(name: string, view: object): string {
  registerPartials();
  let template = compiled.get(name);
  if (!template) {
    const source = readFileSync(path.join(templatesFolder(), `${name}.hbs`), 'utf8');
    instance.precompile(source, OPTIONS); // throws at once on syntax errors and unknown helpers
    template = instance.compile(source, OPTIONS);
    compiled.set(name, template);
  }
  try {
    return template(view);
  } catch (error) {
    throw new ShiftloomError('unsupported', `templates/${name}.hbs`, (error as Error).message);
  }
}

type HandlebarsTemplateDelegate = ReturnType<typeof Handlebars.compile>;

/** Text of a plain Verilog cell, `templates/cells/<name>.v`. */
export function cellText(name: string): string {
  return readFileSync(path.join(templatesFolder(), 'cells', `${name}.v`), 'utf8');
}

/** Text of a file in `templates/deploy/` that has no holes. */
export function deployTemplate(name: string): string {
  return readFileSync(path.join(templatesFolder(), 'deploy', name), 'utf8');
}
