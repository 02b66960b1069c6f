// The table of classes in docs/experiments.md.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { classTable } from '#lib/signal/class-table.js';

it('docs/experiments.md lists each class with its codes', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/experiments.md'), 'utf8');
  const table = text.slice(text.indexOf('## Classes')).split('\n');
  const rows = table.filter((line) => line.startsWith('| `'));
  const listed = (codes: readonly string[] = []) => codes.map((code) => `\`${code}\``).join(', ');
  expect(rows).toEqual(
    classTable.map(
      ({ name, title, scp, snomed, wfdb }) =>
        `| \`${name}\` | ${title} | ${listed(scp)} | ${listed(snomed)} | ${listed(wfdb)} |`,
    ),
  );
});
