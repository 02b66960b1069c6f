// Reads zip archives with yauzl, which reads the list at the end of the archive and then single entries, piece by piece.
// Where the pieces go is the caller's choice: nothing here writes a file.

import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import { PqrstError } from './errors.js';
import { openFile } from './open-file.js';
import { systemReason } from './system-reason.js';

/** An entry of an archive. */
export interface ZipEntry {
  /** Path inside the archive, with `/` between its parts. */
  readonly name: string;
  /** Size of the unpacked bytes. */
  readonly bytes: number;
}

/** An open archive. */
export interface Zip {
  readonly entries: readonly ZipEntry[];
  /** Returns the bytes of an entry, piece by piece. Rejects with ERR_DATA_UNREADABLE if they are damaged. */
  pieces(name: string): AsyncGenerator<Uint8Array>;
  /** Returns the text of a small entry. Rejects with ERR_DATA_UNREADABLE if it holds more than `mostBytes` bytes. */
  text(name: string, mostBytes: number): Promise<string>;
  close(): Promise<void>;
}

/**
 * Opens the zip archive at `path` and reads its list of entries.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file cannot be read.
 * @throws PqrstError ERR_DATA_UNREADABLE: when it is not a zip archive, or its end is missing.
 * @throws PqrstError ERR_PATH_OUTSIDE: when an entry has a name that leads outside a folder, such as `../name`.
 */
export async function openZip(path: string): Promise<Zip> {
  const { file } = await openFile(path).catch((cause: unknown) => {
    throw new PqrstError('ERR_NOT_FOUND', `could not read ${path}: ${systemReason(cause)}`, { cause });
  });
  try {
    const yauzl = await import('yauzl');
    const damaged = (cause: unknown, name?: string) =>
      new PqrstError(
        'ERR_DATA_UNREADABLE',
        `${path}${name === undefined ? '' : `, entry ${name},`} is not a complete zip archive (${systemReason(cause)}); download or copy it again`,
        { cause },
      );
    const found = new Map<string, Entry>();
    const archive = await yauzl
      .fromFdPromise(file.fd, { decodeStrings: false })
      .catch((cause: unknown) => Promise.reject(damaged(cause)));
    try {
      for await (const entry of archive.eachEntry()) {
        const { generalPurposeBitFlag: flags, fileNameRaw, extraFields } = entry;
        const name = yauzl.getFileNameLowLevel(flags, fileNameRaw, extraFields, false);
        if (yauzl.validateFileName(name) !== null) throw outside(path, name);
        found.set(name, entry);
      }
    } catch (cause) {
      throw cause instanceof PqrstError ? cause : damaged(cause);
    }
    const pieces = async function* (name: string): AsyncGenerator<Uint8Array> {
      const entry = found.get(name)!;
      let sum = 0;
      try {
        for await (const piece of await archive.openReadStreamPromise(entry)) {
          sum = crc32(piece, sum);
          yield piece;
        }
      } catch (cause) {
        throw damaged(cause, name);
      }
      if (sum !== entry.crc32) throw damaged(new Error('its checksum (CRC-32) differs'), name);
    };
    return {
      entries: [...found].map(([name, { uncompressedSize }]) => ({ name, bytes: uncompressedSize })),
      pieces,
      text: async (name, mostBytes) => {
        const { uncompressedSize } = found.get(name)!;
        if (uncompressedSize > mostBytes) {
          throw damaged(
            new Error(`it states ${uncompressedSize} bytes, at most ${mostBytes} are read`),
            name,
          );
        }
        const parts: Uint8Array[] = [];
        for await (const piece of pieces(name)) parts.push(piece);
        return Buffer.concat(parts).toString('utf8');
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function outside(path: string, name: string): PqrstError {
  return new PqrstError(
    'ERR_PATH_OUTSIDE',
    `${path} has the entry "${name}", which leads outside its folder; nothing was unpacked. Download the file again from its publisher`,
  );
}
