// Makes the bytes of an EDF+C file: its header, then data records with the samples of each lead and the annotations of
// their time. Checks nothing and opens no file: see writer.ts.

import { PqrstError } from '../../base/errors.js';
import { splitLeads } from '../../signal/leads.js';
import { littleEndian } from '../sync-file.js';
import { fixedBytes, fixedFields, signalFields } from './header.js';
import { type EdfLayout, edfLayout, inexactRate } from './layout.js';
import { type EdfAnnotation, paddingText } from './read.js';
import { formatTal } from './tal.js';

/** The largest 16-bit count. */
export const most = 32767;
const pieceBytes = 2 ** 18;

/** A record of 16-bit counts. */
export interface DigitalEdf {
  readonly name: string;
  readonly fsHz: number;
  readonly leads: readonly string[];
  readonly lengthSamples: number;
  /** The value of one count per lead, in whole uV; default 1. */
  readonly stepsUv?: readonly number[];
  /** The samples in pieces [leads, n] in order of time. */
  readonly pieces: Iterable<Int16Array> | AsyncIterable<Int16Array>;
  /** In order of time. */
  readonly annotations: readonly EdfAnnotation[];
}

/** Returns the label of a lead, as EDF+ names signals: the type, then the lead. */
export function labelOf(lead: string): string {
  return /^(ECG|EKG)/i.test(lead) ? lead : `ECG ${lead}`;
}

/**
 * Yields the bytes of a file in large pieces.
 *
 * @throws PqrstError ERR_EDF: when EDF cannot store the rate exactly.
 */
export async function* edfBytes(record: DigitalEdf): AsyncGenerator<Uint8Array, void, undefined> {
  const { leads, pieces, fsHz, lengthSamples } = record;
  const layout = edfLayout(fsHz, lengthSamples, leads.length);
  if (layout === undefined) throw new PqrstError('ERR_EDF', `record ${record.name}: ${inexactRate(fsHz)}`);
  const tals = new RecordTals(record, layout);
  let held: Uint8Array[] = [headerOf(record, layout, tals.bytes)];
  let bytes = 0;
  let done = 0;
  for await (const samples of recordSamples(pieces, leads.length, layout)) {
    const tal = new Uint8Array(tals.bytes);
    tal.set(tals.of(done++));
    held.push(littleEndian(samples), tal);
    bytes += samples.byteLength + tals.bytes;
    if (bytes < pieceBytes) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (done !== layout.records)
    throw new Error(`the pieces of ${record.name} held other than ${lengthSamples} samples`);
  yield Buffer.concat(held);
}

/** Yields the samples [leads, samplesPerRecord] of each data record, each in a new array. */
async function* recordSamples(
  pieces: DigitalEdf['pieces'],
  leads: number,
  { samplesPerRecord, paddingSamples }: EdfLayout,
): AsyncGenerator<Int16Array, void, undefined> {
  let samples = new Int16Array(leads * samplesPerRecord);
  let filled = 0;
  function* add(own: readonly Int16Array[]): Generator<Int16Array, void, undefined> {
    const { length } = own[0]!;
    for (let at = 0; at < length; ) {
      const count = Math.min(samplesPerRecord - filled, length - at);
      for (const [n, lead] of own.entries())
        samples.set(lead.subarray(at, at + count), n * samplesPerRecord + filled);
      at += count;
      filled += count;
      if (filled < samplesPerRecord) return;
      yield samples;
      samples = new Int16Array(leads * samplesPerRecord);
      filled = 0;
    }
  }
  for await (const piece of pieces) yield* add(splitLeads<Int16Array>(piece, leads));
  if (paddingSamples === 0) return;
  const last = Array.from({ length: leads }, (_, n) => samples[n * samplesPerRecord + filled - 1]!);
  yield* add(last.map((value) => new Int16Array(paddingSamples).fill(value)));
}

/** The annotation lists of the data records. They are formatted when needed, because a day of ECG has many. */
class RecordTals {
  readonly #record: DigitalEdf;
  readonly #layout: EdfLayout;
  /** Index of the first annotation of each data record, and the number of annotations. */
  readonly #starts: Uint32Array;
  /** Size in bytes of the longest list of a data record; even, because a sample takes two bytes. */
  readonly bytes: number;

  constructor(record: DigitalEdf, layout: EdfLayout) {
    this.#record = record;
    this.#layout = layout;
    const { records, recordSeconds } = layout;
    this.#starts = new Uint32Array(records + 1);
    for (const { onsetS } of record.annotations) {
      this.#starts[Math.min(records, 1 + Math.floor(onsetS / Number(recordSeconds)))]!++;
    }
    for (let n = 0; n < records; n++) this.#starts[n + 1]! += this.#starts[n]!;
    let longest = 0;
    for (let n = 0; n < records; n++) longest = Math.max(longest, this.of(n).length);
    this.bytes = 2 * Math.ceil(longest / 2);
  }

  /** Returns the lists of data record `n`. The first one states the time of the data record. */
  of(n: number): Uint8Array {
    const { annotations, fsHz, lengthSamples } = this.#record;
    const { records, recordSeconds, paddingSamples } = this.#layout;
    const own = annotations.slice(this.#starts[n]!, this.#starts[n + 1]!);
    const tals = own.map(({ onsetS, durationS, text }) => formatTal(onsetS, durationS, text));
    if (paddingSamples > 0 && n === records - 1) {
      tals.push(formatTal(lengthSamples / fsHz, paddingSamples / fsHz, paddingText));
    }
    return Buffer.concat([formatTal(n * Number(recordSeconds), undefined, ''), ...tals]);
  }
}

function headerOf(record: DigitalEdf, layout: EdfLayout, talBytes: number): Uint8Array {
  const { leads, stepsUv } = record;
  const count = leads.length + 1;
  const fixed: Record<keyof typeof fixedFields, string | number> = {
    ...{ version: 0, patient: 'X X X X', recording: 'Startdate X X X pqrst' },
    ...{ startDate: '01.01.85', startTime: '00.00.00', headerBytes: fixedBytes * (1 + count) },
    ...{ reserved: 'EDF+C', records: layout.records, recordSeconds: layout.recordSeconds, signals: count },
  };
  const plain = { transducer: '', prefilter: '', reserved: '' };
  const signals: Record<keyof typeof signalFields, string | number>[] = leads.map((lead, n) => {
    const stepUv = stepsUv?.[n] ?? 1;
    return {
      ...plain,
      ...{ label: labelOf(lead), unit: 'uV', samplesPerRecord: layout.samplesPerRecord },
      ...{
        physicalMin: -(most + 1) * stepUv,
        physicalMax: most * stepUv,
        digitalMin: -(most + 1),
        digitalMax: most,
      },
    };
  });
  signals.push({
    ...plain,
    ...{ label: 'EDF Annotations', unit: '', samplesPerRecord: talBytes / 2 },
    ...{ physicalMin: -1, physicalMax: 1, digitalMin: -(most + 1), digitalMax: most },
  });
  const pad = (value: string | number, width: number) => String(value).padEnd(width);
  const names = Object.keys(signalFields) as (keyof typeof signalFields)[];
  const fixedNames = Object.keys(fixedFields) as (keyof typeof fixedFields)[];
  const text = [
    ...fixedNames.map((name) => pad(fixed[name], fixedFields[name])),
    ...names.flatMap((name) => signals.map((signal) => pad(signal[name], signalFields[name]))),
  ].join('');
  return Buffer.from(text, 'latin1');
}
