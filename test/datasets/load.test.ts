// Properties of all data-set kinds: order, parallel reading, progress, abort and skipped recordings. Also reads single
// leads of a record.

import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { formatHeader } from '#lib/codecs/wfdb/header.js';
import { readLeads, readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import type { ListedKind, StreamedKind } from '#lib/datasets/kind.js';
import { datasetKinds } from '#lib/datasets/kinds.js';
import { loadWindows, loadWindowsOf } from '#lib/datasets/load.js';
import { chooseLeads } from '#lib/signal/leads.js';
import type { EcgRecord } from '#lib/signal/window.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';

const options = { fsHz: 10, seconds: 1 };

/** Returns a kind with recordings 0 to count - 1. `read` may return the reason to skip a recording. */
function readerOf(count: number, read: (at: number) => Promise<string | undefined>): ListedKind {
  return {
    ...{ kind: 'some', about: 'made here', tables: [], version: 1, recognizes: () => false },
    async list() {
      const one = (at: number) => ({ recordName: `r${at}`, patientId: `p${at}`, classes: [], files: [] });
      return Array.from({ length: count }, (_, at) => ({ ...one(at), labels: [`label${at}`], fold: 1 }));
    },
    async read(_, { recordName, labels }) {
      const at = Number(recordName.slice(1));
      const reason = await read(at);
      if (reason !== undefined) return reason;
      return {
        ...{ fsHz: 10, leads: ['II'], unit: 'mV' },
        signals: [Float32Array.from({ length: 10 }, (_, n) => at + n)],
        stretches: [{ startSample: 0, classes: [], labels }],
      };
    },
  };
}

describe('loadWindowsOf', () => {
  const own = new Set(['r2', 'r4', 'r7']);

  it('reads the named recordings alone, and leaves out those that give no window', async () => {
    const read: number[] = [];
    const kind = readerOf(9, async (at) => {
      read.push(at);
      return at === 4 ? 'no lead V1' : undefined;
    });
    const steps: number[] = [];
    const windows = await loadWindowsOf({ kind, folder: 'x' }, own, {
      ...options,
      onProgress: (done, total) => steps.push(done, total),
    });
    expect(windows.map(({ origin }) => origin.record)).toEqual(['r2', 'r7']);
    expect(read.sort()).toEqual([2, 4, 7]);
    expect(steps).toEqual([1, 3, 2, 3, 3, 3]);
  });

  it('reads them from a kind that streams its recordings', async () => {
    const { list, read } = readerOf(9, async () => undefined);
    const kind: StreamedKind = {
      ...{ kind: 'stream', about: 'made here', recognizes: () => false },
      async stream(folder, given) {
        const entries = await list(folder, given, []);
        async function* records() {
          for (const entry of entries) yield { entry, cut: await read(folder, entry, given) };
        }
        return { count: entries.length, records: records() };
      },
    };
    const windows = await loadWindowsOf({ kind, folder: 'x' }, own, options);
    expect(windows.map(({ origin, signal }) => [origin.record, signal[0]])).toEqual([
      ['r2', 2],
      ['r4', 4],
      ['r7', 7],
    ]);
  });
});

describe('loadWindows', () => {
  it('reads a few recordings at a time and keeps the order of the list', async () => {
    let [reading, most] = [0, 0];
    const reader = readerOf(40, async (at) => {
      most = Math.max(most, ++reading);
      await wait((at * 7) % 11);
      reading--;
      if (at % 10 === 3) throw new PqrstError('ERR_WFDB_SIGNAL', `r${at} is cut short`);
      return at % 10 === 5 ? 'no lead II' : undefined;
    });
    const steps: number[] = [];
    const set = await loadWindows(
      { kind: reader, folder: 'x' },
      { ...options, onProgress: (done) => steps.push(done) },
    );
    const expected = Array.from({ length: 40 }, (_, at) => at).filter((at) => at % 10 !== 3 && at % 10 !== 5);
    expect(set.windows.map(({ signal, origin, labels }) => [signal[0], origin.record, labels])).toEqual(
      expected.map((at) => [at, `r${at}`, [`label${at}`]]),
    );
    expect(set.skipped.map(({ recordName }) => recordName)).toEqual([
      'r3',
      'r5',
      'r13',
      'r15',
      'r23',
      'r25',
      'r33',
      'r35',
    ]);
    expect([set.source, set.leads.join(), steps]).toEqual([
      'some:x',
      'II',
      Array.from({ length: 40 }, (_, n) => n + 1),
    ]);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });

  it('rejects with an error that is not about the recording, and reads no further', async () => {
    const error = new TypeError('no function');
    const read: number[] = [];
    const reader = readerOf(100, async (at) => {
      read.push(at);
      await wait(1);
      if (at === 2) throw error;
      return undefined;
    });
    await expect(loadWindows({ kind: reader, folder: 'x' }, options)).rejects.toBe(error);
    await wait(20);
    expect(read.length).toBeLessThan(30);
  });

  it('states why there is no window', async () => {
    const error = await errorOf(
      loadWindows({ kind: readerOf(3, async (at) => `reason ${at}`), folder: 'x' }, options),
    );
    expect(error).toMatch(/^ERR_DATA_EMPTY: some:x gives no window \(3 skipped; r0: reason 0\)/);
  });
});

describe('the list of kinds', () => {
  it('has different names, and describes each kind in one line', () => {
    expect(new Set(datasetKinds.map(({ kind }) => kind)).size).toBe(datasetKinds.length);
    for (const { kind, about, ...one } of datasetKinds) {
      const version = 'version' in one ? one.version : 1;
      expect([kind, about.length > 20 && !about.includes('\n'), version >= 1]).toEqual([kind, true, true]);
    }
  });

  it.each([
    ['ptb-xl', ['ptbxl_database.csv', 'records100', 'records500']],
    ['mitdb', ['100.atr', '100.dat', '100.hea']],
    ['folder', ['labels.csv', 'a.hea', 'a.dat']],
  ])('recognizes a folder of %s by its file names', (kind, names) => {
    const found = datasetKinds.find((reader) => reader.recognizes(new Set(names)));
    expect(found?.kind).toBe(kind);
  });
});

describe('readLeads', () => {
  const wave = (scale: number) => Float32Array.from({ length: 90 }, (_, n) => ((n * scale) % 60) / 1000);
  const record: EcgRecord = {
    ...{ name: 'r', fsHz: 100, leads: ['V1', 'mlii', 'aVF'] },
    signalsMv: [wave(3), wave(7), wave(11)],
  };

  it('returns each lead as it is in the whole record, in both formats', async () => {
    const folder = await temporaryFolder();
    await writeRecord(folder, record);
    // Three 12-bit signals with one, two and one samples per frame. Two samples share three bytes.
    const bytes = Uint8Array.from({ length: 1.5 * 4 * 50 }, (_, n) => (n * 37) % 251);
    const signal = (lead: string, samplesPerFrame: number) => ({
      ...{
        fileName: 'p.dat',
        format: 212 as const,
        samplesPerFrame,
        skewSamples: 0,
        byteOffset: 0,
        gain: 200,
      },
      ...{ baseline: 0, units: 'mV', resolutionBits: 12, zero: 0, initial: 0, checksum: 0, blockSize: 0 },
      description: lead,
    });
    const resp = { ...signal('resp', 2), units: 'l' };
    const signals = [signal('V1', 1), resp, signal('II', 1)];
    const header = formatHeader({ name: 'p', fsHz: 100, lengthFrames: 50, signals, comments: [] });
    const packed = await folderOf({ 'p.hea': header, 'p.dat': bytes });
    for (const path of [join(folder, 'r'), join(packed, 'p.hea')]) {
      const whole = await readRecord(path);
      for (const [at, lead] of whole.leads.entries()) {
        const alone = await readLeads(path, (names) =>
          chooseLeads(names, { prefer: ['none', lead.toLowerCase()] }),
        );
        expect(alone).toEqual({ ...whole, leads: [lead], signalsMv: [whole.signalsMv[at]] });
      }
    }
  });

  it('returns the first preferred lead, or the first lead of the record if allowed, or names the available leads', async () => {
    const folder = await temporaryFolder();
    await writeRecord(folder, record);
    const leadOf = async (prefer: string[], orFirst?: boolean) => {
      const found = await readLeads(join(folder, 'r'), (names) =>
        chooseLeads(names, { prefer, ...(orFirst && { orFirst }) }),
      );
      return typeof found === 'string' ? found : found.leads;
    };
    expect(await leadOf(['II', 'MLII', 'V1'])).toEqual(['mlii']);
    expect(await leadOf(['II'], true)).toEqual(['V1']);
    expect(await leadOf(['II', 'I'])).toBe('no lead II or I; it has V1, mlii, aVF');
  });
});
