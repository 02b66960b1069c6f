// Writes records as WFDB files: .dat in format 16, .atr, then .hea. Each file is either complete or absent. The header
// is written last, because its presence marks a complete record. 1000 ADC units per mV give a step of 1 uV and a range
// of +-32.767 mV.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { writeFileAtomic } from '../../base/files.js';
import { maxFsHz } from '../../signal/resample.js';
import type { Annotation, EcgRecord } from '../../signal/window.js';
import { formatAnnotations } from './annotations.js';
import { missingValue } from './formats.js';
import { formatHeader, type WfdbSignal } from './header.js';

/** ADC units per mV in written files. */
export const writtenGain = 1000;

/** Optional contents of a written record. */
export interface WriteOptions {
  /** Annotations for `name.atr`, times in samples. Without them, no such file is written. */
  readonly annotations?: readonly Annotation[] | undefined;
  /** Lines of text at the end of the header. */
  readonly comments?: readonly string[] | undefined;
}

/**
 * Writes a record in WFDB format as `name.dat`, `name.hea` and, with annotations, `name.atr`.
 *
 * @param folder - the folder of the files. It is created if it does not exist.
 * @param record - signals in mV, within +-32.767 mV; NaN marks a missing sample. Samples are rounded to 1 uV.
 * @param options - annotations and comments.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeRecord } from 'pqrst/records';
 * import { Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, seed: 1, unit: 'mV' });
 * const { signals } = await synthesizer.batch({ classes: ['normal'], count: 1 });
 * const folder = await mkdtemp(join(tmpdir(), 'wfdb-'));
 * await writeRecord(folder, { name: 'normal', fsHz: 250, leads: ['II'], signalsMv: [signals] });
 * ```
 * @throws PqrstError ERR_WFDB_HEADER: when a header cannot hold the name, rate, a lead or a comment.
 * @throws PqrstError ERR_WFDB_SIGNAL: when signals differ in length or a sample is outside +-32.767 mV.
 * @throws PqrstError ERR_WFDB_ANNOTATION: when a symbol is unknown or a field is out of range.
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
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
        `${leads.length} names and lengths ${signalsMv.map(({ length }) => length).join(', ') || 'of no signal'}`,
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

/** Writes signal `n` into the interleaved `bytes` and returns its header line. */
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

/** Returns the header line of a written lead: format 16, 1000/mV. `sum` is the sum of all samples. */
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

/**
 * Checks that a header can hold the name, rate, leads and comments.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when it cannot.
 */
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
