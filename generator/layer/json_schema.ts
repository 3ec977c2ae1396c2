/** The published JSON Schema of a file format, made from the zod schema that guards it, so that editors complete keys. */
import { z } from 'zod';
import { formatJson } from './json_text.js';
import { SCHEMA_REFERENCE, layerSchema } from './schema.js';

/** JSON Schema text (draft 2020-12) of a file format; what may be left out has its default noted. */
export function jsonSchemaText(schema: z.ZodType, id: string, title: string): string {
  const { $schema, ...body } = z.toJSONSchema(schema, { io: 'input' });
  return formatJson({ $schema, $id: id, title, ...body });
}

/** Text of `schema/layer.v1.schema.json`. */
export function layerJsonSchema(): string {
  return jsonSchemaText(layerSchema, SCHEMA_REFERENCE, 'shiftloom compressed layer description, version 1');
}
