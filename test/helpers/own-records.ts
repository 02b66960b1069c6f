// Writes a small data set for tests of experiments: synthetic records of 2 s at 50 Hz as `npy:DIR`, two per patient.
// They take the place of real records.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NpyWriter } from '#lib/codecs/npy/write.js';
import type { EcgClass } from '#lib/signal/classes.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

/** Writes `count` records, whose classes repeat in the order of `classes`, and returns `npy:FOLDER`. */
export async function ownRecords(
  folder: string,
  { classes = ['normal', 'af'] as EcgClass[], count = 48, seed = 11 } = {},
): Promise<string> {
  const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 50, seconds: 2, seed, unit: 'mV' });
  const { signals } = await synthesizer.batch({ classes, start: 0, count });
  const writer = await NpyWriter.open(join(folder, 'signals.npy'), 'float32', [100]);
  await writer.append(signals);
  await writer.close();
  // The two records of a patient have the same class.
  const lines = Array.from({ length: count }, (_, at) => {
    const label = at % classes.length;
    const patient = Math.floor(at / (2 * classes.length)) * classes.length + label;
    return `${at},${classes[label]},p${patient},50`;
  });
  await writeFile(join(folder, 'labels.csv'), `row,label,patient,fs_hz\n${lines.join('\n')}\n`);
  return `npy:${folder}`;
}
