// Lines appended to a text file that need not fit into memory. For a folder that is still under a temporary name.

import { type FileHandle, open } from 'node:fs/promises';
import { writeError } from '../files.js';

const flushAt = 2 ** 20;

export class LineWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #pending = '';

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<LineWriter> {
    try {
      return new LineWriter(path, await open(path, 'wx'));
    } catch (cause) {
      throw writeError(path, cause);
    }
  }

  /** ERR_WRITE where the disk is full. */
  async write(lines: readonly string[]): Promise<void> {
    for (const line of lines) this.#pending += `${line}\n`;
    if (this.#pending.length >= flushAt) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#file.close();
    }
  }

  async #flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = '';
    try {
      await this.#file.writeFile(text);
    } catch (cause) {
      throw writeError(this.#path, cause);
    }
  }
}
