// MATLAB files that scipy writes behind a header, in every level, number type and shape.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDigital } from '#lib/codecs/wfdb/read.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';

const leads = [
  [1, -2, 300, -32768, 5],
  [10, 20, 32767, 40, -50],
];

const python = pythonWith('scipy');
const absent = python === undefined ? ' (SKIPPED: no python3 with the scipy package; pip install scipy)' : '';
describe.skipIf(python === undefined)(`MATLAB files that scipy writes${absent}`, () => {
  it('are read in every level, type and shape', async () => {
    const folder = await temporaryFolder();
    const written = judge<string[]>(python!, 'mat_judge.py', { folder, leads });
    expect(written.length).toBe(24);
    for (const name of written) {
      const line = `${name}.mat 16+24 1000/mV 16 0 0 0 0`;
      const lines = `${name} 2 500 5\n${line} I\n${line} II`;
      await writeFile(join(folder, `${name}.hea`), lines);
      const { adc } = await readDigital(join(folder, name));
      expect([name, adc.map((lead) => [...lead])]).toEqual([name, leads]);
    }
  });
});
