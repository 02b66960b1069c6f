// Recognizes files that users and downloads often put in the place of another file, by their first bytes, so that a
// reader can say what such a file is and what to do. Opens no file.

/** The number of bytes that `describeForeign` looks at. */
export const foreignBytes = 512;

interface ForeignKind {
  /** Recognizes the first bytes as Latin-1 text: beginnings, or a pattern. */
  readonly mark: RegExp | readonly string[];
  /** The words for the file, and a remedy. */
  readonly what: string;
}

const kinds: readonly ForeignKind[] = [
  {
    mark: ['version https://git-lfs'],
    what: 'a pointer of Git LFS, not the file itself; run "git lfs pull" in its repository',
  },
  {
    mark: /^(?:\xef\xbb\xbf)?\s*(?:<!--|<!doctype|<html|<head|<\?xml)/i,
    what: 'a web page (HTML or XML), not the file itself; download it again, with a login if the page asks for one',
  },
  {
    mark: ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'],
    what: 'a zip archive, as numpy.savez (.npz) and torch.save (.pt) write; take the file or the array out of it',
  },
  {
    mark: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05', 'cnumpy'],
    what:
      'a Python pickle, as pickle.dump and ndarray.dump write; a pickle can run any program, so it is not opened: ' +
      'load it in Python and save the array with numpy.save',
  },
  { mark: ['\x89HDF'], what: 'an HDF5 file, as h5py and MATLAB v7.3 write; save its arrays by themselves' },
  {
    mark: ['MATLAB 5.0'],
    what: 'a MATLAB v5 file, as scipy.io.savemat writes; save its arrays by themselves',
  },
  { mark: ['\x93NUMPY'], what: 'a NumPy array (.npy)' },
  { mark: /^0 {7}[\x20-\x7e]{80}/, what: 'an EDF file' },
  { mark: ['\xffBIOSEMI'], what: 'a BDF file' },
  { mark: ['\x1f\x8b'], what: 'a gzip archive; uncompress it first (gunzip)' },
];

/**
 * Returns what a file is that starts with `bytes`, with a remedy: "a zip archive, ...". Returns undefined if it is not
 * clearly one of the known foreign kinds.
 */
export function describeForeign(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, foreignBytes)).toString('latin1');
  const isOf = (mark: ForeignKind['mark']) =>
    mark instanceof RegExp ? mark.test(text) : mark.some((beginning) => text.startsWith(beginning));
  return kinds.find(({ mark }) => isOf(mark))?.what;
}
