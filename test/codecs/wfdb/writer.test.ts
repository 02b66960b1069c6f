// Written records read back the same. Values that the format cannot hold are rejected before a file is written.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readDigital, readHeader, readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { errorOf, folderOf, temporaryFolder } from '../../helpers/folder.js';
import { randomRecord } from '../../helpers/random-record.js';

describe('writeRecord', () => {
  it('reads back the same samples and annotations, for 60 random records', async () => {
    const folder = await temporaryFolder();
    for (let seed = 0; seed < 60; seed++) {
      const { record, annotations, comments } = randomRecord(seed);
      await writeRecord(folder, record, { annotations, comments });
      const path = join(folder, record.name);
      expect(await readRecord(path)).toEqual(record);
      expect(await readAnnotations(path, 'atr')).toEqual(annotations);
      expect((await readHeader(path)).comments).toEqual(comments);
    }
  });

  it('states the first sample and the sum of all, missing ones included', async () => {
    const folder = await temporaryFolder();
    const { record } = randomRecord(3);
    await writeRecord(folder, record);
    const { header, adc } = await readDigital(join(folder, record.name));
    header.signals.forEach(({ initial, checksum }, n) => {
      const sum = Array.from(adc[n]!).reduce((total, value) => total + value, 0);
      expect([initial, checksum! & 0xffff]).toEqual([adc[n]![0], sum & 0xffff]);
    });
  });

  it('rounds to the microvolt', async () => {
    const folder = await temporaryFolder();
    const signalsMv = [Float32Array.of(0.00149, -0.00151, 1 / 3)];
    await writeRecord(folder, { name: 'r', fsHz: 500, leads: ['II'], signalsMv });
    expect((await readDigital(join(folder, 'r'))).adc).toEqual([Int16Array.of(1, -2, 333)]);
  });

  const good = { name: 'r', fsHz: 500, leads: ['II'], signalsMv: [Float32Array.of(0, 1)] };
  it.each([
    [
      'a sample past the range',
      { ...good, signalsMv: [Float32Array.of(0, 32.768)] },
      'ERR_WFDB_SIGNAL',
      'sample 1',
    ],
    [
      'the value that means missing',
      { ...good, signalsMv: [Float32Array.of(-32.768)] },
      'ERR_WFDB_SIGNAL',
      'sample 0',
    ],
    ['infinity', { ...good, signalsMv: [Float32Array.of(Infinity)] }, 'ERR_WFDB_SIGNAL', 'Infinity mV'],
    ['no samples', { ...good, signalsMv: [new Float32Array(0)] }, 'ERR_WFDB_SIGNAL', 'at least one sample'],
    ['no leads', { ...good, leads: [], signalsMv: [] }, 'ERR_WFDB_SIGNAL', 'at least one sample'],
    [
      'two lengths',
      { ...good, leads: ['I', 'II'], signalsMv: [new Float32Array(1), new Float32Array(2)] },
      'ERR_WFDB_SIGNAL',
      '1, 2',
    ],
    ['a name with a path', { ...good, name: '../r' }, 'ERR_WFDB_HEADER', '../r'],
    ['a lead with a line break', { ...good, leads: ['I\nI'] }, 'ERR_WFDB_HEADER', 'lead'],
    ['a negative rate', { ...good, fsHz: -1 }, 'ERR_WFDB_HEADER', '-1'],
  ])('refuses %s and leaves no file', async (_, record, code, words) => {
    const folder = await temporaryFolder();
    const error = await errorOf(writeRecord(folder, record));
    expect(error).toContain(code);
    expect(error).toContain(words);
    expect(await readdir(folder)).toEqual([]);
  });

  it('rejects a bad annotation before it writes a file, and a folder that is a file with ERR_WRITE', async () => {
    const folder = await folderOf({ file: '' });
    const annotations = [{ sample: 0, symbol: 'k', subtype: 0, channel: 0, number: 0, aux: '' }];
    expect(await errorOf(writeRecord(folder, good, { annotations }))).toContain('ERR_WFDB_ANNOTATION');
    expect(await errorOf(writeRecord(join(folder, 'file'), good))).toContain('ERR_WRITE');
    expect(await readdir(folder)).toEqual(['file']);
  });
});
