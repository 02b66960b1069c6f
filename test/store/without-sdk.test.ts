// An s3 address where the optional package @aws-sdk/client-s3 is not installed; a folder needs no such package.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';

const resolve = `export async function resolve(name, context, next) {
  if (!name.startsWith('@aws-sdk')) return next(name, context);
  throw Object.assign(new Error('Cannot find package ' + name), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
const encoded = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
const without = encoded(
  `import { register } from 'node:module'; register(${JSON.stringify(encoded(resolve))});`,
);

function synth(out: string): { readonly status: number | null; readonly stderr: string } {
  const words = ['synth', '--count', '2', '--preset', 'paper', '--out', out];
  return spawnSync(process.execPath, ['--import', without, mainScript, ...words], { encoding: 'utf8' });
}

it('says how to install it', () => {
  const { status, stderr } = synth('s3://bucket/prefix');
  expect(stderr).toBe(
    'pqrst: s3 addresses need the package @aws-sdk/client-s3, which is not installed; run "npm install @aws-sdk/client-s3" [ERR_STORE]\n',
  );
  expect(status).toBe(1);
});

it('is not needed for a folder', async () => {
  expect(synth(join(await temporaryFolder(), 'corpus'))).toMatchObject({ status: 0 });
});
