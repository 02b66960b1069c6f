// Any folder of WFDB records with a table `labels.csv` (record,label and optionally patient) as labelled windows:
// what `pqrst synth --format wfdb` writes, and what one brings oneself. A label is one of our classes or empty; it holds
// for the whole recording, which is tiled from its start. The lead is II, else MLII, else the first.

import { join } from 'node:path';
import { type EcgClass, ecgClasses } from '../classes.js';
import { suggest } from '../errors.js';
import { readCsv, rowError } from './csv.js';
import { inputPath } from './input.js';
import type { EcgRecord, WindowOptions, WindowSet } from './record.js';
import { readRecord } from './wfdb/read.js';
import { cutWindows, loadEach, notEmpty, tile, windowLength } from './windows.js';

const preferredLeads = ['II', 'MLII'];

/** The windows of the records that `folder/labels.csv` names; without a patient column each record is a patient. */
export async function loadWfdbFolder(folder: string, options: WindowOptions): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const path = join(folder, 'labels.csv');
  const rows = (await readCsv(path, ['record', 'label'])).map((row) => {
    const { record: recordName = '', label = '', patient = '' } = row.fields;
    if (recordName === '') throw rowError(path, row, 'record is empty; it must name a WFDB record');
    const known = ecgClasses.find((name) => name === label);
    if (known === undefined && label !== '') {
      throw rowError(path, row, `unknown label "${label}"${suggest(label, ecgClasses)}`);
    }
    const classes: EcgClass[] = known === undefined ? [] : [known];
    return { recordName, patientId: patient === '' ? recordName : patient, classes };
  });
  const leads = new Set<string>();
  const loaded = await loadEach(
    rows,
    options,
    ({ recordName }) => recordName,
    async ({ recordName, patientId, classes }, skipped) => {
      const record = await readRecord(await inputPath(folder, `${recordName}.hea`, 'the header'), options);
      const lead = chooseLead(record);
      const length = record.signalsMv[lead]!.length;
      const starts = tile(0, length, record.fsHz, options);
      if (starts.length === 0) {
        const reason = `too short: ${(length / record.fsHz).toFixed(1)} s, a window takes ${options.seconds} s`;
        skipped.push({ recordName, reason });
        return [];
      }
      leads.add(record.leads[lead]!);
      const stretches = starts.map((startSample) => ({ startSample, classes }));
      return cutWindows({ record, lead, recordName, patientId }, stretches, options, skipped);
    },
  );
  const lead = [...leads].join('/');
  return notEmpty({ source: `folder:${folder}`, fsHz: options.fsHz, lengthSamples, lead, ...loaded });
}

function chooseLead({ leads }: EcgRecord): number {
  const names = leads.map((name) => name.toUpperCase());
  const found = preferredLeads.map((name) => names.indexOf(name)).find((index) => index >= 0);
  return found ?? 0;
}
