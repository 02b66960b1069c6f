// Parses the header of an EDF, EDF+, BDF or BDF+ file. All sizes are checked against the file before anything is
// allocated. The limits of a signal stay texts here: a damaged limit must not block the other signals.
// Sources: Kemp et al., Electroencephalogr Clin Neurophysiol 82, 1992 (EDF); Kemp & Olivan, Clin Neurophysiol 114, 2003
// (EDF+); the BDF format of BioSemi.

import { PqrstError } from '../../base/errors.js';

/** Bytes of the fixed part of a header, and of the part of each signal. */
export const fixedBytes = 256;

/** Widths of the fields of the fixed part, in order. */
export const fixedFields = {
  ...{ version: 8, patient: 80, recording: 80, startDate: 8, startTime: 8 },
  ...{ headerBytes: 8, reserved: 44, records: 8, recordSeconds: 8, signals: 4 },
} as const;

/** Widths of the fields of a signal, in order. Each field is stored for all signals, one signal after another. */
export const signalFields = {
  ...{ label: 16, transducer: 80, unit: 8, physicalMin: 8, physicalMax: 8, digitalMin: 8, digitalMax: 8 },
  ...{ prefilter: 80, samplesPerRecord: 8, reserved: 32 },
} as const;

/** A signal of a header; texts are without their padding. */
export interface EdfSignal {
  /** The label of the signal: `ECG II`, `EEG Fpz-Cz`, `EDF Annotations`. */
  readonly label: string;
  /** The physical unit. */
  readonly unit: string;
  readonly physicalMin: string;
  readonly physicalMax: string;
  readonly digitalMin: string;
  readonly digitalMax: string;
  readonly samplesPerRecord: number;
  /** Bytes of a data record before the samples of this signal. */
  readonly offsetBytes: number;
  /** True for a signal that contains annotations instead of samples. */
  readonly isAnnotations: boolean;
}

/** A parsed header. */
export interface EdfHeader {
  /** 2 in EDF, 3 in BDF. */
  readonly bytesPerSample: 2 | 3;
  /** True if the data records need not follow each other without gaps (EDF+D, BDF+D). */
  readonly isDiscontinuous: boolean;
  readonly headerBytes: number;
  /** Number of data records; if the header states -1, the number of complete ones in the file. */
  readonly records: number;
  /** Duration of a data record in s, as stated; 0 is allowed in a file that has only annotations. */
  readonly recordSeconds: string;
  readonly recordBytes: number;
  readonly signals: readonly EdfSignal[];
}

/** Returns an ERR_EDF error about a file. */
export function edfError(path: string, problem: string): PqrstError {
  return new PqrstError('ERR_EDF', `EDF file ${path} ${problem}`);
}

/**
 * Returns the size of the header in bytes.
 *
 * @param fixed - at least the first 256 bytes of the file, or the whole file if it is shorter.
 * @param fileBytes - size of the file.
 * @throws PqrstError ERR_EDF: when the file is not an EDF or BDF file, or is shorter than its header.
 */
export function edfHeaderBytes(fixed: Uint8Array, fileBytes: number, path: string): number {
  if (fileBytes < fixedBytes || fixed.length < fixedBytes) {
    throw edfError(
      path,
      `holds ${fileBytes} bytes, but a header takes at least ${fixedBytes}; fetch it again`,
    );
  }
  bytesPerSampleOf(fixed, path);
  const field = fixedTexts(fixed);
  const count = wholeNumber(field.signals);
  if (!(count >= 1)) {
    throw edfError(path, `states "${field.signals}" signals; it must be a whole number of at least 1`);
  }
  const bytes = fixedBytes * (1 + count);
  if (wholeNumber(field.headerBytes) !== bytes) {
    const problem = `states a header of "${field.headerBytes}" bytes, but that of ${count} signals takes ${bytes}`;
    throw edfError(path, `${problem}; the header is damaged`);
  }
  if (bytes > fileBytes) {
    throw edfError(
      path,
      `holds ${fileBytes} bytes, but its header takes ${bytes}; it is cut short, fetch it again`,
    );
  }
  return bytes;
}

/**
 * Parses a header.
 *
 * @param bytes - the beginning of the file, at least its header.
 * @param fileBytes - size of the file.
 * @param path - names the file in messages.
 * @throws PqrstError ERR_EDF: when the header is malformed, or the file is shorter than the header states.
 */
export function parseEdfHeader(bytes: Uint8Array, fileBytes: number, path: string): EdfHeader {
  const headerBytes = edfHeaderBytes(bytes, fileBytes, path);
  const bytesPerSample = bytesPerSampleOf(bytes, path);
  const { reserved, ...field } = fixedTexts(bytes);
  const { recordSeconds } = field;
  if (!(decimalOf(recordSeconds) >= 0)) {
    throw edfError(path, `states data records of "${recordSeconds}" s; it must be a number of at least 0`);
  }
  const signals = signalsOf(bytes, headerBytes, bytesPerSample, path);
  const recordBytes = signals.reduce((sum, one) => sum + bytesPerSample * one.samplesPerRecord, 0);
  const stated = wholeNumber(field.records);
  if (!(stated === -1 || stated >= 1) || recordBytes === 0) {
    const what = recordBytes === 0 ? 'data records without samples' : `"${field.records}" data records`;
    throw edfError(path, `states ${what}; a recording has at least one data record with samples`);
  }
  // A recorder writes -1 while it records. A file that it could not finish has an incomplete last data record.
  const complete = Math.floor((fileBytes - headerBytes) / recordBytes);
  if (complete < (stated === -1 ? 1 : stated)) {
    const expected = stated === -1 ? 'at least 1' : stated;
    const problem = `holds ${complete} complete data records of ${recordBytes} bytes, but its header states ${expected}`;
    throw edfError(path, `${problem}; it is cut short or the header is wrong, fetch it again`);
  }
  return {
    ...{ bytesPerSample, headerBytes, recordSeconds, recordBytes, signals },
    isDiscontinuous: /^(EDF|BDF)\+D/.test(reserved),
    records: stated === -1 ? complete : stated,
  };
}

/** Parses the parts of the signals. */
function signalsOf(bytes: Uint8Array, headerBytes: number, bytesPerSample: 2 | 3, path: string): EdfSignal[] {
  const count = headerBytes / fixedBytes - 1;
  let offsetBytes = 0;
  return Array.from({ length: count }, (_, n) => {
    const field = signalTexts(bytes, n, count);
    const samplesPerRecord = wholeNumber(field.samplesPerRecord);
    if (!(samplesPerRecord >= 0)) {
      const problem = `states "${field.samplesPerRecord}" samples per data record for signal ${n + 1} (${field.label})`;
      throw edfError(path, `${problem}; it must be a whole number of at least 0`);
    }
    const { label, unit, physicalMin, physicalMax, digitalMin, digitalMax } = field;
    const signal: EdfSignal = {
      ...{ label, unit, physicalMin, physicalMax, digitalMin, digitalMax, samplesPerRecord, offsetBytes },
      isAnnotations: label === 'EDF Annotations' || label === 'BDF Annotations',
    };
    offsetBytes += bytesPerSample * samplesPerRecord;
    return signal;
  });
}

function bytesPerSampleOf(bytes: Uint8Array, path: string): 2 | 3 {
  const version = Buffer.from(bytes.subarray(0, fixedFields.version)).toString('latin1');
  if (version.trim() === '0') return 2;
  if (version === '\xffBIOSEMI') return 3;
  throw edfError(
    path,
    `does not begin with 0 and blanks (EDF) or byte 255 and BIOSEMI (BDF), but with "${fieldText(bytes, 0, 8)}"; ` +
      'name an EDF or BDF file',
  );
}

type Texts<Fields> = { readonly [Name in keyof Fields]: string };

function fixedTexts(bytes: Uint8Array): Texts<typeof fixedFields> {
  let at = 0;
  return textsOf(fixedFields, (width) => {
    at += width;
    return fieldText(bytes, at - width, width);
  });
}

function signalTexts(bytes: Uint8Array, n: number, count: number): Texts<typeof signalFields> {
  let at = fixedBytes;
  return textsOf(signalFields, (width) => {
    const start = at + n * width;
    at += count * width;
    return fieldText(bytes, start, width);
  });
}

function textsOf<Fields extends Readonly<Record<string, number>>>(
  fields: Fields,
  next: (width: number) => string,
): Texts<Fields> {
  const texts = Object.entries(fields).map(([name, width]) => [name, next(width)]);
  return Object.fromEntries(texts) as Texts<Fields>;
}

/** Returns the text of a field without the blanks and zero bytes around it. */
function fieldText(bytes: Uint8Array, at: number, width: number): string {
  const text = decodeText(bytes.subarray(at, at + width)).replace(/^[ \0]+|[ \0]+$/g, '');
  return withoutControls(text);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes bytes as UTF-8, or as Latin-1 where they are not valid UTF-8. EDF+ requires ASCII in a header and UTF-8 in
 * annotations, but many programs write the micro sign and names in Latin-1.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/** Replaces control characters, which must not reach a terminal: line breaks and tabs by a blank. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to replace.
  return text.replace(/[\t\r\n]+/g, ' ').replace(/[\0-\x1f\x7f-\x9f]/g, '\ufffd');
}

/** Returns the whole number that a text states, or NaN. */
export function wholeNumber(text: string): number {
  return /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Returns the number that a text states, or NaN. Some programs write a comma as the decimal point. */
export function decimalOf(text: string): number {
  const point = text.replace(',', '.');
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(point) ? Number(point) : Number.NaN;
}

/** Returns the number of digits after the decimal point; 0 for a number with an exponent. */
export function decimalPlaces(text: string): number {
  const [, places = ''] = /^[-+]?\d*[.,](\d+)$/.exec(text) ?? [];
  return places.length;
}

/**
 * Returns the rate in Hz of `samples` in a data record of `seconds`, which is a decimal fraction: 2410 in 4.82 s are 500
 * Hz exactly. Returns Infinity for 0 s.
 */
export function rateOf(samples: number, seconds: string): number {
  const scale = 10 ** decimalPlaces(seconds);
  const value = decimalOf(seconds);
  return (samples * scale) / (scale === 1 ? value : Math.round(value * scale));
}
