// Recordings with more samples or annotations than the memory takes. Their files are sparse or repetitive, so that a small
// download could fill the memory.

import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readEdf } from '#lib/codecs/edf/read.js';
import { parseAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { readRecord } from '#lib/codecs/wfdb/read.js';
import { edfFile } from '../helpers/edf-file.js';
import { errorOf, folderOf } from '../helpers/folder.js';

const remedy =
  /at most 134217728 samples of all chosen leads are read; choose fewer leads, or divide the recording$/;

it('of EDF are refused before they are read', async () => {
  const stated = { records: '68', recordSeconds: '1000' };
  const signal = { perRecord: 1, statedPerRecord: '1000000', samples: [0] };
  const bytes = edfFile([signal, { ...signal, label: 'ECG V1' }], stated);
  const folder = await folderOf({ 'r.edf': bytes.subarray(0, 768) });
  const path = join(folder, 'r.edf');
  await truncate(path, 768 + 68 * 2 * 2e6);
  expect(await errorOf(readEdf(path))).toMatch(/^ERR_EDF: .*holds 68000000 samples per lead; at most/);
  expect(await errorOf(readEdf(path))).toMatch(remedy);
});

it('of WFDB are refused', async () => {
  const folder = await folderOf({ 'r.hea': 'r 1 500\nr.dat 16 200 16 0 0 0 0 II\n', 'r.dat': '' });
  await truncate(join(folder, 'r.dat'), 2 ** 28 + 2);
  expect(await errorOf(readRecord(join(folder, 'r')))).toMatch(remedy);
  await truncate(join(folder, 'r.dat'), 2 ** 29 + 1);
  expect(await errorOf(readRecord(join(folder, 'r')))).toMatch(
    /^ERR_WFDB_SIGNAL: .*holds 536870913 bytes; at most 536870912 are read, so divide the recording$/,
  );
});

it('of too many annotations are refused', async () => {
  const bytes = new Uint8Array(2 * 2 ** 22 + 4).fill(4);
  expect(await errorOf(() => parseAnnotations(bytes, 'r.atr'))).toMatch(
    /^ERR_WFDB_ANNOTATION: annotation file r\.atr: it holds more than 4194304 annotations; divide it/,
  );
});
