// A made-up folder of twelve-lead WFDB records: AF and normal, two records of each patient. Each lead is the synthetic
// record at its own scale, with noise of its own.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomStream } from '#lib/base/random.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { twelveLeads } from '#lib/signal/leads.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

/** Writes `patients` patients of each class, and returns `folder:DIR`. */
export async function twelveLeadFolder(
  folder: string,
  { patients = 6, leads = twelveLeads } = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 100, seconds: 4, seed: 7, unit: 'mV' });
  const { signals } = await synthesizer.batch({ classes: ['normal', 'af'], start: 0, count: 4 * patients });
  const lines = ['record,label,patient'];
  for (let at = 0; at < 4 * patients; at++) {
    const name = `r${at}`;
    const own = signals.subarray(at * 400, (at + 1) * 400);
    const signalsMv = leads.map((lead, place) => {
      const stream = randomStream(1, name, lead);
      return own.map((mv) => (1 + 0.1 * place) * mv + 0.02 * stream.normal());
    });
    await writeRecord(folder, { name, fsHz: 100, leads: [...leads], signalsMv });
    lines.push(`${name},${at % 2 === 0 ? 'normal' : 'af'},p${at % 2}-${Math.floor(at / 4)}`);
  }
  await writeFile(join(folder, 'labels.csv'), `${lines.join('\n')}\n`);
  return `folder:${folder}`;
}
