/** Draws docs/images; after `npm run build`: `node dist/scripts/docs/draw.js`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot, runAsProgram } from '../project.js';
import { blockDesignImages } from './block_design.js';
import { pictureImages } from './pictures.js';
import { residencyImages } from './residency_maps.js';
import { symbolImages } from './symbols.js';
import { timingImages } from './timing_diagrams.js';

/** All pictures of the documentation: file name in docs/images to SVG text. */
export function documentationImages(): Record<string, string> {
  return { ...pictureImages(), ...timingImages(), ...symbolImages(), ...residencyImages(), ...blockDesignImages() };
}

await runAsProgram(import.meta.url, () => {
  const folder = join(projectRoot(), 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(documentationImages())) writeFileSync(join(folder, name), svg);
});
