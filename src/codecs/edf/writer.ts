// Writes records as EDF+C files, one per record: the leads as 16-bit counts in uV, and one annotation signal. The
// physical range of each lead holds every sample: +-32.767 mV in steps of 1 uV, or larger steps if a sample is larger.
// Start and patient are unknown, as EDF+ writes it, so equal records give equal bytes.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { writeFileAtomic } from '../../base/files.js';
import { maxFsHz } from '../../signal/resample.js';
import type { EcgRecord } from '../../signal/window.js';
import { SyncFile, type WrittenFile } from '../sync-file.js';
import { type DigitalEdf, edfBytes, labelOf, most } from './file-bytes.js';
import { signalFields } from './header.js';
import type { EdfAnnotation } from './read.js';

/** The largest step in uV whose limits take eight characters. */
const mostStepUv = 305;

/** Optional contents of a written EDF+ file. */
export interface EdfWriteOptions {
  /** Annotations, with times from 0 s to the end of the record. */
  readonly annotations?: readonly EdfAnnotation[] | undefined;
}

/**
 * Writes `name.edf` into `folder`. The file is neither written atomically nor flushed, as in `writeDigital`.
 *
 * @throws PqrstError ERR_EDF: when the format cannot hold the name, rate, a lead or an annotation.
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function writeDigitalEdf(folder: string, record: DigitalEdf): Promise<WrittenFile> {
  checkEdf(record);
  const file = new SyncFile(folder, `${record.name}.edf`);
  try {
    for await (const bytes of edfBytes(record)) file.append(bytes);
  } catch (error) {
    file.abandon();
    throw error;
  }
  return file.close();
}

/**
 * Writes a record as the EDF+ file `name.edf`.
 *
 * The file has one signal per lead in uV, named as EDF+ names them (`ECG II`), and one with the annotations. The data
 * records last 1 s, or another time that divides the length. If no such time gives the rate exactly, the last sample is
 * repeated up to the end of the last data record, and the annotation `padding (the last sample repeated)` states where; `readEdf` removes these
 * samples.
 *
 * @param folder - the folder of the file. It is created if it does not exist.
 * @param record - signals in mV, within +-9.99 V, without missing samples. Samples are rounded to 1 uV, or, if a sample
 *   of the lead is above 32.767 mV, to the smallest number of whole uV that holds it.
 * @param options - annotations.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeEdf } from 'pqrst/records';
 * import { Synthesizer } from 'pqrst/synth';
 * const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, seed: 1, unit: 'mV' });
 * const { signals } = await synthesizer.batch({ classes: ['af'], count: 1 });
 * const folder = await mkdtemp(join(tmpdir(), 'edf-'));
 * const record = { name: 'af', fsHz: 250, leads: ['II'], signalsMv: [signals] };
 * await writeEdf(folder, record, { annotations: [{ onsetS: 0, text: '(AFIB' }] });
 * ```
 * @throws PqrstError ERR_EDF: when EDF cannot hold the name, rate, a lead, a sample or an annotation.
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function writeEdf(
  folder: string,
  record: EcgRecord,
  options: EdfWriteOptions = {},
): Promise<void> {
  const { name, fsHz, leads, signalsMv } = record;
  const lengthSamples = signalsMv[0]?.length ?? 0;
  if (
    lengthSamples === 0 ||
    leads.length !== signalsMv.length ||
    signalsMv.some(({ length }) => length !== lengthSamples)
  ) {
    const lengths = signalsMv.map(({ length }) => length).join(', ') || 'of no signal';
    throw cannotHold(
      name,
      `needs signals of one length and a name for each; got ${leads.length} names and lengths ${lengths}`,
    );
  }
  const stepsUv = signalsMv.map((signalMv, n) => stepOf(signalMv, `${name}, lead ${leads[n]}`));
  const counts = new Int16Array(leads.length * lengthSamples);
  for (const [n, signalMv] of signalsMv.entries()) {
    const perMv = 1000 / stepsUv[n]!;
    for (let at = 0; at < lengthSamples; at++)
      counts[n * lengthSamples + at] = Math.round(signalMv[at]! * perMv);
  }
  const annotations = (options.annotations ?? []).toSorted((a, b) => a.onsetS - b.onsetS);
  const digital = { name, fsHz, leads, lengthSamples, stepsUv, pieces: [counts], annotations };
  checkEdf(digital);
  const bytes: Uint8Array[] = [];
  for await (const piece of edfBytes(digital)) bytes.push(piece);
  await writeFileAtomic(join(folder, `${name}.edf`), bytes);
}

/** Returns the smallest step in whole uV with which the largest sample takes at most 32767 counts. */
function stepOf(signalMv: Float32Array, what: string): number {
  let largest = 0;
  for (const [at, mv] of signalMv.entries()) {
    if (!Number.isFinite(mv)) {
      const problem = `sample ${at} is ${mv}, and EDF has no value for a missing sample; cut the record there`;
      throw cannotHold(what, problem);
    }
    largest = Math.max(largest, Math.abs(mv));
  }
  const step = Math.max(1, Math.ceil((largest * 1000 - 0.5) / most));
  if (step > mostStepUv) {
    throw cannotHold(
      what,
      `a sample of ${largest} mV is too large; at most ${(mostStepUv * most) / 1000} mV fit`,
    );
  }
  return step;
}

/**
 * Checks that a file can hold the name, rate, leads and annotations.
 *
 * @throws PqrstError ERR_EDF: when it cannot.
 */
function checkEdf(record: Omit<DigitalEdf, 'pieces'>): void {
  const { name, fsHz, leads, lengthSamples, annotations } = record;
  if (!/^[-\w]+$/.test(name)) throw cannotHold(name, 'its name must be letters, digits, _ and -');
  if (!(fsHz > 0 && fsHz <= maxFsHz))
    throw cannotHold(name, `its rate must be above 0 and up to ${maxFsHz} Hz, got ${fsHz}`);
  for (const lead of leads) {
    if (!/^[!-~]+( [!-~]+)*$/.test(lead) || labelOf(lead).length > signalFields.label) {
      throw cannotHold(name, `the lead "${lead}" must be words of ASCII letters, at most 12 characters`);
    }
  }
  for (const { onsetS, durationS = 0, text } of annotations) {
    if (!(onsetS >= 0 && onsetS * fsHz <= lengthSamples && durationS >= 0 && Number.isFinite(durationS))) {
      throw cannotHold(
        name,
        `the annotation "${text}" at ${onsetS} s (duration ${durationS} s) is not inside the record`,
      );
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters structure the annotation signal.
    if (text === '' || /[\0-\x1f\x7f-\x9f]/.test(text)) {
      throw cannotHold(
        name,
        `the text "${text}" of the annotation at ${onsetS} s must be characters without line breaks`,
      );
    }
  }
}

function cannotHold(name: string, problem: string): PqrstError {
  return new PqrstError('ERR_EDF', `record ${name} cannot be written as EDF: ${problem}`);
}
