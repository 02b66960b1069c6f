// The fields of structs in MATLAB files.

import { describe, expect, it } from 'vitest';
import { numberReader, readMat } from '#lib/codecs/mat.js';
import { errorOf } from '../helpers/folder.js';
import { matStruct } from '../helpers/mat-struct.js';

const fields = {
  sex: 'Male',
  age: [[74]],
  data: [
    [1, -2, 3],
    [4, 5, -6],
  ],
  note: undefined,
  none: [],
};
const read = (bytes: Uint8Array) => readMat(bytes, 'x.mat', 2 ** 20);

describe('readMat', () => {
  it.each([
    ['doubles', {}],
    ['compressed doubles', { compress: true }],
    ['whole numbers in a smaller type', { small: true }],
  ])('reads the matrices in a struct of %s', (_, options) => {
    const found = read(matStruct('ECG', fields, options));
    expect([found.matrices, found.others]).toEqual([[], ['ECG (struct)']]);
    expect(
      found.fields.map((one) => [
        one.name,
        one.rows,
        one.columns,
        Array.from({ length: one.rows * one.columns }, (__, n) => numberReader(one)(n)),
      ]),
    ).toEqual([
      ['ECG.age', 1, 1, [74]],
      ['ECG.data', 2, 3, [1, 4, -2, 5, 3, -6]],
    ]);
  });

  it('reads no fields of an array of structs', () => {
    expect(read(matStruct('ECG', fields, { dimensions: [1, 2] })).fields).toEqual([]);
  });

  it('refuses every file that is cut short within a struct', async () => {
    const whole = matStruct('ECG', fields);
    for (let length = 129; length < whole.length; length += 7) {
      expect(await errorOf(() => read(whole.subarray(0, length)))).toMatch(
        /ERR_WFDB_SIGNAL: .*(cut short|damaged)/,
      );
    }
  });

  it('neither hangs nor crashes on changed bytes of a struct', async () => {
    const whole = matStruct('ECG', fields);
    let refused = 0;
    for (let at = 128; at < whole.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          for (const one of read(changed).fields) expect(one.data.length).toBeLessThanOrEqual(whole.length);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^ERR_WFDB_/);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
