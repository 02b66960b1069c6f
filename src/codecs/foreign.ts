// Recognizes files that users and downloads often put in the place of another file, by their first bytes, so that a
// reader can say what such a file is and what to do.

/** The number of bytes that `describeForeign` looks at. */
export const foreignBytes = 512;

interface ForeignKind {
  readonly isKind: (bytes: Buffer, text: string) => boolean;
  readonly what: string;
}

const startsWith = (prefix: string) => (_: Buffer, text: string) => text.startsWith(prefix);

const kinds: readonly ForeignKind[] = [
  { isKind: (bytes) => bytes.length === 0, what: 'is empty; download or save it again' },
  {
    isKind: startsWith('version https://git-lfs.github.com/spec/'),
    what: 'is a pointer of Git LFS, not the file itself; run "git lfs pull" in its repository',
  },
  {
    isKind: (_, text) => /^(?:\xef\xbb\xbf)?\s*(?:<!--|<!doctype html|<html|<head|<\?xml)/i.test(text),
    what: 'is a web page (HTML or XML), not the file itself; download it again, with a login if the page asks for one',
  },
  {
    isKind: (_, text) => ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'].includes(text.slice(0, 4)),
    what: 'is a zip archive, as numpy.savez (.npz) and torch.save (.pt) write; take the file or the array out of it',
  },
  {
    isKind: (bytes, text) =>
      (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) || /^\(?c[\w.]+\n\w+\n/.test(text),
    what:
      'is a Python pickle, as pickle.dump and ndarray.dump write; a pickle can run any program, so it is not opened: ' +
      'load it in Python and save the array with numpy.save',
  },
  {
    isKind: startsWith('\x89HDF'),
    what: 'is an HDF5 file, as h5py and MATLAB v7.3 write; save its arrays by themselves',
  },
  {
    isKind: startsWith('MATLAB 5.0'),
    what: 'is a MATLAB v5 file, as scipy.io.savemat writes; save its arrays by themselves',
  },
  { isKind: startsWith('\x1f\x8b'), what: 'is compressed by gzip; uncompress it first (gunzip)' },
  {
    isKind: (bytes) => bytes.every((byte) => byte === 0),
    what: 'starts with zero bytes, as after a download that was interrupted; download or save it again',
  },
  {
    isKind: (_, text) => /^[\t\r\n\x20-\x7e]*$/.test(text),
    what: 'is a text file, as numpy.savetxt writes',
  },
];

/**
 * Returns what a file is that starts with `bytes`, as the end of a sentence about the file ("is a zip archive, ...").
 * If no known kind fits, it states the first bytes.
 */
export function describeForeign(bytes: Buffer): string {
  const first = bytes.subarray(0, foreignBytes);
  const text = first.toString('latin1');
  const known = kinds.find(({ isKind }) => isKind(first, text));
  return (
    known?.what ??
    `starts with the bytes ${first
      .subarray(0, 8)
      .toString('hex')
      .replace(/..(?!$)/g, '$& ')}`
  );
}
