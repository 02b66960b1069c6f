// An EDF file as the signal file of a WFDB header: a frame is a data record, in format 16, and the byte offset is the
// size of the EDF header.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEdf } from '#lib/codecs/edf/read.js';
import { writeEdf } from '#lib/codecs/edf/writer.js';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { temporaryFolder } from '../../helpers/folder.js';

it('reads the same samples through the header and from the file itself', async () => {
  const folder = await temporaryFolder();
  const signalsMv = [1, 2].map((k) => Float32Array.from({ length: 750 }, (_, n) => (k * n - 300) / 1000));
  await writeEdf(folder, { name: 'r', fsHz: 250, leads: ['II', 'V1'], signalsMv });
  const path = join(folder, 'r.edf');
  const talBytes = ((await readFile(path)).length - 1024) / 3 - 4 * 250;
  const lines = [
    'r 3 1 3',
    'r.edf 16x250+1024 1(0)/uV 16 0 0 0 0 II',
    'r.edf 16x250+1024 1(0)/uV 16 0 0 0 0 V1',
    `r.edf 16x${talBytes / 2}+1024 1(0)/none 16 0 0 0 0 EDF Annotations`,
  ];
  await writeFile(join(folder, 'r.hea'), `${lines.join('\n')}\n`);
  expect(await readRecord(join(folder, 'r'))).toEqual(await readEdf(path));
});
