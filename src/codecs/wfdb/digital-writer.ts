// Writes leads of ADC values (1000 per mV) as a WFDB record, in pieces and without conversion to floats. This suits
// millions of records and records that last a day. The files are not written atomically and not flushed: the caller
// flushes the folder once for all records.

import { splitLeads } from '../../signal/leads.js';
import { littleEndian, SyncFile, type WrittenFile } from '../sync-file.js';
import { formatHeader } from './header.js';
import { checkWords, writtenSignal } from './writer.js';

/** A record of ADC values. */
export interface DigitalRecord {
  readonly name: string;
  readonly fsHz: number;
  /** Names of the leads, in the order of the samples. */
  readonly leads: readonly string[];
  /** The samples in pieces [leads, n] in order of time, in units of 1/1000 mV; at least one sample per lead in total. */
  readonly pieces: Iterable<Int16Array> | AsyncIterable<Int16Array>;
  /** The bytes of `name.atr`. Without them, no such file is written. */
  readonly annotations?: Uint8Array;
  readonly comments: readonly string[];
}

/**
 * Writes `name.dat`, `name.atr` and `name.hea` into `folder`, and returns them in the order in which they were written.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when a header cannot hold the name, rate, lead or a comment.
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
 */
export async function writeDigital(folder: string, record: DigitalRecord): Promise<WrittenFile[]> {
  const { name, fsHz, leads, pieces, comments } = record;
  checkWords({ name, fsHz, leads }, comments);
  let frames = 0;
  const sums = leads.map(() => 0);
  const initials = leads.map(() => 0);
  const data = new SyncFile(folder, `${name}.dat`);
  try {
    for await (const piece of pieces) {
      for (const [n, lead] of splitLeads(piece, leads.length).entries()) {
        if (frames === 0) initials[n] = lead[0]!;
        let sum = sums[n]!;
        for (let at = 0; at < lead.length; at++) sum = (sum + lead[at]!) | 0;
        sums[n] = sum;
      }
      frames += piece.length / leads.length;
      data.append(littleEndian(leads.length === 1 ? piece : interleaved(piece, leads.length)));
    }
  } catch (error) {
    data.abandon();
    throw error;
  }
  const written = [data.close()];
  if (record.annotations !== undefined) {
    written.push(writeWhole(folder, `${name}.atr`, record.annotations));
  }
  const signals = leads.map((lead, n) => writtenSignal(name, lead, initials[n]!, sums[n]!));
  const header = formatHeader({ name, fsHz, lengthFrames: frames, signals, comments });
  written.push(writeWhole(folder, `${name}.hea`, Buffer.from(header)));
  return written;
}

/** Returns samples [leads, n] as [n, leads]: a data file holds all leads of one time together. */
function interleaved(piece: Int16Array, leads: number): Int16Array {
  const frames = new Int16Array(piece.length);
  for (const [n, lead] of splitLeads(piece, leads).entries()) {
    for (let at = 0; at < lead.length; at++) frames[at * leads + n] = lead[at]!;
  }
  return frames;
}

function writeWhole(folder: string, name: string, bytes: Uint8Array): WrittenFile {
  const file = new SyncFile(folder, name);
  try {
    file.append(bytes);
  } catch (error) {
    file.abandon();
    throw error;
  }
  return file.close();
}
