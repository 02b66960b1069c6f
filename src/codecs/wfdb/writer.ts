// Records written as WFDB: format 16 .dat, .atr, then .hea, each whole or not there. A header stands for a whole
// record, so it comes last. 1000 ADC units per mV: a step of 1 uV, a range of +-32.767 mV.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { writeFileAtomic } from '../../base/files.js';
import { maxFsHz } from '../../signal/resample.js';
import type { Annotation, EcgRecord } from '../../signal/window.js';
import { formatAnnotations } from './annotations.js';
import { formatHeader, type WfdbSignal } from './header.js';
import { missingValue } from './signals.js';

/** ADC units per mV of what we write. */
export const writtenGain = 1000;

/** The options of `writeRecord`. */
export interface WriteOptions {
  /** Written to `name.atr`; no file without it. */
  readonly annotations?: readonly Annotation[] | undefined;
  /** Lines of text for the end of the header. */
  readonly comments?: readonly string[] | undefined;
}

/**
 * Writes a record as WFDB: `name.dat` (format 16), `name.hea`, and `name.atr` if there are annotations. One ADC unit is
 * 1 µV. Missing samples (NaN) are stored as missing.
 *
 * @param folder - an existing folder
 * @param record - name, rate in Hz, lead names, one signal in mV per lead
 * @param options - annotations, and comments for the header
 * @example
 * ```ts
 * import { readRecord, writeRecord } from 'pqrst/records';
 *
 * const signalMv = Float32Array.from({ length: 500 }, (_, n) => Math.sin(n / 20));
 * await writeRecord('.', { name: 'sine', fsHz: 250, leads: ['II'], signalsMv: [signalMv] });
 * console.log((await readRecord('sine')).leads); // ['II']
 * ```
 * @throws PqrstError ERR_WFDB_HEADER: when a name, lead or comment does not fit into a header. ERR_WFDB_SIGNAL: when the
 * signals differ in length or a sample is outside +-32.767 mV. ERR_WFDB_ANNOTATION: when an annotation cannot be stored.
 * ERR_WRITE: when a file cannot be written.
 */
export async function writeRecord(
  folder: string,
  record: EcgRecord,
  options: WriteOptions = {},
): Promise<void> {
  const { name, fsHz, leads, signalsMv } = record;
  const comments = options.comments ?? [];
  const frames = signalsMv[0]?.length ?? 0;
  checkWords(record, comments);
  if (
    frames === 0 ||
    leads.length !== signalsMv.length ||
    signalsMv.some(({ length }) => length !== frames)
  ) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `record ${name} must hold signals of one length, at least one sample, and a name for each; got ` +
        `${leads.length} names and lengths ${signalsMv.map(({ length }) => length).join(', ') || 'of none'}`,
    );
  }
  const bytes = new Uint8Array(2 * frames * leads.length);
  const signals = signalsMv.map((signalMv, n) => encode(record, signalMv, n, bytes));
  const annotations = options.annotations && formatAnnotations(options.annotations);
  await writeFileAtomic(join(folder, `${name}.dat`), bytes);
  if (annotations !== undefined) await writeFileAtomic(join(folder, `${name}.atr`), annotations);
  const header = formatHeader({ name, fsHz, lengthFrames: frames, signals, comments });
  await writeFileAtomic(join(folder, `${name}.hea`), header);
}

/** Puts signal `n` into its places of the interleaved `bytes`, and describes it. */
function encode(record: EcgRecord, signalMv: Float32Array, n: number, bytes: Uint8Array): WfdbSignal {
  const view = new DataView(bytes.buffer);
  const step = 2 * record.leads.length;
  let sum = 0;
  for (let at = 0; at < signalMv.length; at++) {
    const mv = signalMv[at]!;
    const adc = Number.isNaN(mv) ? missingValue[16] : Math.round(mv * writtenGain);
    if (!Number.isNaN(mv) && !(Math.abs(adc) <= 32767)) {
      throw new PqrstError(
        'ERR_WFDB_SIGNAL',
        `record ${record.name}, lead ${record.leads[n]}, sample ${at}: ${mv} mV does not fit format 16 at ` +
          `${writtenGain}/mV (up to 32.767 mV); scale the signal`,
      );
    }
    view.setInt16(at * step + 2 * n, adc, true);
    sum = (sum + adc) | 0;
  }
  return writtenSignal(record.name, record.leads[n]!, view.getInt16(2 * n, true), sum);
}

/** A lead of the record `name` as its header describes it: format 16, 1000/mV. `sum` is that of all samples. */
export function writtenSignal(name: string, lead: string, initial: number, sum: number): WfdbSignal {
  return {
    fileName: `${name}.dat`,
    format: 16,
    samplesPerFrame: 1,
    skewSamples: 0,
    byteOffset: 0,
    gain: writtenGain,
    baseline: 0,
    units: 'mV',
    resolutionBits: 16,
    zero: 0,
    initial,
    checksum: (sum << 16) >> 16,
    blockSize: 0,
    description: lead,
  };
}

/** ERR_WFDB_HEADER for a name, rate, lead or comment that a header cannot hold. */
export function checkWords(
  { name, fsHz, leads }: Omit<EcgRecord, 'signalsMv'>,
  comments: readonly string[],
): void {
  const fail = (problem: string) => new PqrstError('ERR_WFDB_HEADER', problem);
  if (!/^[-\w]+$/.test(name)) throw fail(`record name "${name}" must be letters, digits, _ and -`);
  if (!(fsHz > 0 && fsHz <= maxFsHz))
    throw fail(`record ${name}: fsHz must be above 0 and up to ${maxFsHz}, got ${fsHz}`);
  for (const lead of leads) {
    if (!/^\S+( \S+)*$/.test(lead))
      throw fail(`record ${name}: lead "${lead}" must be words with single spaces`);
  }
  for (const comment of comments) {
    if (/[\r\n]/.test(comment)) throw fail(`record ${name}: a comment must be one line, got "${comment}"`);
  }
}
