// One lead of ADC values, 1000 per mV, written as WFDB in pieces and without a detour over floats: for records made by
// the million or a day long. Not atomic and not flushed: that is for the folder's owner, once for all of its records.
// The calls to the system are synchronous: a file takes some 20 us, a trip through the thread pool three times that.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writeError } from '../../base/files.js';
import { formatHeader } from './header.js';
import { checkWords, writtenSignal } from './writer.js';

export interface DigitalLead {
  readonly name: string;
  readonly fsHz: number;
  readonly lead: string;
  /** The samples in order, at least one in all; counts of 1/1000 mV. */
  readonly pieces: Iterable<Int16Array> | AsyncIterable<Int16Array>;
  /** The bytes of `name.atr`; no file without them. */
  readonly annotations?: Uint8Array;
  readonly comments: readonly string[];
}

export interface WrittenFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes `name.dat`, `name.atr` and `name.hea` into `folder`; ERR_WFDB_HEADER, ERR_WRITE. */
export async function writeDigital(folder: string, record: DigitalLead): Promise<WrittenFile[]> {
  const { name, fsHz, lead, pieces, comments } = record;
  checkWords({ name, fsHz, leads: [lead] }, comments);
  let [frames, sum, initial] = [0, 0, 0];
  const data = new SyncFile(folder, `${name}.dat`);
  try {
    for await (const piece of pieces) {
      if (frames === 0) initial = piece[0]!;
      for (let at = 0; at < piece.length; at++) sum = (sum + piece[at]!) | 0;
      frames += piece.length;
      data.append(littleEndian(piece));
    }
  } catch (error) {
    data.abandon();
    throw error;
  }
  const written = [data.close()];
  if (record.annotations !== undefined) {
    written.push(writeWhole(folder, `${name}.atr`, record.annotations));
  }
  const signal = writtenSignal(name, lead, initial, sum);
  const header = formatHeader({ name, fsHz, lengthFrames: frames, signals: [signal], comments });
  written.push(writeWhole(folder, `${name}.hea`, Buffer.from(header)));
  return written;
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

class SyncFile {
  readonly #name: string;
  readonly #path: string;
  readonly #hash: Hash = createHash('sha256');
  readonly #file: number;
  #bytes = 0;

  constructor(folder: string, name: string) {
    this.#name = name;
    this.#path = join(folder, name);
    this.#file = this.#attempt(() => openSync(this.#path, 'wx'));
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.#attempt(() => writeSync(this.#file, bytes, at, bytes.length - at));
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  close(): WrittenFile {
    this.#attempt(() => closeSync(this.#file));
    return { name: this.#name, bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** After a failure: lets go of the file, which stays where it is. */
  abandon(): void {
    closeSync(this.#file);
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The bytes of `samples` as format 16 has them; on most machines its own memory. */
function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return isLittleEndian ? bytes : Buffer.from(bytes).swap16();
}
