/** What a written file says in `$schema`: the published schema as editors can open it, by a path relative to the file. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * Looks upwards from the file for the package (its own checkout, or `node_modules/shiftloom`), so that an editor completes the file
 * offline; where there is none, the schema's `$id`.
 */
export function schemaReference(file: string, schemaFile: string, id: string): string {
  const folder = path.dirname(path.resolve(file));
  for (let up = folder; ; up = path.dirname(up)) {
    for (const place of [path.join('node_modules', 'shiftloom', 'schema'), 'schema']) {
      const found = path.join(up, place, schemaFile);
      if (existsSync(found)) return path.relative(folder, found).split(path.sep).join('/');
    }
    if (up === path.dirname(up)) return id;
  }
}
