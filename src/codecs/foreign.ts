// Recognizes files that are not what their name says: failed downloads and files of other programs. Opens no file.

/** First bytes of foreign files, as Latin-1 text, with the words for them and a remedy. */
const signatures: readonly (readonly [RegExp | string, string])[] = [
  ['version https://git-lfs', 'a pointer of Git LFS instead of the file; fetch it with "git lfs pull"'],
  [/^\s*<(?:!doctype|html|\?xml)/i, 'a web page instead of the file; fetch it again'],
  ['\x1f\x8b', 'a gzip archive; unpack it'],
  ['PK\x03\x04', 'a zip archive; unpack it'],
  ['\x89HDF\r\n', 'an HDF5 file'],
  ['\x93NUMPY', 'a NumPy array (.npy)'],
  [/^0 {7}[\x20-\x7e]{80}/, 'an EDF file'],
  ['\xffBIOSEMI', 'a BDF file'],
];

/** Returns what `bytes` are if they are clearly a foreign file, with a remedy; otherwise undefined. */
export function describeForeign(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  const isOf = (mark: RegExp | string) =>
    typeof mark === 'string' ? start.startsWith(mark) : mark.test(start);
  return signatures.find(([mark]) => isOf(mark))?.[1];
}
