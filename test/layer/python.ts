import { execFileSync } from 'node:child_process';

/** A Python 3 that imports numpy: Debian's first, then the one on the PATH. */
export function pythonWithNumpy(): string {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
      return python;
    } catch {
      // Try the next one.
    }
  }
  throw new Error('These tests need a Python 3 with numpy: apt-get install python3-numpy');
}
