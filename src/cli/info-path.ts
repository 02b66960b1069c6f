// `pqrst info PATH`: says what a file or a folder is, the facts in it, and the next command.

import { stat } from 'node:fs/promises';
import { excerpt } from '../base/text.js';
import { unreadable } from '../codecs/input.js';
import { fileInfo } from './info-file.js';
import { folderInfo } from './info-folder.js';
import type { Result } from './task.js';

/**
 * Describes a file or a folder.
 *
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist or cannot be read.
 * @throws PqrstError ERR_OPTION: when no command of pqrst takes it.
 */
export async function infoOfPath(path: string): Promise<Result> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, 'the file or folder', cause);
  });
  const { what, facts, next } = found.isDirectory() ? await folderInfo(path) : await fileInfo(path, found);
  const width = Math.max(...Object.keys(facts).map((name) => name.length), 4) + 2;
  return {
    json: { path, what, ...facts, next },
    text: [
      `${path}: ${what}`,
      ...Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}${oneLine(String(value))}`),
      ...next.map((command) => `${'next'.padEnd(width)}${command}`),
    ].join('\n'),
  };
}

/** Returns a text of another author on one line. */
function oneLine(text: string): string {
  return excerpt(text.replace(/[\n\t]/g, ' '));
}
