import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScalarEncoding } from '../../generator/layer/schema.js';
import { planProcessingElement, type LaneKind, type ProcessingElementPlan } from '../../generator/plan/processing_element.js';
import { selectionOf } from '../../generator/plan/selection.js';
import { instantiatedCells } from '../../generator/render/cells.js';
import { cellText, render } from '../../generator/render/engine.js';
import { standaloneProcessingElementView } from '../../generator/units/processing_element.js';
import { generatorOf } from './processing_element_support.js';

const KINDS: readonly (readonly [ScalarEncoding, LaneKind])[] = [
  ...[2, 3, 8].map((bits): [ScalarEncoding, LaneKind] => [{ encoding: 'uniform', bits }, 'lut']),
  [{ encoding: 'uniform', bits: 4 }, 'dsp'],
  ...[0, 1, 2, 3, 6, 7, 14].map((maxShift): [ScalarEncoding, LaneKind] => [{ encoding: 'pot', maxShift }, 'lut']),
  [{ encoding: 'apot' }, 'lut'],
  ...[0, 1, 2, 3, 7].map((maxExponent): [ScalarEncoding, LaneKind] => [{ encoding: 'bpot', groupSize: 4, maxExponent }, 'lut']),
  [{ encoding: 'csd', digits: 2, maxShift: 7 }, 'lut'],
  [{ encoding: 'codebook', levels: [-90, -45, -20, -7, -3, -1, 0, 1, 3, 5, 9, 17, 40, 70, 100, 127] }, 'lut'],
  [{ encoding: 'codebook', levels: [-1024, -33, -8, 1, 5, 256] }, 'lut'],
];

const STUBS = new URL('./xc7_stubs.v', import.meta.url).pathname;

/** Each kind with one lane and with more, activation format and accumulator by chance. */
function plans(): ProcessingElementPlan[] {
  const random = generatorOf(3);
  const dense = KINDS.flatMap(([encoding, lane]) =>
    [1, 2 + random(8)].map((icLanes) =>
      planProcessingElement({
        encoding, lane, icLanes, activationBits: [1, 2, 8, 16][random(4)], activationSigned: random(2) === 1, accumulatorWidth: [6, 24, 40][random(3)],
      }),
    ),
  );
  const selecting = [[2, 4], [1, 4], [1, 2], [3, 5], [1, 16]].map(([n, m], i) => {
    const [encoding, lane] = KINDS[(5 * i + 3) % KINDS.length];
    const selection = selectionOf({ n, m });
    return planProcessingElement({ encoding, lane, icLanes: n * (1 + i % 3), selection, activationBits: [8, 1, 5, 16, 2][i], activationSigned: i % 2 === 1, accumulatorWidth: 24 });
  });
  return [...dense, ...selecting];
}

describe('text of the processing element', () => {
  let folder = '';
  const units = plans().map((plan, i) => ({ name: `lint${i}_processing_element`, text: render('rtl/processing_element.v', standaloneProcessingElementView(`lint${i}`, plan)) }));
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'shiftloom-lint-'));
    for (const cell of instantiatedCells(units.map(({ text }) => text))) writeFileSync(join(folder, `${cell}.v`), cellText(cell));
    for (const { name, text } of units) writeFileSync(join(folder, `${name}.v`), text);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is clean in Verilator with every warning on, behavioural and with instances', () => {
    for (const { name } of units) {
      const lint = ['--lint-only', '-Wall', '-y', '.', '--top-module', name];
      execFileSync('verilator', [...lint, '-GXC7_PRIMITIVES=0', `${name}.v`], { cwd: folder, stdio: 'pipe' });
      execFileSync('verilator', [...lint, `${name}.v`, STUBS], { cwd: folder, stdio: 'pipe' });
    }
  }, 120_000);

  it('is clean in Icarus with every warning on', () => {
    const top = `module every;\n${units.map(({ name }, i) => `    ${name} #(.XC7_PRIMITIVES(0)) u_${i} ();`).join('\n')}\nendmodule\n`;
    writeFileSync(join(folder, 'every.v'), top);
    const options = ['-g2005', '-Wall', '-Wno-portbind', '-tnull', '-y.', '-s', 'every', 'every.v'];
    expect(execFileSync('sh', ['-c', 'iverilog "$@" 2>&1', 'sh', ...options], { cwd: folder, encoding: 'utf8' })).toBe('');
  }, 120_000);

  it('keeps its hierarchy, has no trailing blanks and no value missing', () => {
    for (const { text } of units) {
      expect(text).toMatch(/\(\* keep_hierarchy = "yes" \*\)\nmodule /);
      expect(text.split('\n').filter((line) => / $/.test(line) && !line.startsWith('//'))).toEqual([]);
      expect(text).not.toMatch(/undefined|NaN|\[object/);
    }
  });

  it('has no exponent port where there is only one exponent', () => {
    const plan = planProcessingElement({
      encoding: { encoding: 'bpot', groupSize: 16, maxExponent: 0 }, lane: 'lut', icLanes: 16, activationBits: 8, activationSigned: false, accumulatorWidth: 20,
    });
    expect(plan).toMatchObject({ exponentBits: 0, exponentGroups: 0, groupLanes: 16 });
    expect(render('rtl/processing_element.v', standaloneProcessingElementView('x', plan))).not.toContain('exponent_i');
  });
});
