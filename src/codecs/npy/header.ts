// Parses the header of a .npy file of version 1, 2 or 3, and says what a file is that is not an array of numbers or
// texts. Compares the size that the header states with the size of the file before anything of that size is allocated.
// Source: NumPy's numpy.lib.format.

import { endianness } from 'node:os';
import { PqrstError } from '../../base/errors.js';
import { describeForeign } from '../foreign.js';
import { type Literal, parseLiteral } from './literal.js';
import { type NpyType, npyTypeNames, npyTypes, product } from './types.js';

const magic = '\x93NUMPY';
/** The most bytes of a header that are read: those of version 1, and more than any array of numbers needs. */
const maxHeaderBytes = 2 ** 16;
const maxDimensions = 64;
/** The number of bytes of a file that `parseNpyHeader` needs. */
export const npyHeadBytes = 12 + maxHeaderBytes;

/** How the elements are stored: numbers, or texts of a fixed number of bytes (`S`) or code points (`U`). */
export interface NpyElement {
  readonly type: NpyType | 'S' | 'U';
  /** Number of bytes of one element. */
  readonly bytes: number;
  /** True if the bytes of each number are in the other order than on this machine. */
  readonly isSwapped: boolean;
}

/** The header of an array, checked against the size of its file. */
export interface NpyHeader {
  readonly element: NpyElement;
  /** Size of each dimension. */
  readonly shape: readonly number[];
  /** True if the first index varies fastest in the file. */
  readonly isFortran: boolean;
  /** Offset of the first element in the file. */
  readonly start: number;
}

/** Returns an ERR_NPY error about the file `path`. */
export function npyError(path: string, problem: string, options?: ErrorOptions): PqrstError {
  return new PqrstError('ERR_NPY', `${path} ${problem}`, options);
}

/**
 * Parses the header in `first`, the first `npyHeadBytes` bytes of a file of `size` bytes, or all of them.
 *
 * @throws PqrstError ERR_NPY: when the file is not an array of numbers or texts, or when its size does not fit its shape.
 */
export function parseNpyHeader(path: string, first: Buffer, size: number): NpyHeader {
  const { text, start } = headerText(path, first, size);
  const fields = fieldsOf(path, text);
  const element = elementOf(path, fields.descr);
  const { shape } = fields;
  if (shape.length > maxDimensions) {
    throw npyError(
      path,
      `states ${shape.length} dimensions; NumPy has at most ${maxDimensions}, so it was damaged`,
    );
  }
  if (shape.some((length) => !Number.isSafeInteger(length) || length < 0)) {
    throw npyError(
      path,
      `states the shape (${shape.join(', ')}), which no array has; save it again with numpy.save`,
    );
  }
  const count = product(shape);
  const [found, expected] = [size - start, count * element.bytes];
  if (found !== expected) {
    const problem =
      found < expected
        ? 'it was cut short; download or save it again'
        : 'it holds more than one array or was damaged; save the array by itself with numpy.save';
    throw npyError(
      path,
      `holds ${found} bytes of data where its shape (${shape.join(', ')}) needs ${expected}; ${problem}`,
    );
  }
  if (element.bytes === 0 && count > 0)
    throw npyError(path, 'holds texts without characters; save the texts again');
  return { element, shape, isFortran: fields.isFortran, start };
}

/** Returns what a file is that does not begin as a .npy file does, as the end of a sentence about it. */
function describeOther(first: Buffer): string {
  const foreign = describeForeign(first);
  if (foreign !== undefined) return `is ${foreign}`;
  if (first.length === 0) return 'is empty; download or save it again';
  if (first.every((byte) => byte === 0)) {
    return 'starts with zero bytes, as after a download that was interrupted; download or save it again';
  }
  if (/^[\t\r\n\x20-\x7e]*$/.test(first.toString('latin1'))) return 'is a text file, as numpy.savetxt writes';
  return `starts with the bytes ${first.toString('hex', 0, 8).replace(/..(?!$)/g, '$& ')}`;
}

/** Returns the text of the header, and the offset of the data behind it. */
function headerText(path: string, first: Buffer, size: number): { text: string; start: number } {
  const given = first.toString('latin1', 0, magic.length);
  if (given !== magic) {
    const isStart = given !== '' && magic.startsWith(given);
    throw npyError(
      path,
      `is not a .npy file: it ${isStart ? 'was cut short in its header' : describeOther(first)}`,
    );
  }
  const [major = 0, minor = 0] = first.subarray(6, 8);
  if (first.length >= 8 && (major < 1 || major > 3 || minor !== 0)) {
    throw npyError(
      path,
      `is a .npy file of version ${major}.${minor}; versions 1.0, 2.0 and 3.0 are read, so save it with numpy.save`,
    );
  }
  const at = major === 1 ? 10 : 12;
  const length = first.length < at ? 0 : major === 1 ? first.readUInt16LE(8) : first.readUInt32LE(8);
  if (first.length < at || at + length > size) {
    const end = first.length < at ? at : at + length;
    throw npyError(
      path,
      `was cut short in its header, which takes ${end} bytes of a file of ${size}; download or save it again`,
    );
  }
  if (length > maxHeaderBytes) {
    throw npyError(
      path,
      `has a header of ${length} bytes, which an array of numbers never has; at most ${maxHeaderBytes} are read`,
    );
  }
  const text = first.toString(major === 3 ? 'utf8' : 'latin1', at, at + length);
  return { text, start: at + length };
}

interface Fields {
  readonly descr: Literal;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

function fieldsOf(path: string, text: string): Fields {
  let header: Literal;
  try {
    header = parseLiteral(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw npyError(
      path,
      `has a header that is not a Python dictionary (${shown(cause.message)}); save it again with numpy.save`,
      { cause },
    );
  }
  const dict = isDict(header) ? header.dict : new Map<Literal, Literal>();
  const [descr, order, shape] = [dict.get('descr'), dict.get('fortran_order'), dict.get('shape')];
  const isShape = Array.isArray(shape) && shape.every((length) => typeof length === 'number');
  if (descr === undefined || typeof order !== 'boolean' || !isShape || dict.size !== 3) {
    throw npyError(
      path,
      `has the header ${shown(text)}; expected a dictionary of 'descr', 'fortran_order' (True or False) and ` +
        "'shape' (a tuple of whole numbers), so save it again with numpy.save",
    );
  }
  return { descr, isFortran: order, shape: shape as readonly number[] };
}

function isDict(value: Literal): value is Extract<Literal, { readonly dict: unknown }> {
  return typeof value === 'object' && value !== null && 'dict' in value;
}

const isLittle = endianness() === 'LE';
/** Reasons why an element type is not read, by its letter. */
const refused: Readonly<Record<string, string>> = {
  O: 'Python objects, as arrays of several lengths and pandas columns of texts are saved; nothing is unpickled: save numbers of one length, or texts with .astype(str)',
  V: 'raw bytes without a type, as bfloat16 is saved; convert it with .astype("float32")',
  c: 'complex numbers; save their real part, or the part that you need',
  M: 'dates and times; save the samples as numbers',
  m: 'differences of times; save the samples as numbers',
  f: 'floating-point numbers of a size that differs between machines; convert it with .astype("float64")',
};

/** Returns how elements of the type `descr` are stored, or throws an error that says what they are. */
function elementOf(path: string, descr: Literal): NpyElement {
  if (typeof descr !== 'string') {
    const names = shown(namesOf(descr).join(', '));
    throw npyError(
      path,
      `is a structured array${names === '' ? '' : ` with the fields ${names}`}; save each field by itself, such as ` +
        'array["ecg"]',
    );
  }
  const [, order = '', code = ''] = /^([<>=|]?)(.*)$/s.exec(descr) ?? [];
  const isSwapped = order === (isLittle ? '>' : '<');
  const canonical = code === '?' ? 'b1' : code;
  const type = npyTypeNames.find((name) => name === code || npyTypes[name].descriptor.slice(1) === canonical);
  if (type !== undefined) {
    const bytes = npyTypes[type].array.BYTES_PER_ELEMENT;
    return { type, bytes, isSwapped: isSwapped && bytes > 1 };
  }
  const [, letter, length] = /^([SaU])(\d{1,9})$/.exec(code) ?? [];
  if (letter === 'U') return { type: 'U', bytes: 4 * Number(length), isSwapped };
  if (letter !== undefined) return { type: 'S', bytes: Number(length), isSwapped: false };
  const reason = refused[code[0] ?? ''];
  const taken = 'float16, float32, float64, integers of 8 to 64 bits, bool and texts are read';
  throw npyError(
    path,
    reason === undefined
      ? `has elements of the type "${shown(descr)}"; ${taken}`
      : `holds ${reason} (type "${shown(descr)}")`,
  );
}

/** Returns the names of the fields of a structured type. */
function namesOf(descr: Literal): string[] {
  if (typeof descr !== 'object' || descr === null || !('list' in descr)) return [];
  return descr.list.flatMap((field) =>
    Array.isArray(field) && typeof field[0] === 'string' ? [field[0]] : [],
  );
}

/** Returns a text of a file as messages show it: short, and without control characters. */
function shown(text: string): string {
  const clean = text.replace(/\p{Cc}+/gu, ' ').trim();
  return clean.length > 80 ? `${clean.slice(0, 80)}...` : clean;
}
