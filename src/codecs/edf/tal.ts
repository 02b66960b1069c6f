// Parses and formats time-stamped annotation lists (TAL), the contents of the annotation signals of EDF+ and BDF+.
// Opens no file. Times are in s after the start of the file.
// Source: Kemp & Olivan, Clin Neurophysiol 114, 2003, section 2.2 of the specification of EDF+.

import { decodeText, withoutControls } from './header.js';

const [end, byteOfDuration, byteOfText] = [0, 0x15, 0x14];

/** One time with its texts. The first list of a data record has an empty first text: it states the record's time. */
export interface Tal {
  readonly onsetS: number;
  /** Undefined if the list states no duration. */
  readonly durationS: number | undefined;
  readonly texts: readonly string[];
}

/** The annotation lists of one signal in one data record. */
export interface ParsedTals {
  readonly tals: readonly Tal[];
  /** What is wrong with the first list that could not be parsed; undefined if all were parsed. */
  readonly problem: string | undefined;
}

/** Parses the annotation lists in the bytes of one data record. Stops at the first malformed one. */
export function parseTals(bytes: Uint8Array): ParsedTals {
  const tals: Tal[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === end) {
      at++;
      continue;
    }
    const timeEnd = bytes.indexOf(byteOfText, at);
    const times = timeEnd < 0 ? undefined : timesOf(bytes.subarray(at, timeEnd));
    if (times === undefined) {
      const zero = bytes.indexOf(end, at);
      const shown = withoutControls(
        decodeText(bytes.subarray(at, Math.min(at + 20, zero < 0 ? at + 20 : zero))),
      );
      return { tals, problem: `"${shown}" at byte ${at} is not a time such as +12.5` };
    }
    const texts: string[] = [];
    at = timeEnd + 1;
    while (at < bytes.length && bytes[at] !== end) {
      const textEnd = bytes.indexOf(byteOfText, at);
      const isCut = textEnd < 0 || bytes.subarray(at, textEnd).includes(end);
      if (isCut) return { tals, problem: `the text at byte ${at} has no end` };
      texts.push(withoutControls(decodeText(bytes.subarray(at, textEnd))));
      at = textEnd + 1;
    }
    tals.push({ ...times, texts });
  }
  return { tals, problem: undefined };
}

/** Parses `+12.5` or, with a duration, `+12.5` byte 21 `0.5`. */
function timesOf(bytes: Uint8Array): Pick<Tal, 'onsetS' | 'durationS'> | undefined {
  const [onset, duration, ...others] = Buffer.from(bytes)
    .toString('latin1')
    .split(String.fromCharCode(byteOfDuration));
  if (!/^[-+]\d+(\.\d*)?$/.test(onset!) || others.length > 0) return undefined;
  if (duration !== undefined && !/^(\d+(\.\d*)?)?$/.test(duration)) return undefined;
  return { onsetS: Number(onset), durationS: duration ? Number(duration) : undefined };
}

/**
 * Returns the bytes of an annotation list. The texts must not contain the characters 0 and 20.
 *
 * @param onsetS - finite time in s, written to the microsecond.
 */
export function formatTal(onsetS: number, durationS: number | undefined, text: string): Uint8Array {
  const time = `${onsetS < 0 ? '-' : '+'}${decimalText(Math.abs(onsetS))}`;
  const length = durationS === undefined ? '' : `\x15${decimalText(durationS)}`;
  return Buffer.from(`${time}${length}\x14${text}\x14\0`, 'utf8');
}

/** Returns a number of at least 0 as digits without an exponent, to six places. */
function decimalText(value: number): string {
  const text = value.toFixed(6);
  return text.replace(/\.?0+$/, '');
}
