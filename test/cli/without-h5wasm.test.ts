// `pqrst data` on CODE-15% where the optional package h5wasm is not installed.

import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { folderOf } from '../helpers/folder.js';
import { mainScript } from './run-cli.js';

const resolve = `export async function resolve(name, context, next) {
  if (!name.startsWith('h5wasm')) return next(name, context);
  throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
const encoded = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const without = encoded(
  `import { register } from 'node:module'; register(${JSON.stringify(encoded(resolve))});`,
);

it('says how to install it', async () => {
  const columns = 'exam_id,1dAVb,RBBB,LBBB,SB,ST,AF,patient_id';
  const folder = await folderOf({ 'exams.csv': `${columns}\n1,0,0,0,0,0,0,1\n`, 'exams_part0.hdf5': 'x' });
  const { status, stderr } = spawnSync(process.execPath, ['--import', without, mainScript, 'data', folder], {
    encoding: 'utf8',
  });
  expect(stderr).toContain(
    'HDF5 files need the package h5wasm, which is not installed; run "npm install h5wasm"',
  );
  expect(status).toBe(1);
});
