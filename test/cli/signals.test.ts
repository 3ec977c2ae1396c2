import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { endedBySignals } from '../../generator/cli/signals.js';

it('handlers are back after the work, and after its error', () => {
  const handler = () => undefined;
  process.on('SIGTERM', handler);
  try {
    expect(endedBySignals(() => process.listeners('SIGTERM').length)).toBe(0);
    expect(() => endedBySignals(() => { throw new Error('of the work'); })).toThrow('of the work');
    expect(process.listeners('SIGTERM')).toContain(handler);
  } finally {
    process.off('SIGTERM', handler);
  }
});

it('a signal ends a process that computes without a pause', async () => {
  const module = pathToFileURL('dist/generator/cli/signals.js').href;
  const code = `process.on('SIGTERM', () => console.log('handled'));
    const { endedBySignals } = await import(${JSON.stringify(module)});
    endedBySignals(() => { console.log('busy'); const end = Date.now() + 20000; while (Date.now() < end); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('busy')) child.kill('SIGTERM');
  });
  const signal = await new Promise((resolve) => child.on('exit', (_, name) => resolve(name)));
  expect(signal).toBe('SIGTERM');
  expect(text).not.toContain('handled');
});
