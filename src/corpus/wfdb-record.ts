// Writes one regenerated record as WFDB files: NAME.hea, NAME.dat and NAME.atr.

import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { expectReplaceable, isOfSystem, makeFolder, writeError } from '../base/files.js';
import { formatAnnotations } from '../codecs/wfdb/annotations.js';
import { writeDigital } from '../codecs/wfdb/digital-writer.js';
import { toWfdbAnnotations } from '../synth/annotations.js';
import { flushFiles } from './formats/flush.js';
import { origin } from './formats/wfdb/write.js';
import type { RegeneratedRecord } from './regenerate.js';

/**
 * Writes `record` as the header `path` (NAME.hea) with its .dat and .atr beside it, and returns the three paths. The
 * files are written under temporary names and then renamed. The header is renamed last, because its presence marks a
 * complete record. `record` must have been regenerated with the type int16.
 *
 * @throws PqrstError ERR_OPTION: when the corpus is z-scored, because WFDB stores mV.
 * @throws PqrstError ERR_WRITE: when a file cannot be written.
 */
export async function writeWfdbRecord(record: RegeneratedRecord, path: string): Promise<string[]> {
  const { plan, annotations, index } = record;
  if (plan.unit !== 'mV') {
    throw new PqrstError(
      'ERR_OPTION',
      `the corpus is z-scored, but WFDB stores mV; write ${basename(path, '.hea')}.npy instead of "${path}"`,
    );
  }
  const name = basename(path, '.hea');
  const temporary = join(dirname(path), `.${name}.${randomUUID()}.tmp`);
  try {
    await makeFolder(temporary);
    const written = await writeDigital(temporary, {
      name,
      fsHz: plan.fsHz,
      leads: plan.leads,
      pieces: record.pieces() as AsyncIterable<Int16Array>,
      annotations: formatAnnotations(toWfdbAnnotations(annotations, plan.fsHz)),
      comments: [origin(plan, index)],
    });
    const names = written.map((file) => file.name);
    await flushFiles(temporary, names);
    for (const file of names) await expectReplaceable(join(dirname(path), file));
    for (const file of names) await rename(join(temporary, file), join(dirname(path), file));
    return names.map((file) => join(dirname(path), file));
  } catch (error) {
    throw isOfSystem(error) ? writeError(path, error) : error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
