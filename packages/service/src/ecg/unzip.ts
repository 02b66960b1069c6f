// Unpacks an archive into a folder, with limits: its files are few and small together, stay inside the folder, and have
// the lengths and checksums that the archive states.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import { badRequest, ServiceError } from '../errors.js';
import { unzippedBytes, zipEntries } from '../limits.js';

/**
 * Unpacks `bytes` into `folder`.
 *
 * @throws ServiceError ERR_REQUEST: when the archive is damaged or encrypted, or a name leads outside the folder.
 * @throws ServiceError ERR_TOO_LARGE: when it has too many files or bytes.
 */
export async function unzip(bytes: Buffer, folder: string): Promise<void> {
  const zip = await openZip(bytes);
  if (zip.entryCount > zipEntries) {
    throw new ServiceError(
      413,
      'ERR_TOO_LARGE',
      `the archive has ${zip.entryCount} files; at most ${zipEntries} are read`,
    );
  }
  const most = new ServiceError(
    413,
    'ERR_TOO_LARGE',
    `the archive holds more than ${unzippedBytes} bytes; divide it`,
  );
  let total = 0;
  await new Promise<void>((done, fail) => {
    const unpack = async (entry: Entry) => {
      total += entry.uncompressedSize;
      if (total > unzippedBytes) throw most;
      const path = insidePath(folder, entry.fileName);
      if (entry.fileName.endsWith('/')) return;
      const content = await contentOf(zip, entry);
      await mkdir(dirname(path), { recursive: true });
      // Two entries of one name are refused: programs differ in which of them counts.
      await writeFile(path, content, { flag: 'wx', mode: 0o600 }).catch(() => {
        throw badRequest('the archive holds a file twice, or a file where a folder is');
      });
    };
    zip.on('entry', (entry: Entry) => {
      unpack(entry).then(() => zip.readEntry(), fail);
    });
    zip.on('error', (error: Error) => fail(damaged(error)));
    zip.on('end', () => done());
    zip.readEntry();
  }).finally(() => zip.close());
}

function openZip(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(
      bytes,
      { lazyEntries: true, validateEntrySizes: true, strictFileNames: true },
      (error, zip) => {
        if (error === null) resolve(zip);
        else reject(damaged(error));
      },
    );
  });
}

/** The stream of an entry ends with an error when it is longer or shorter than stated. */
function contentOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (entry.isEncrypted()) {
      reject(badRequest('the archive is encrypted; send it without a password'));
      return;
    }
    zip.openReadStream(entry, (error, stream) => {
      if (error !== null) {
        reject(damaged(error));
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (cause) => reject(damaged(cause)));
      stream.on('end', () => {
        const content = Buffer.concat(chunks);
        if (crc32(content) === entry.crc32) resolve(content);
        else reject(badRequest('the archive is damaged: a file has another checksum than stated'));
      });
    });
  });
}

function insidePath(folder: string, name: string): string {
  const path = resolve(join(folder, name));
  if (path.startsWith(`${resolve(folder)}${sep}`) && !name.includes('\0')) return path;
  throw badRequest('the archive names a file outside its folder');
}

function damaged(cause: Error): ServiceError {
  return badRequest(`the archive cannot be read (${cause.message.slice(0, 120)}); send a ZIP archive`);
}
