// Converts WFDB annotation files (MIT format: .atr, and .i, .ii, ... .v6 in LUDB) to lists of annotations and back.
// Times are in the unit of the file: frames of the record, unless the file states a resolution of its own.
// Source: WFDB Applications Guide, annot(5); the codes of ecgcodes.h; the definitions that annot.c of the WFDB library
// writes at the start of a file.

import { PqrstError } from '../../base/errors.js';
import type { Annotation } from '../../signal/window.js';
import { describeForeign } from '../foreign.js';

/** The symbol of each code. A code that the standard leaves free is represented as `[code]`. */
const symbols: Readonly<Record<number, string>> = {
  ...{ 1: 'N', 2: 'L', 3: 'R', 4: 'a', 5: 'V', 6: 'F', 7: 'J', 8: 'A', 9: 'S', 10: 'E', 11: 'j', 12: '/' },
  ...{ 13: 'Q', 14: '~', 16: '|', 18: 's', 19: 'T', 20: '*', 21: 'D', 22: '"', 23: '=', 24: 'p', 25: 'B' },
  ...{ 26: '^', 27: 't', 28: '+', 29: 'u', 30: '?', 31: '!', 32: '[', 33: ']', 34: 'e', 35: 'n', 36: '@' },
  ...{ 37: 'x', 38: 'f', 39: '(', 40: ')', 41: 'r' },
};
const codes = new Map(Object.entries(symbols).map(([code, symbol]) => [symbol, Number(code)]));

/** Symbols of beats (the codes for which `isqrs` of ecgmap.h is true). */
export const beatSymbols: ReadonlySet<string> = new Set('NLRaVFJASEj/QB?enfr');

const code = { note: 22, lastLabel: 49, skip: 59, number: 60, subtype: 61, channel: 62, aux: 63 } as const;
const maxSample = 2 ** 31 - 1;
/** A recording of 24 hours has fewer than 2 million. Each takes more than 100 bytes of memory. */
const mostAnnotations = 2 ** 22;

/** The contents of an annotation file. */
export interface AnnotationFile {
  readonly annotations: Annotation[];
  /** The rate in Hz that the times count, if the file states one ("## time resolution"). */
  readonly fsHz: number | undefined;
}

/**
 * Parses the annotations in `bytes`. `path` is used in messages only. An annotation without a channel or number keeps
 * those of the previous one in the file; this does not apply to subtype and text. The result is sorted by time;
 * annotations of one time keep their order. Notes at the start that define properties of the file are removed.
 *
 * @throws PqrstError ERR_WFDB_ANNOTATION: when the data are cut short, hold an unknown code or a time before the
 *   record, or are not in the MIT format.
 */
export function parseAnnotations(bytes: Uint8Array, path: string): AnnotationFile {
  const fail = (problem: string) =>
    new PqrstError('ERR_WFDB_ANNOTATION', `annotation file ${path}: ${problem}`);
  const cut = () => fail('it is cut short (no end mark); fetch it again');
  const foreign = foreignFormat(bytes);
  if (foreign !== undefined) throw fail(`it is ${foreign}; expected annotations in the MIT format`);
  const found: Found[] = [];
  let at = 0;
  let sample = 0;
  let [channel, number] = [0, 0];
  for (;;) {
    if (at + 2 > bytes.length) throw cut();
    const word = bytes[at]! | (bytes[at + 1]! << 8);
    at += 2;
    if (word === 0) break;
    const kind = word >> 10;
    const value = word & 0x3ff;
    const last = found.at(-1);
    if (kind === code.skip) {
      if (at + 4 > bytes.length) throw cut();
      // A 32-bit interval in PDP-11 order: high word first, each word little-endian.
      sample += (bytes[at + 2]! | (bytes[at + 3]! << 8) | (bytes[at]! << 16) | (bytes[at + 1]! << 24)) >> 0;
      at += 4;
    } else if (kind <= code.lastLabel) {
      sample += value;
      if (sample < 0) throw fail(`time goes back to sample ${sample}, before the start; the file is damaged`);
      if (found.length === mostAnnotations) {
        throw fail(`it holds more than ${mostAnnotations} annotations; divide it, or fetch it again`);
      }
      found.push({ label: kind, sample, subtype: 0, channel, number, aux: '' });
    } else if (kind < code.skip) {
      throw fail(
        `code ${kind} at byte ${at - 2} is not in the standard; the file is damaged or is not an annotation file`,
      );
    } else if (last === undefined) {
      throw fail('it begins with a field of an annotation, not with an annotation; the file is damaged');
    } else if (kind === code.number) {
      number = last.number = (value << 24) >> 24;
    } else if (kind === code.subtype) {
      last.subtype = (value << 24) >> 24;
    } else if (kind === code.channel) {
      channel = last.channel = value & 0xff;
    } else {
      const length = value & 0xff;
      if (at + length > bytes.length) throw cut();
      last.aux = Buffer.from(bytes.subarray(at, at + length))
        .toString('latin1')
        .replace(/\0+$/, '');
      at += length + (length & 1);
    }
  }
  const after = bytes.subarray(at).find((byte) => !padding.has(byte));
  if (after !== undefined) {
    throw fail(
      `${bytes.length - at} bytes follow its end mark; it is damaged or not in the MIT format; fetch it again`,
    );
  }
  return applyDefinitions(found);
}

/** An annotation with its code in place of its symbol. */
type Found = { -readonly [K in keyof Omit<Annotation, 'symbol'>]: Annotation[K] } & {
  readonly label: number;
};

/** Bytes with which programs fill the rest of a block after the end mark. */
const padding: ReadonlySet<number> = new Set([0, 0x1a, 0xff]);

/** Returns what the bytes are if they are clearly not annotations in the MIT format. */
function foreignFormat(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'empty';
  const known = describeForeign(bytes);
  if (known !== undefined) return known;
  // The AHA format: 16 bytes per annotation, with 0, a letter, the time and a serial number that starts at 1.
  const [first, letter = 0, , , , , serial, serialHigh] = bytes;
  if (first === 0 && 'NVFREPQUO'.includes(String.fromCharCode(letter)) && serial === 1 && serialHigh === 0) {
    return 'in the AHA format (convert it with rdann and wrann of the WFDB tools)';
  }
  const start = bytes.subarray(0, 64);
  const isText = start.every(
    (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13,
  );
  return isText && start.length >= 16 ? 'text' : undefined;
}

const [tableStart, tableEnd] = ['## annotation type definitions', '## end of definitions'];

/**
 * Applies the notes at sample 0 that define properties of the file: its time resolution, and a table of names for codes.
 * All other notes are kept, also those that begin with a number. Older files name codes at their start without the marks
 * of a table; such a note is taken for a name only if its code has no name in the standard and occurs in the file. Code 0
 * is not an annotation.
 */
function applyDefinitions(found: readonly Found[]): AnnotationFile {
  const used = new Set(found.map(({ label }) => label));
  const names = new Map<number, string>();
  const definitions = new Set<Found>();
  let fsHz: number | undefined;
  let [isHead, inTable] = [true, false];
  for (const one of found) {
    if (one.sample !== 0) break;
    if (one.label !== code.note || one.subtype !== 0) {
      [isHead, inTable] = [false, false];
      continue;
    }
    const resolution = /^## time resolution:\s*([\d.]+(?:e[-+]?\d+)?)/i.exec(one.aux)?.[1];
    const [, codeText, name = ''] = /^(\d+)\s+(\S+)/.exec(one.aux) ?? [];
    const label = Number(codeText);
    const isNamed = inTable || (isHead && symbols[label] === undefined && used.has(label));
    if (one.aux === tableStart || one.aux === tableEnd) inTable = one.aux === tableStart;
    else if (resolution !== undefined) fsHz = Number(resolution);
    else if (label >= 1 && label <= code.lastLabel && isNamed) names.set(label, name);
    else continue;
    definitions.add(one);
  }
  const annotations = found
    .filter((one) => one.label !== 0 && !definitions.has(one))
    .map(({ label, ...one }) => ({ ...one, symbol: names.get(label) ?? symbols[label] ?? `[${label}]` }))
    .sort((a, b) => a.sample - b.sample);
  return { annotations, fsHz: fsHz !== undefined && fsHz > 0 ? fsHz : undefined };
}

/**
 * Returns the bytes of an annotation file. Annotations are sorted by time; those at equal times keep their order.
 *
 * @throws PqrstError ERR_WFDB_ANNOTATION: when a symbol is unknown or a field is out of the range of the format.
 */
export function formatAnnotations(annotations: readonly Annotation[]): Uint8Array {
  const writer = new AnnotationWriter();
  for (const one of annotations.toSorted((a, b) => a.sample - b.sample)) {
    const label = annotationCode(one.symbol) ?? Number(/^\[(\d+)\]$/.exec(one.symbol)?.[1] ?? 0);
    if (!(label >= 1 && label <= code.lastLabel)) {
      throw new PqrstError(
        'ERR_WFDB_ANNOTATION',
        `annotation symbol "${one.symbol}" is unknown; expected one of ${[...codes.keys()].join(' ')}`,
      );
    }
    within(one.sample, 'sample', 0, maxSample);
    within(one.subtype, 'subtype', -128, 127);
    within(one.channel, 'channel', 0, 255);
    within(one.number, 'number', -128, 127);
    const aux = Buffer.from(one.aux, 'latin1');
    if (aux.length > 255 || aux.toString('latin1') !== one.aux || one.aux.includes('\0')) {
      throw new PqrstError(
        'ERR_WFDB_ANNOTATION',
        `annotation text "${one.aux.slice(0, 40)}" must be at most 255 Latin-1 characters without NUL; shorten it`,
      );
    }
    writer.write(one.sample, label, one.number, one.subtype, one.channel, aux);
  }
  return writer.end();
}

/** Returns the code of a symbol, or undefined if the symbol is unknown. */
export function annotationCode(symbol: string): number | undefined {
  return codes.get(symbol);
}

/** Builds the bytes of an annotation file. The caller must check the range of each field. */
export class AnnotationWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #sample = 0;
  #channel = 0;
  #number = 0;

  /** Appends an annotation at `sample`, which must not be before the previous one; `label` is its code. */
  write(sample: number, label: number, number = 0, subtype = 0, channel = 0, aux?: Uint8Array): void {
    this.#reserve(16 + (aux?.length ?? 0));
    let interval = sample - this.#sample;
    if (interval > 1023) {
      this.#word(code.skip, 0);
      this.#put(interval >> 16, interval >> 24, interval, interval >> 8);
      interval = 0;
    }
    this.#word(label, interval);
    if (number !== this.#number) this.#word(code.number, number & 0xff);
    if (subtype !== 0) this.#word(code.subtype, subtype & 0xff);
    if (channel !== this.#channel) this.#word(code.channel, channel);
    if (aux !== undefined && aux.length > 0) {
      this.#word(code.aux, aux.length);
      this.#put(...aux);
      if (aux.length % 2 === 1) this.#put(0);
    }
    this.#sample = sample;
    this.#number = number;
    this.#channel = channel;
  }

  /** Returns the whole file, with its end mark. */
  end(): Uint8Array {
    this.#reserve(2);
    this.#put(0, 0);
    return this.#bytes.subarray(0, this.#length);
  }

  #word(kind: number, value: number): void {
    this.#bytes[this.#length++] = value;
    this.#bytes[this.#length++] = (kind << 2) | ((value >> 8) & 3);
  }

  #put(...bytes: number[]): void {
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

function within(value: number, what: string, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new PqrstError(
      'ERR_WFDB_ANNOTATION',
      `annotation ${what} must be a whole number from ${least} to ${most}, got ${value}`,
    );
  }
}
