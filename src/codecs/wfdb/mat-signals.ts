// Turns a MATLAB file behind a header into the bytes that the header describes. A MATLAB file states the type, the shape
// and the place of its numbers, so these count, not the header: a matrix [leads, samples] has the layout of WFDB, a
// matrix [samples, leads] is transposed, and other types of numbers are converted. The numbers are ADC values; a
// fraction shows that they are something else (millivolts), and is refused.
// Source: WFDB Applications Guide, wfdb2mat(1).

import { PqrstError } from '../../base/errors.js';
import { type MatFile, type MatMatrix, type MatType, numberReader, readMat } from '../mat.js';
import { missingValue } from './formats.js';
import type { WfdbSignal } from './header.js';

/** The type of the numbers in a MATLAB file that wfdb2mat writes for each signal format. */
const nativeTypes: Readonly<Record<number, MatType>> = { 16: 'int16', 32: 'int32', 80: 'uint8' };
const usualName = 'val';
const widestNumber = 8;
const mostNumbers = 2 ** 27;
/** The largest compressed variable that is unpacked if the header states no length. */
const mostUnpacked = 2 ** 28;

/** Returns whether a signal file is a MATLAB file by its name. */
export function isMatFile(fileName: string): boolean {
  return /\.mat$/i.test(fileName);
}

/**
 * Returns the bytes of a signal file in the format and with the offset that the header states.
 *
 * @param signals - all signals that the header lists for the file, in its order.
 * @param lengthFrames - number of frames; undefined if the header does not state it.
 * @throws PqrstError ERR_WFDB_FORMAT: when the file is not a MATLAB file of level 4 or 5, or its matrix does not fit.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the file is cut short or damaged.
 */
export function matSignals(
  bytes: Uint8Array,
  signals: readonly WfdbSignal[],
  lengthFrames: number | undefined,
  path: string,
): Uint8Array {
  const { byteOffset, format } = signals[0]!;
  const leads = signals.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0);
  const shape = { leads, frames: lengthFrames };
  const needed = lengthFrames === undefined ? Number.POSITIVE_INFINITY : widestNumber * leads * lengthFrames;
  const file = readMat(bytes, path, Math.min(mostUnpacked, needed + 2 ** 16));
  const { matrix, isTransposed } = matrixOf(file, shape, path);
  const isNative = matrix.littleEndian && matrix.type === nativeTypes[format];
  const dataAt = matrix.data.byteOffset - bytes.byteOffset;
  if (isNative && !isTransposed && file.level === 4 && dataAt === byteOffset) {
    return bytes.subarray(0, byteOffset + matrix.data.length);
  }
  if (format !== 16) {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `signal file ${path} holds the ${describe(matrix)}, but its header states format ${format}; ` +
        'save it as int16 with -v4, and state format 16',
    );
  }
  if (byteOffset > bytes.length) {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `signal file ${path} holds ${bytes.length} bytes, but its header places the samples at byte ${byteOffset}; ` +
        `correct the header (${format}+24)`,
    );
  }
  return asFormat16(matrix, isTransposed, byteOffset, path);
}

interface Shape {
  readonly leads: number;
  readonly frames: number | undefined;
}

interface Placed {
  readonly matrix: MatMatrix;
  readonly isTransposed: boolean;
}

/** Returns the matrix with the signals: `val`, or the only one that has their shape. */
function matrixOf({ matrices, others }: MatFile, shape: Shape, path: string): Placed {
  const usual = matrices.filter(({ name }) => name === usualName);
  const fitting = (usual.length > 0 ? usual : matrices).flatMap((matrix) => place(matrix, shape) ?? []);
  const [found, second] = fitting;
  if (found !== undefined && second === undefined) return found;
  const { leads, frames } = shape;
  const contents = [...matrices.map(describe), ...others].join(', ') || 'no variable';
  const problem = found === undefined ? 'its header describes' : 'several of them have the shape of';
  throw new PqrstError(
    'ERR_WFDB_FORMAT',
    `MATLAB file ${path} holds ${contents}, but ${problem} ${leads} signals of ${frames ?? 'any number of'} ` +
      `samples; name the matrix of the signals ${usualName}, of ${leads} x ${frames ?? 'samples'} numbers`,
  );
}

function place(matrix: MatMatrix, { leads, frames }: Shape): Placed | undefined {
  const { rows, columns } = matrix;
  const isLong = (length: number) => frames === undefined || length >= frames;
  // A square matrix is [leads, samples], as wfdb2mat writes it.
  if (rows === leads && isLong(columns)) return { matrix, isTransposed: false };
  return columns === leads && isLong(rows) ? { matrix, isTransposed: true } : undefined;
}

function describe({ name, rows, columns, type }: MatMatrix): string {
  return `matrix ${name} of ${rows} x ${columns} ${type}`;
}

/** Returns the numbers in format 16 after `byteOffset` bytes, all leads of one time together. */
function asFormat16(matrix: MatMatrix, isTransposed: boolean, byteOffset: number, path: string): Uint8Array {
  const { rows, columns, name } = matrix;
  const count = rows * columns;
  if (count > mostNumbers) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `MATLAB file ${path} holds the ${describe(matrix)}; at most ${mostNumbers} numbers are converted`,
    );
  }
  const numberAt = numberReader(matrix);
  const bytes = Buffer.alloc(byteOffset + 2 * count);
  for (let n = 0; n < count; n++) {
    const number = numberAt(n);
    const adc = Number.isNaN(number) ? missingValue[16] : number;
    if (!Number.isInteger(adc) || adc < -32768 || adc > 32767) {
      throw new PqrstError(
        'ERR_WFDB_FORMAT',
        `MATLAB file ${path}: matrix ${name} holds ${number}, but its header describes ADC values, which are whole ` +
          'numbers from -32768 to 32767; save the signals as such values',
      );
    }
    const at = isTransposed ? (n % rows) * columns + Math.floor(n / rows) : n;
    bytes.writeInt16LE(adc, byteOffset + 2 * at);
  }
  return bytes;
}
