// The Python that judges us, where there is one: PQRST_PYTHON, else python3.

import { spawnSync } from 'node:child_process';

/** A python3 that can import `modules`, or undefined. */
export function pythonWith(...modules: string[]): string | undefined {
  const python = process.env.PQRST_PYTHON ?? 'python3';
  const { status } = spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
  return status === 0 ? python : undefined;
}
