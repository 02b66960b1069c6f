// The programs in README.md and the guides compile under the strict options of the project, against the built package.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
// @ts-expect-error: a script, which has no types
import { programsOf } from '../../scripts/programs.mjs';

const root = join(import.meta.dirname, '../..');
const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', ...guides.map((name) => `docs/${name}`)];

it('compile, one and all', async () => {
  const folder = await mkdtemp(join(root, 'build/guides-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const programs = pages.flatMap((page) =>
    (programsOf(readFileSync(join(root, page), 'utf8')) as string[]).map((code, at) => ({
      name: `${page.replaceAll('/', '-')}-${at + 1}.mts`,
      code,
    })),
  );
  expect(programs.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['README.md-1.mts', 'docs-getting-started.md-1.mts', 'docs-experiments.md-1.mts']),
  );
  for (const { name, code } of programs) await writeFile(join(folder, name), code);
  const compilerOptions = { rootDir: root, noEmit: true, declaration: false };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const faults = await promisify(execFile)(process.execPath, [compiler, '-p', folder]).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
  expect(faults).toBe('');
});
