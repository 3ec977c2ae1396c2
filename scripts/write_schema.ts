/** Writes the published JSON Schema files; after `npm run build`: `node dist/scripts/write_schema.js`. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ASSIGNMENT_FILE, ASSIGNMENT_REFERENCE, assignmentSchema } from '../generator/assign/assignment_schema.js';
import { FLOAT_LAYER_REFERENCE, floatLayerSchema } from '../generator/import/float_layer_schema.js';
import { writeStaged } from '../generator/layer/files.js';
import { jsonSchemaText, layerJsonSchema } from '../generator/layer/json_schema.js';
import { NETWORK_REFERENCE, NETWORK_SCHEMA_FILE, networkSchema } from '../generator/network/schema.js';
import { REPORT_REFERENCE, reportSchema } from '../generator/report/report_schema.js';

/** Texts of all published schemas by file name in `schema/`. */
export function publishedSchemas(): Record<string, string> {
  return {
    'layer.v1.schema.json': layerJsonSchema(),
    'float_layer.v1.schema.json': jsonSchemaText(floatLayerSchema, FLOAT_LAYER_REFERENCE, 'shiftloom float layer, version 1'),
    [NETWORK_SCHEMA_FILE]: jsonSchemaText(networkSchema, NETWORK_REFERENCE, 'shiftloom network description, version 1'),
    [ASSIGNMENT_FILE]: jsonSchemaText(assignmentSchema, ASSIGNMENT_REFERENCE, 'shiftloom assignment, version 1'),
    'report.v1.schema.json': jsonSchemaText(reportSchema, REPORT_REFERENCE, 'shiftloom report, version 1'),
  };
}

/** Writes them into a folder. */
export async function writeSchemas(folder: string): Promise<void> {
  await writeStaged(Object.entries(publishedSchemas()).map(([name, content]) => ({ path: join(folder, name), content })));
}

const script = fileURLToPath(import.meta.url);
if (process.argv[1] === script) {
  // Built, the script lies in dist/scripts; as a source, in scripts.
  const root = join(dirname(script), script.includes(join('dist', 'scripts')) ? '../..' : '..');
  await writeSchemas(join(root, 'schema'));
}
