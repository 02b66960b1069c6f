// Remembers which files of a folder were verified, so that a second run does not hash gigabytes again. The list has one
// line per file with hash, size and modification time. A file whose size or time has changed is verified again. Lines
// are only appended; an incomplete line is ignored.

import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError } from '../base/files.js';
import { fileLimits, openFile, readText } from '../base/open-file.js';
import type { SumsEntry } from './sums.js';

export const verifiedName = '.pqrst-verified';

const line = /^([0-9a-f]{64} \d+ \d+(?:\.\d+)?) (.+)$/;

/** The list of verified files of a folder. */
export class Verified {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #known: Map<string, string>;

  private constructor(path: string, file: FileHandle, known: Map<string, string>) {
    this.#path = path;
    this.#file = file;
    this.#known = known;
  }

  /**
   * Opens the list. The caller must close it.
   *
   * @throws PqrstError ERR_WRITE: when the list cannot be read or created.
   */
  static async open(folder: string): Promise<Verified> {
    const path = join(folder, verifiedName);
    try {
      const { file } = await openFile(path, 'a');
      const known = new Map<string, string>();
      const text = await readText(path, fileLimits.sums);
      for (const row of text.split('\n')) {
        const [, state, name] = line.exec(row) ?? [];
        if (state !== undefined && name !== undefined) known.set(name, state);
      }
      // Appended entries must start on a new line, even after an incomplete line.
      if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n');
      return new Verified(path, file, known);
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** Returns true if the file was verified and has not changed since. */
  has(entry: SumsEntry, found: Stats): boolean {
    return this.#known.get(entry.name) === stateOf(entry, found);
  }

  /**
   * Records a verified file.
   *
   * @throws PqrstError ERR_WRITE: when the list cannot be written.
   */
  async add(entry: SumsEntry, found: Stats): Promise<void> {
    const state = stateOf(entry, found);
    this.#known.set(entry.name, state);
    try {
      await this.#file.appendFile(`${state} ${entry.name}\n`);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function stateOf({ sha256 }: SumsEntry, { size, mtimeMs }: Stats): string {
  return `${sha256} ${size} ${mtimeMs}`;
}
