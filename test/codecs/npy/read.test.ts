// Reading .npy files: every type, order and version, texts, rows of large arrays, and what is not an array.

import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { npyNumbers, readNpy, readNpyFacts, readNpyRows, readNpyTexts } from '#lib/codecs/npy/read.js';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import { errorOf, folderOf, temporaryFolder } from '../../helpers/folder.js';
import { floats, type NpyFileOptions, npyFile } from '../../helpers/npy-file.js';

/** Writes a file and returns its path. */
async function fileOf(bytes: Uint8Array | string): Promise<string> {
  return join(await folderOf({ 'x.npy': bytes }), 'x.npy');
}
const six = floats(1, 2, 3, 4, 5, -0.5);
const made = (options: NpyFileOptions) => fileOf(npyFile({ data: six, ...options }));

describe('readNpy', () => {
  it.each([
    ['version 2', { version: 2 }],
    ['version 3', { version: 3 }],
    ['no blanks', { header: "{'descr':'<f4','fortran_order':False,'shape':(2,3)}" }],
    ['other order of the keys', { header: "{'shape': (2, 3), 'descr': '<f4', 'fortran_order': False}" }],
    ['double quotes', { header: '{"descr": "<f4", "fortran_order": False, "shape": (2, 3)}' }],
    [
      'long integers of Python 2',
      { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }" },
    ],
    ['prefixes of strings', { header: "{u'descr': b'<f4', r'fortran_order': False, u'shape': (2, 3)}" }],
    [
      'line breaks and tabs',
      { header: "\t{'descr':\t'<f4',\n 'fortran_order': False,\n 'shape': (2,\n3,),\n}   \n" },
    ],
    ['escapes', { header: "{'d\\x65scr': '\\u003cf4', 'fortran_order': False, 'shape': (2, 3)}" }],
    ['the name of the type', { header: "{'descr': 'float32', 'fortran_order': False, 'shape': (2, 3)}" }],
    ['native order', { header: "{'descr': '=f4', 'fortran_order': False, 'shape': (2, 3)}" }],
  ] as const)('reads a header with %s', async (_, options) => {
    expect(await readNpy(await made(options))).toEqual({
      type: 'float32',
      shape: [2, 3],
      data: Float32Array.of(1, 2, 3, 4, 5, -0.5),
    });
  });

  it.each([
    ['f8', 'float64', Float64Array.of(1.5, -2, 1e-300)],
    ['f4', 'float32', Float32Array.of(1.5, -2, 1e-30)],
    ['f2', 'float16', Uint16Array.of(0x3c00, 0xc000, 0x0001)],
    ['i1', 'int8', Int8Array.of(-128, 0, 127)],
    ['i2', 'int16', Int16Array.of(-32768, 1, 300)],
    ['i4', 'int32', Int32Array.of(-2147483648, 1, 70000)],
    ['i8', 'int64', BigInt64Array.of(-(2n ** 63n), 1n, 2n ** 60n)],
    ['u1', 'uint8', Uint8Array.of(0, 1, 255)],
    ['u2', 'uint16', Uint16Array.of(0, 258, 65535)],
    ['u4', 'uint32', Uint32Array.of(0, 258, 4294967295)],
    ['u8', 'uint64', BigUint64Array.of(0n, 258n, 2n ** 64n - 1n)],
    ['b1', 'bool', Uint8Array.of(0, 1, 1)],
    ['?', 'bool', Uint8Array.of(0, 1, 1)],
  ] as const)('reads %s in both byte orders', async (code, type, data) => {
    const bytes = Buffer.from(data.buffer);
    const size = data.BYTES_PER_ELEMENT;
    const swapped = Buffer.from(bytes.map((_, at) => bytes[at - (at % size) + size - 1 - (at % size)]!));
    for (const [order, stored] of [
      ['<', bytes],
      ['>', swapped],
      ['|', bytes],
      ['', bytes],
    ] as const) {
      const path = await fileOf(npyFile({ descr: `${order}${code}`, shape: [3], data: stored }));
      expect(await readNpy(path), order).toEqual({ type, shape: [3], data });
    }
  });

  it('returns an array in Fortran order in C order', async () => {
    // The element [i, j, k] is 100 i + 10 j + k.
    const value = (i: number, j: number, k: number) => 100 * i + 10 * j + k;
    const stored: number[] = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) stored.push(value(i, j, k));
    const ordered = Array.from({ length: 24 }, (_, n) =>
      value(Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4),
    );
    const data = { i2: Int16Array, f4: Float32Array, f8: Float64Array, i1: Int8Array };
    for (const [code, Numbers] of Object.entries(data)) {
      const bytes = new Uint8Array(Numbers.from(stored).buffer);
      const path = await fileOf(
        npyFile({ descr: `<${code}`, isFortran: true, shape: [2, 3, 4], data: bytes }),
      );
      expect([...(await readNpy(path)).data], code).toEqual([...Numbers.from(ordered)]);
      expect([...(await readNpyRows(path, 1, 1)).data], code).toEqual([...Numbers.from(ordered.slice(12))]);
    }
    const vector = await made({ isFortran: true, shape: [6] });
    expect([...(await readNpyRows(vector, 2, 2)).data]).toEqual([3, 4]);
  });

  it('reads rows of an array in Fortran order whose columns are larger than a piece', async () => {
    const rows = 2 ** 24 + 5;
    const bytes = new Uint8Array(2 * rows);
    bytes[rows - 3] = 7;
    bytes[2 * rows - 3] = 9;
    const path = await fileOf(npyFile({ descr: '|u1', isFortran: true, shape: [rows, 2], data: bytes }));
    expect([...(await readNpyRows(path, rows - 4, 3)).data]).toEqual([0, 0, 7, 9, 0, 0]);
  });

  it('reads arrays without elements, and a single number', async () => {
    const empty = await fileOf(npyFile({ shape: [0, 5], isFortran: true }));
    expect(await readNpy(empty)).toEqual({ type: 'float32', shape: [0, 5], data: new Float32Array(0) });
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': ()}";
    const single = await fileOf(npyFile({ header, data: floats(3) }));
    expect(await readNpy(single)).toEqual({ type: 'float32', shape: [], data: Float32Array.of(3) });
  });

  it.each([
    [
      'a file that is cut short',
      { data: six.subarray(0, 20) },
      /holds 20 bytes of data where its shape \(2, 3\) needs 24; it was cut short/,
    ],
    [
      'a file that is too long',
      { data: floats(1, 2, 3, 4, 5, 6, 7) },
      /holds 28 bytes .* needs 24; it holds more than one array/,
    ],
    ['a huge shape', { shape: [9999999999, 9999999999] }, /needs 399999999920000000000; it was cut short/],
    [
      'a shape beyond exact numbers',
      { shape: [1e20, 0] },
      /states the shape \(100000000000000000000, 0\), which no array has/,
    ],
    ['a negative shape', { shape: [-2, -3] }, /states the shape \(-2, -3\)/],
    ['too many dimensions', { shape: Array(65).fill(1) }, /states 65 dimensions; NumPy has at most 64/],
    [
      'a type that is not a text',
      { header: "{'descr': 5, 'fortran_order': False, 'shape': (6,)}" },
      /is a structured array; save/,
    ],
    ['objects', { descr: '|O' }, /holds Python objects.*nothing is unpickled/],
    ['complex numbers', { descr: '<c8' }, /holds complex numbers/],
    ['times', { descr: '<M8[ns]' }, /holds dates and times/],
    ['raw bytes', { descr: '|V2' }, /holds raw bytes without a type, as bfloat16 is saved/],
    [
      'long doubles',
      { descr: '<f16' },
      /holds floating-point numbers of a size that differs between machines/,
    ],
    ['an unknown type', { descr: '<x4' }, /has elements of the type "<x4"; float16, float32/],
    ['texts', { descr: '<U1' }, /holds texts, not numbers/],
    [
      'texts without characters',
      { descr: '<U0', shape: [1e15], data: new Uint8Array(0) },
      /holds texts without characters/,
    ],
    [
      'fields',
      { header: "{'descr': [('ecg', '<f4'), ('n', '<i4', (3,))], 'fortran_order': False, 'shape': (2,)}" },
      /is a structured array with the fields ecg, n; save each field by itself/,
    ],
    ['no dictionary', { header: '(1, 2)' }, /has the header \(1, 2\); expected a dictionary/],
    [
      'a missing key',
      { header: "{'descr': '<f4', 'shape': (2, 3)}" },
      /expected a dictionary of 'descr', 'fortran_order'/,
    ],
    [
      'another key',
      { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'x': 1}" },
      /expected a dictionary/,
    ],
    [
      'an order that is not a truth value',
      { header: "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}" },
      /expected a dictionary/,
    ],
    [
      'a shape that is not a tuple',
      { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (6)}" },
      /expected a dictionary/,
    ],
    [
      'a shape of fractions',
      { header: "{'descr': '<f4', 'fortran_order': False, 'shape': (2.5, 3)}" },
      /not a Python dictionary \("2\.5, 3\)\}" follows at character/,
    ],
    [
      'a header that ends early',
      { header: "{'descr': '<f4', " },
      /not a Python dictionary \(it ends at character 18/,
    ],
    ['an open string', { header: "{'descr: 1}" }, /a string has no closing '/],
    ['many brackets', { header: '('.repeat(60000) }, /brackets are nested more than 32 deep/],
    ['control bytes', { header: '{\x1b[31m}' }, /not a Python dictionary \("\s*\[31m\}" follows/],
  ] as const)('refuses %s', async (_, options, message) => {
    const error = await errorOf(readNpy(await made(options)));
    expect(error).toMatch(/^ERR_NPY: \/.*x\.npy /);
    expect(error).toMatch(message);
    expect(error).not.toMatch(/\p{Cc}/u);
  });

  const whole = npyFile({ data: six });
  it.each([
    ['an empty file', '', /it is empty/],
    ['a part of the magic', whole.subarray(0, 3), /was cut short in its header/],
    [
      'a part of the header',
      whole.subarray(0, 40),
      /was cut short in its header, which takes \d+ bytes of a file of 40/,
    ],
    ['no length of the header', whole.subarray(0, 9), /was cut short in its header/],
    ['version 4', Buffer.from('\x93NUMPY\x04\0aaaa', 'latin1'), /is a \.npy file of version 4\.0/],
    [
      'a header of 4 GB',
      Buffer.from('\x93NUMPY\x02\0\xff\xff\xff\xff{', 'latin1'),
      /header, which takes 4294967307 bytes of a file of 13/,
    ],
    ['a long header', npyFile({ version: 2, header: ' '.repeat(70000) }), /has a header of 70000 bytes/],
    ['a pickle of protocol 4', Buffer.from('\x80\x04\x95abc', 'latin1'), /is a Python pickle.*numpy\.save/],
    ['a pickle of protocol 0', 'cnumpy.core.multiarray\n_reconstruct\np0\n', /is a Python pickle/],
    ['an .npz', Buffer.from('PK\x03\x04\x14', 'latin1'), /is a zip archive, as numpy\.savez/],
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0',
      /is a pointer of Git LFS.*git lfs pull/,
    ],
    ['a web page', '\n<!DOCTYPE html>\n<html>', /is a web page/],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), /is an HDF5 file/],
    ['MATLAB', 'MATLAB 5.0 MAT-file, Platform', /is a MATLAB v5 file/],
    ['gzip', gzipSync(whole), /is a gzip archive/],
    ['zeros', Buffer.alloc(600), /starts with zero bytes/],
    ['text', '0.1,0.2\n0.3,0.4\n', /is a text file, as numpy\.savetxt writes/],
    [
      'other bytes',
      Buffer.from([1, 2, 3, 250, 251, 252, 253, 254, 255]),
      /starts with the bytes 01 02 03 fa fb fc fd fe/,
    ],
  ] as const)('says what a file is: %s', async (_, bytes, message) => {
    const error = await errorOf(readNpy(await fileOf(bytes)));
    expect(error).toMatch(/^ERR_NPY: /);
    expect(error).toMatch(message);
  });

  it('reports a missing file and a folder', async () => {
    const folder = await temporaryFolder();
    expect(await errorOf(readNpy(join(folder, 'gone.npy')))).toMatch(/^ERR_NOT_FOUND: .*no such file/);
    expect(await errorOf(readNpy(folder))).toMatch(/^ERR_NOT_FOUND: .*is a folder/);
  });
});

describe('readNpyRows', () => {
  it('reads some rows, and rejects rows beyond the end', async () => {
    const path = join(await temporaryFolder(), 'x.npy');
    const writer = await NpyWriter.open(path, 'float32', [3]);
    await writer.append(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, -0.5));
    await writer.close();
    expect(await readNpyRows(path, 1, 2)).toEqual({
      type: 'float32',
      shape: [2, 3],
      data: Float32Array.of(4, 5, 6, 7, 8, -0.5),
    });
    expect(await errorOf(readNpyRows(path, 2, 2))).toMatch(
      /^ERR_RANGE.*rows 0-2, but rows 2-3 were requested/,
    );
    expect(await errorOf(readNpyRows(`${path}.gone`, 0, 1))).toContain('ERR_NOT_FOUND');
  });
});

describe('readNpyFacts, readNpyTexts and npyNumbers', () => {
  it('states type, shape, order and size', async () => {
    expect(await readNpyFacts(await made({ isFortran: true, shape: [3, 2] }))).toEqual({
      ...{ type: 'float32', shape: [3, 2], isFortran: true, bytes: 24 },
    });
    const texts = await fileOf(npyFile({ descr: '|S3', shape: [2], data: Buffer.from('AF\0NSR') }));
    expect(await readNpyFacts(texts)).toEqual({ type: 'text', shape: [2], isFortran: false, bytes: 6 });
  });

  it('reads texts of bytes and of characters, in both byte orders', async () => {
    const bytes = Buffer.concat([
      Buffer.from('AF\0\0'),
      Buffer.from('né\0'),
      Buffer.from([0x6e, 0xe9, 0, 0]),
    ]);
    const path = await fileOf(npyFile({ descr: '|S4', shape: [3], data: bytes }));
    expect(await readNpyTexts(path)).toEqual(['AF', 'né', 'né']);
    const points = Uint32Array.from(['A', 'F', '', '♥', '😀', ''], (char) => char.codePointAt(0) ?? 0);
    const little = Buffer.from(points.buffer);
    for (const [order, stored] of [
      ['<', little],
      ['>', Buffer.from(little).swap32()],
    ] as const) {
      const file = await fileOf(npyFile({ descr: `${order}U3`, shape: [2], data: stored }));
      expect(await readNpyTexts(file)).toEqual(['AF', '♥😀']);
    }
    const wrong = await fileOf(npyFile({ descr: '<U1', shape: [1], data: Buffer.from('ffffffff', 'hex') }));
    expect(await errorOf(readNpyTexts(wrong))).toMatch(/^ERR_NPY: .*holds 4294967295 as a character/);
    expect(await errorOf(readNpyTexts(await made({})))).toMatch(/^ERR_NPY: .*holds float32, not texts/);
  });

  it('returns halves and integers of 64 bits as numbers', () => {
    expect(npyNumbers({ type: 'float16', shape: [1], data: Uint16Array.of(0xc000) })).toEqual(
      Float32Array.of(-2),
    );
    expect(npyNumbers({ type: 'int64', shape: [1], data: BigInt64Array.of(-5n) })).toEqual(
      Float64Array.of(-5),
    );
    expect(npyNumbers({ type: 'uint16', shape: [1], data: Uint16Array.of(5) })).toEqual(Uint16Array.of(5));
  });
});
