/** A file of an archive. The stated length and checksum are right by default. */
export interface ArchiveFile {
  readonly name: string;
  readonly content: Uint8Array;
  readonly statedBytes?: number;
  readonly statedCrc?: number;
}

export function archiveOf(files: readonly ArchiveFile[]): Buffer;
