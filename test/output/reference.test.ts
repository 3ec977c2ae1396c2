import { expect, it } from 'vitest';
import { differences } from '../../generator/output/write.js';
import { referenceOutput } from '../../scripts/reference.js';

it('the committed reference output is what the generator emits now (npm run reference rewrites it)', async () => {
  const { folder, files } = await referenceOutput();
  expect(files.size).toBeGreaterThan(20);
  expect(await differences(folder, files)).toEqual([]);
});
