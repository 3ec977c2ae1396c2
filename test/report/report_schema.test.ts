import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { publishedSchemas } from '../../scripts/write_schema.js';
import { reportSchema } from '../../generator/report/report_schema.js';
import { bareReport, sampleReport } from './sample.js';

const root = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/report.md', root), 'utf8');

interface JsonSchema {
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every key of the schema as a path; keys of list entries behind `[]`. */
function paths(schema: JsonSchema, prefix = ''): string[] {
  if (schema.anyOf) return [...new Set(schema.anyOf.flatMap((part) => paths(part, prefix)))];
  if (schema.items) return paths(schema.items, `${prefix}[]`);
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [path, ...paths(value, path)];
  });
}

describe('docs/report.md', () => {
  const documented = [...page.matchAll(/^\| ((?:`[^`]+`(?:, )?)+) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key));

  it('explains every key of the schema, and no other', () => {
    const keys = paths(z.toJSONSchema(reportSchema, { io: 'input' }) as JsonSchema);
    expect(keys.length).toBeGreaterThan(100);
    expect([...documented].sort()).toEqual([...keys].sort());
  });
});

describe('reportSchema', () => {
  it('takes a full report and one with nothing run, and gives them back unchanged through JSON', () => {
    for (const report of [sampleReport(), bareReport()]) expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it('has the keys that other programs read', () => {
    const report = sampleReport() as Record<string, unknown>;
    for (const key of [
      'layer', 'encoding', 'macs', 'cycles', 'peakMacsPerCycle', 'utilization', 'outputs', 'mismatches', 'oracleMismatches', 'storedBits', 'denseBits',
      'weightSqnrDb', 'outputSqnrDb', 'resources', 'lutPerMac', 'laneLutPerMac', 'estimate', 'seconds',
    ]) expect(report, key).toHaveProperty(key);
    expect(report.resources).toMatchObject({ lut: 6136, ff: 7680, carry4: 746, dsp: 1, bram36: 114 });
    expect(report.seconds).toEqual({ generate: 0.61, simulate: 21.4, synthesize: 14.2 });
  });

  it('refuses unknown keys and another version', () => {
    expect(reportSchema.safeParse({ ...sampleReport(), extra: 1 }).success).toBe(false);
    expect(reportSchema.safeParse({ ...sampleReport(), reportVersion: 2 }).success).toBe(false);
  });

  it('refuses a histogram whose edges and bins do not fit', () => {
    const report = sampleReport();
    const histogram = { edges: [0, 1], before: [1, 2], after: [1, 2] };
    expect(reportSchema.safeParse({ ...report, compression: { ...report.compression, histogram } }).success).toBe(false);
  });

  it('is published as JSON Schema', () => {
    const file = readFileSync(new URL('schema/report.v1.schema.json', root), 'utf8');
    expect(file).toBe(publishedSchemas()['report.v1.schema.json']);
  });
});
