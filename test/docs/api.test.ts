// The API reference: every public item is described, every function and class has an example, and every example compiles and runs.
// `npm run api -- --check` proves that docs/api is what the doc comments say.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'docs/api');

interface Item {
  readonly name: string;
  readonly kind: string;
  /** The first paragraph; empty if there is no description. */
  readonly summary: string;
  readonly examples: readonly { readonly info: string; readonly code: string }[];
}

const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
const items = pages.flatMap((page) => itemsOf(readFileSync(join(folder, page), 'utf8')));

function itemsOf(page: string): Item[] {
  return page.split(/^## /m).flatMap((section) => {
    const [kind = '', ...rest] = section.split(/^### /m);
    return rest.map((text) => {
      const [name = '', ...paragraphs] = text.split('\n\n');
      const first = paragraphs.find((each) => !each.startsWith('```')) ?? '';
      const isTitle = /^(\||#|Returns <|Throws:|Example:|See )/.test(first);
      const examples = [...text.matchAll(/^Example:\n\n```([^\n]*)\n(.*?)^```/gms)];
      return {
        name: name.trim(),
        kind: kind.trim(),
        summary: isTitle ? '' : first.trim(),
        examples: examples.map(([, info, code]) => ({ info: info!, code: code! })),
      };
    });
  });
}

const isRun = (info: string) => info === 'js' || info === 'ts';
const isCallable = ({ kind }: Item) => kind === 'Functions' || kind === 'Classes';

describe('the doc comments', () => {
  const faults = items.flatMap((item) => [
    ...(item.summary === '' ? [`${item.name}: no description`] : []),
    ...(item.kind === 'Functions' && !/^[A-Z][a-z]+s\b/.test(item.summary)
      ? [`${item.name}: the description must begin with a verb in the third person`]
      : []),
    ...(isCallable(item) && item.examples.length === 0 ? [`${item.name}: no @example`] : []),
  ]);

  it('describe every public item, and show how to call each function and class', () => {
    expect(faults).toEqual([]);
  });
});

describe('the examples', () => {
  const examples = items.flatMap(({ name, examples: own }) =>
    own.map(({ info, code }, at) => ({ title: own.length > 1 ? `${name} (${at + 1})` : name, info, code })),
  );

  it.each(examples.filter(({ info }) => isRun(info)))('$title runs', async ({ code }) => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'node_modules'));
    await symlink(root, join(cwd, 'node_modules/pqrst'), 'junction');
    await writeFile(join(cwd, 'example.mjs'), code);
    await promisify(execFile)(process.execPath, ['example.mjs'], { cwd, timeout: 50_000 });
  });

  it('compile under the strict options of the project', async () => {
    const folder = await mkdtemp(join(root, 'build/examples-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const compilerOptions = { rootDir: root, noEmit: true, declaration: false };
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    for (const { title, code } of examples) await writeFile(join(folder, `${title}.mts`), code);
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const compile = promisify(execFile)(process.execPath, [compiler, '-p', folder]);
    const faults = await compile.then(
      () => '',
      ({ stdout }: { stdout: string }) => stdout,
    );
    expect(faults).toBe('');
  });

  it('import from an entrance, never from the whole package', () => {
    expect(examples.filter(({ code }) => /from 'pqrst'/.test(code)).map(({ title }) => title)).toEqual([]);
  });

  it('say why they do not run', () => {
    const others = examples.filter(({ info }) => !isRun(info));
    const unfounded = others.filter(
      ({ info, code }) => !/^(js|ts) no-run$/.test(info) || !/^\/\/ needs /i.test(code),
    );
    expect(unfounded.map(({ title }) => title)).toEqual([]);
  });
});
