// Documents and help texts name every kind of data set.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetKinds } from '#lib/datasets/kinds.js';

const textOf = (path: string) => readFile(join(import.meta.dirname, '../..', path), 'utf8');
const kinds = datasetKinds.map(({ kind }) => kind);

describe('the kinds of data sets', () => {
  it.each(['docs/experiments.md', 'README.md'])('each have a row in %s', async (path) => {
    const text = await textOf(path);
    expect(kinds.filter((kind) => !text.includes(`\`${kind}:DIR\``))).toEqual([]);
  });

  it('each have a row in the comment of openDataset', async () => {
    const text = await textOf('src/datasets/dataset.ts');
    expect(kinds.filter((kind) => !text.includes(` * | \`${kind}:\` |`))).toEqual([]);
  });

  it.each(['data', 'evaluate', 'gallery', 'train'])('are listed by the help of pqrst %s', async (command) => {
    const text = await textOf(`src/cli/${command}.ts`);
    const list = /kinds: ([^.']*)/i.exec(text)![1]!.replaceAll(/\([^)]*\)/g, '');
    expect(list.split(/[\s,]+/).sort()).toEqual(kinds.toSorted());
  });

  it('have names that fit into the list of the error about an unknown folder', () => {
    expect(kinds.filter((kind) => kind.length > 8)).toEqual([]);
  });
});
