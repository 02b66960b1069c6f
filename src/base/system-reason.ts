// Says in words why the system refused to read or to write a file, and what the reader can do about it.

import { PqrstError } from './errors.js';
import { excerpt } from './text.js';

/** A file is refused because of what it is: no regular file, or larger than any file of its kind. */
export class RefusedFile extends Error {
  /** Size of the file in bytes, if it is too large. */
  readonly bytes: number | undefined;

  constructor(message: string, bytes?: number) {
    super(message);
    this.bytes = bytes;
  }
}

/** What happened, what to do when reading failed, and what to do when writing failed. */
type Reason = readonly [what: string, reading: string, writing?: string];

const otherFolder = 'choose another folder';
const otherName = 'choose another name';
const noRight: Reason = ['permission denied', 'make it readable', 'choose a folder that you may write to'];
const inUse: Reason = ['another program uses it', 'close that program'];
const noRoom = 'free some space and run the command again';
const reasons: Readonly<Record<string, Reason>> = {
  EACCES: noRight,
  EPERM: noRight,
  ENOENT: ['there is no such file or folder', 'check the path'],
  ENOTDIR: ['it or a part of its path is a file, not a folder', 'check the path', otherFolder],
  EISDIR: ['it is a folder', 'name a file', otherName],
  ENOTEMPTY: ['a folder with this name already exists', otherName],
  EEXIST: ['it exists already', otherName],
  ENXIO: ['it is a socket, a pipe or a device', 'name a file', otherName],
  EAGAIN: ['it gives no data now, as a pipe or a log of the system', 'name a file'],
  ENODEV: ['it is a device', 'name a file', otherName],
  EROFS: ['the file system is read-only', 'copy the files to another folder', otherFolder],
  ELOOP: ['its links form a circle', 'replace the link by a file', otherFolder],
  ENAMETOOLONG: ['the name is too long for the file system', 'check the path', 'choose a shorter name'],
  ENOSPC: ['the disk is full', noRoom],
  EDQUOT: ['the disk quota is used up', noRoom],
  EFBIG: ['the file system takes no file of this size', otherFolder],
  EMFILE: ['this process has too many open files', 'raise the limit (ulimit -n)'],
  ENFILE: ['the system has too many open files', 'close other programs'],
  ENOMEM: ['the memory is used up', 'close other programs'],
  EBUSY: inUse,
  ETXTBSY: inUse,
  EIO: ['the disk or the network reported an error', 'copy the file again', otherFolder],
  ESTALE: ['the network file system lost it', 'run the command again'],
  EINVAL: ['the file system does not support this', 'copy the files to another folder', otherFolder],
};

/**
 * Returns what failed, and what the reader can do: `permission denied; make it readable`.
 *
 * @param error - the error of a call to the file system; of any other error, the message is returned, without its middle
 *   if it is long.
 * @param doing - whether reading or writing failed
 */
export function systemReason(error: unknown, doing: 'reading' | 'writing' = 'reading'): string {
  if (error instanceof PqrstError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : reasons[code];
  if (reason === undefined) return excerpt(message);
  const [what, reading, writing = reading] = reason;
  return `${what}; ${doing === 'reading' ? reading : writing}`;
}
