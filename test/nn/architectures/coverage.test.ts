// Each architecture of the registry has its file of promises in this folder.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { architectures } from '#lib/nn/models/index.js';

test('the promises of every architecture are tested', () => {
  const tested = readdirSync(import.meta.dirname).map((name) => name.split('.')[0]!);
  expect(tested).toEqual(expect.arrayContaining(Object.keys(architectures)));
});
