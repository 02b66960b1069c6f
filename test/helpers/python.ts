// Finds the Python that runs the scripts of test/judges: the one that PQRST_PYTHON names, or python3, or the system's
// Python, for which distributions package large libraries such as PyTorch.

import { spawnSync } from 'node:child_process';

/** Returns a Python that can import `modules`, or undefined. */
export function pythonWith(...modules: string[]): string | undefined {
  const given = process.env.PQRST_PYTHON;
  const candidates = given === undefined ? ['python3', '/usr/bin/python3'] : [given];
  return candidates.find(
    (python) => spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0,
  );
}
