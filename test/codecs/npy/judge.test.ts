// Compares with NumPy: it reads the arrays that this package writes, and both read arrays of every type, order and
// version, and the same of thousands of damaged files.

import { execFileSync } from 'node:child_process';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { type NpyArray, npyNumbers, readNpy, readNpyRows, readNpyTexts } from '#lib/codecs/npy/read.js';
import { npyTypeNames } from '#lib/codecs/npy/types.js';
import { NpyWriter, npyHeader } from '#lib/codecs/npy/write.js';
import { writeCorpus } from '#lib/corpus/write.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { mutantsOf } from '../../helpers/mutants.js';
import { npyFile } from '../../helpers/npy-file.js';
import { pythonWith } from '../../helpers/python.js';

/** What NumPy says about an array. */
interface Verdict {
  readonly path: string;
  /** Absent if NumPy cannot read the file. */
  readonly dtype?: string;
  readonly shape: readonly number[];
  /** Texts, or numbers as Python writes them. */
  readonly values: readonly string[];
}

const python = pythonWith('numpy');
const absent = python === undefined ? ' (SKIPPED: no python3 with numpy; pip install numpy)' : '';
describe.skipIf(python === undefined)(`NumPy${absent}`, () => {
  it('reads a written array', async () => {
    const path = join(await temporaryFolder(), 'x.npy');
    const writer = await NpyWriter.open(path, 'float32', [3]);
    await writer.append(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, -0.5));
    await writer.close();
    const script = 'import numpy,sys; a=numpy.load(sys.argv[1]); print(a.dtype, a.tolist())';
    const printed = execFileSync(python!, ['-c', script, path], { encoding: 'utf8' });
    expect(printed.trim()).toBe('float32 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, -0.5]]');
  });

  it('maps a shard of a corpus into memory, aligned, in every type', async () => {
    for (const type of ['float32', 'float16', 'int16'] as const) {
      const folder = join(await temporaryFolder(), 'corpus');
      const { plan } = await writeCorpus(folder, {
        preset: 'paper',
        format: 'npy',
        count: 5,
        fsHz: 100,
        type,
      });
      const script = `
import numpy, sys, os
load = lambda name: numpy.load(os.path.join(sys.argv[1], '00000', name + '.npy'), mmap_mode='r')
x, y = load('signals'), load('labels')
o, b, t = load('beat_offsets'), load('beat_fiducials_s'), load('beat_types')
assert isinstance(x, numpy.memmap) and x.offset % 64 == 0 and x.flags.aligned
assert o.dtype == numpy.uint32 and b.dtype == numpy.float64 and o[-1] == len(b) == len(t)
print(x.dtype, x.shape, y.tolist(), float(x[1, 7]), int(numpy.argmax(x[0])), bytes(t[:o[1]]).decode())`;
      const printed = execFileSync(python!, ['-c', script, folder], { encoding: 'utf8' });
      const batch = await new Synthesizer({
        preset: 'paper',
        fsHz: 100,
        seconds: 10,
        seed: 0,
        unit: 'mV',
      }).batch({
        classes: plan.classes,
        count: 2,
        annotations: true,
      });
      const beats = batch.annotations!.record(0).beats.map((beat) => beat.type);
      const [dtype, ...words] = printed.trim().split(' ');
      expect(dtype).toBe(type);
      expect(words.slice(0, 7).join(' ')).toBe('(5, 1000) [0, 1, 2, 3, 4]');
      const perMv = type === 'int16' ? 1000 : 1;
      expect(Math.abs(Number(words[7]) / perMv - batch.signals[1007]!)).toBeLessThan(0.001);
      expect(words[9]).toBe(beats.join(''));
    }
  });

  // A sparse file: 3 GiB of data that take no disk space.
  it('maps an array of more than 2 GiB', async () => {
    const path = join(await temporaryFolder(), 'large.npy');
    const rows = 3 * 2 ** 20;
    const file = await open(path, 'w');
    await file.write(npyHeader('int16', [rows, 512]));
    await file.write(Int16Array.of(7), 0, 2, 128 + rows * 1024 - 2);
    await file.close();
    const script = 'import numpy,sys; a=numpy.load(sys.argv[1],mmap_mode="r"); print(a.shape, a[-1,-1])';
    expect(execFileSync(python!, ['-c', script, path], { encoding: 'utf8' }).trim()).toBe(`(${rows}, 512) 7`);
    const last = await readNpyRows(path, rows - 1, 1);
    expect(last.shape).toEqual([1, 512]);
    expect(last.data[511]).toBe(7);
  });

  it('agrees on every type, byte order, order of the axes and version', async () => {
    const folder = await temporaryFolder();
    const verdicts = judge<Verdict[]>(python!, 'npy_judge.py', { make: folder });
    expect(verdicts.length).toBeGreaterThan(150);
    const types = new Set<string>();
    for (const { path, shape, dtype, values } of verdicts) {
      const isText = /^[SU<>|]*[SU]/.test(dtype!);
      const array = isText ? undefined : await readNpy(path);
      if (array !== undefined) types.add(array.type);
      const found = array === undefined ? await readNpyTexts(path) : textsOf(array);
      expect([path, array?.shape ?? shape, found]).toEqual([path, shape, values]);
      if (array === undefined || shape.length === 0 || shape[0] === 0) continue;
      const last = await readNpyRows(path, shape[0]! - 1, 1);
      expect([path, textsOf(last)]).toEqual([path, values.slice(values.length - last.data.length)]);
    }
    expect([...types].sort()).toEqual([...npyTypeNames].sort());
  });

  it('reads what this package reads, and the same of damaged files', async () => {
    const folder = await temporaryFolder();
    const data = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);
    const header = Buffer.from("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }  \n");
    const damaged = [
      ...mutantsOf([npyFile({ data })], { seed: 5, count: 300, changed: 90 }),
      // The length of the header fits, so that more of the files are arrays.
      ...[...mutantsOf([header], { seed: 6, count: 1500 })].map((bytes, at) => {
        // Version 1 has 16 bits for the length.
        const version = at % 2 === 0 && bytes.length < 2 ** 16 ? 1 : 2;
        return npyFile({ version, header: bytes.toString('latin1'), data });
      }),
    ];
    const paths: string[] = [];
    for (const bytes of damaged) {
      const path = join(folder, `${paths.length}.npy`);
      await writeFile(path, bytes);
      paths.push(path);
    }
    let both = 0;
    for (const { path, dtype, shape, values } of judge<Verdict[]>(python!, 'npy_judge.py', { read: paths })) {
      const found = await readNpy(path).catch((error) => {
        if (error instanceof PqrstError) return error;
        throw error;
      });
      if (found instanceof PqrstError) {
        // NumPy reads other types too, and ignores bytes behind the array.
        if (dtype !== undefined)
          expect(found.message).toMatch(
            /holds (?!\d+ bytes)|holds more than one array|has elements of the type/,
          );
        continue;
      }
      expect([path, dtype === undefined ? 'NumPy refuses it' : dtype]).toEqual([path, dtype]);
      expect([path, found.shape, textsOf(found)]).toEqual([path, shape, values]);
      both++;
    }
    expect(both).toBeGreaterThan(50);
  });

  it.each(['float32', 'float16', 'float64', '>f4', '>i2'])(
    'reads %s with three leads as npy:DIR',
    async (type) => {
      const folder = await temporaryFolder();
      const isInteger = type === '>i2';
      await writeFile(join(folder, 'labels.csv'), 'label\naf\nnormal\n');
      await writeFile(join(folder, 'meta.json'), '{"fsHz": 100, "leads": ["I", "II", "III"]}');
      const script = `import numpy, sys
numpy.save(sys.argv[1], (numpy.arange(1200) % 64 * ${isInteger ? 125 : 0.125}).astype(sys.argv[2]).reshape(2, 3, 200))`;
      execFileSync(python!, ['-c', script, join(folder, 'signals.npy'), type]);
      const { windows, leads } = await openDataset(`npy:${folder}`, { fsHz: 100, seconds: 2 });
      expect([windows.length, leads]).toEqual([2, ['II']]);
      expect(windows[1]!.signal).toEqual(Float32Array.from({ length: 200 }, (_, n) => ((800 + n) % 64) / 8));
    },
  );
});

/** Returns the elements as the judge writes them: integers in full, other numbers as the bits of float64. */
function textsOf(array: NpyArray): string[] {
  if (array.data instanceof BigInt64Array || array.data instanceof BigUint64Array)
    return [...array.data].map(String);
  const isFloat = array.type.startsWith('float');
  const bits = Buffer.alloc(8);
  return Array.from(npyNumbers(array), (value) => {
    if (Number.isNaN(value)) return 'nan';
    if (array.type === 'bool') return value === 0 ? '0' : '1';
    if (!isFloat) return String(value);
    bits.writeDoubleBE(value);
    return bits.toString('hex');
  });
}
