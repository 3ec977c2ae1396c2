import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { floatLayerSchema } from '../../generator/import/float_layer_schema.js';
import { conv2dSchema, encodingSchema } from '../../generator/layer/schema.js';

describe('the pages on file formats', () => {
  it('name every key of the layer description', () => {
    const page = readFileSync('docs/layer_format.md', 'utf8');
    const { input, ...top } = conv2dSchema.shape;
    for (const key of Object.keys(top)) expect(page).toMatch(new RegExp(`\`${key.replace('$', '\\$')}[.\`]`));
    for (const key of Object.keys(input.shape)) expect(page).toContain(`\`input.${key}\``);
  });

  it('name every encoding with its parameters', () => {
    const page = readFileSync('docs/layer_format.md', 'utf8');
    for (const option of encodingSchema.options) {
      const name = [...option.shape.encoding.values][0];
      expect(page).toContain(`"encoding": "${name}"`);
      if (name === 'cp') continue;
      for (const key of Object.keys(option.shape)) expect(page).toContain(`"${key}"`);
    }
  });

  it('show a float layer that is one', () => {
    const page = readFileSync('docs/compression.md', 'utf8');
    const json = /```json\n([\s\S]*?)```/.exec(page)![1];
    expect(floatLayerSchema.parse(JSON.parse(json)).name).toBe('conv4_1');
  });
});
