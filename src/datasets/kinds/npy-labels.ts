// Reads the array `labels.npy` of the kind `npy`: the labels of each row of `signals.npy`.
// - [records, labels] of 0 and 1: one column per label, named by `classes` in `meta.json`.
// - [records] of whole numbers: the position of the label in `classes`, from 0.
// - [records] of texts: the labels as in `labels.csv`, separated by `;`.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { npyNumbers, readNpy, readNpyFacts, readNpyTexts } from '../../codecs/npy/read.js';
import { splitLabels } from '../own-labels.js';
import { metaFile, type NpyMeta } from './npy-meta.js';

/** Name of the array. */
export const labelsFile = 'labels.npy';

/**
 * Reads the labels of the `rows` rows.
 *
 * @throws PqrstError ERR_NOT_FOUND, ERR_NPY: when the array cannot be read, or does not hold labels of so many rows.
 */
export async function readLabelArray(
  folder: string,
  rows: number,
  { classes }: NpyMeta,
): Promise<readonly (readonly string[])[]> {
  const path = join(folder, labelsFile);
  const { type, shape } = await readNpyFacts(path);
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} ${problem}`);
  const [count, columns = 1, ...others] = shape;
  if (count === undefined || others.length > 0 || columns === 0) {
    throw fail(
      `has the shape (${shape.join(', ')}); expected (records) with one label each, or (records, labels) of 0 and 1`,
    );
  }
  if (count !== rows)
    throw fail(`holds labels of ${count} records, but signals.npy holds ${rows}; correct one of the two`);
  if (type === 'text') {
    if (columns !== 1) throw fail(`holds ${columns} texts per record; join them with ";"`);
    return (await readNpyTexts(path)).map(splitLabels);
  }
  if (classes === undefined) {
    const what = columns === 1 ? 'numbers' : `${columns} columns`;
    throw fail(
      `holds ${what} whose labels are not known; name them in their order in ${metaFile}: "classes": ["AFIB", "NORM"], ` +
        'or write labels.csv with a column "label"',
    );
  }
  const values = npyNumbers(await readNpy(path));
  // One column of 0 and 1 is the same as one number if there are several classes.
  const isPlace = columns === 1 && (shape.length === 1 || classes.length > 1);
  if (!isPlace && columns !== classes.length) {
    throw fail(
      `has ${columns} columns, but ${metaFile} names ${classes.length} classes: ${classes.join(', ')}; correct one of the two`,
    );
  }
  const wrong = values.findIndex(
    (value) => !(Number.isInteger(value) && value >= 0 && value < (isPlace ? classes.length : 2)),
  );
  if (wrong >= 0) {
    const expected = isPlace
      ? `0 to ${classes.length - 1}, a position in the classes of ${metaFile}`
      : '0 or 1';
    const place = isPlace ? '' : `, column ${wrong % columns} (${classes[wrong % columns]})`;
    throw fail(`holds ${values[wrong]} in row ${Math.floor(wrong / columns)}${place}; expected ${expected}`);
  }
  return Array.from({ length: rows }, (_, row) =>
    isPlace ? [classes[values[row]!]!] : classes.filter((_, column) => values[row * columns + column] === 1),
  );
}
