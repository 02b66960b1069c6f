// Finds the Python that runs the scripts of test/judges: the one that PQRST_PYTHON names, or python3.

import { spawnSync } from 'node:child_process';

/** Returns a Python that can import `modules`, or undefined. */
export function pythonWith(...modules: string[]): string | undefined {
  const python = process.env.PQRST_PYTHON ?? 'python3';
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
  return status === 0 ? python : undefined;
}
