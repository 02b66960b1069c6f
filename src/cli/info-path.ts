// `pqrst info PATH`: says what a file or a folder is, the facts in it, and the next command.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { exists, isAbsent } from '../base/files.js';
import { excerpt, onOneLine } from '../base/text.js';
import { unreadable } from '../codecs/input.js';
import { isRemote, localPath } from '../store/address.js';
import { fileInfo } from './info-file.js';
import { corpusInfo, folderInfo } from './info-folder.js';
import type { Found } from './info-found.js';
import type { Result } from './task.js';

/**
 * Describes a file or a folder.
 *
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist or cannot be read.
 * @throws PqrstError ERR_OPTION: when no command of pqrst takes it.
 */
export async function infoOfPath(given: string): Promise<Result> {
  const path = localPath(given);
  const { what, facts, next, damage } = await infoOf(path);
  const damaged = damage === undefined ? {} : { damage };
  const width = Math.max(...Object.keys({ ...facts, ...damaged }).map((name) => name.length), 4) + 2;
  return {
    exitCode: damage === undefined ? 0 : 1,
    json: { path, what, ...facts, ...damaged, next },
    text: [
      `${path}: ${what}`,
      ...Object.entries(facts).map(([name, value]) => `${name.padEnd(width)}${oneLine(String(value))}`),
      ...(damage === undefined ? [] : [`${'damage'.padEnd(width)}${onOneLine(damage)}`]),
      ...next.map((command) => `${'next'.padEnd(width)}${command}`),
    ].join('\n'),
  };
}

async function infoOf(path: string): Promise<Found> {
  // In a bucket, only a corpus has more than one object; `--model` shows a model.
  if (isRemote(path)) return corpusInfo(path);
  const { file, found } = await fileOf(path);
  return found.isDirectory() ? folderInfo(path) : fileInfo(file, found);
}

/** Returns what `path` names: a file or a folder, or the header of a WFDB record that is named without its suffix. */
async function fileOf(path: string): Promise<{ readonly file: string; readonly found: Stats }> {
  try {
    return { file: path, found: await stat(path) };
  } catch (cause) {
    const header = `${path}.hea`;
    if (isAbsent(cause) && (await exists(header))) return { file: header, found: await stat(header) };
    throw unreadable(path, 'the file or folder', cause);
  }
}

/** Returns a text of another author on one line. */
function oneLine(text: string): string {
  return excerpt(text.replace(/[\n\t]/g, ' '));
}
