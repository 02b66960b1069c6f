// Reads a corpus of `pqrst synth` as labelled windows of lead II. Its records are streamed, because some formats can
// only be read in order. A corpus must be complete: a damaged file ends the reading and is not skipped. Each synthetic
// record counts as one patient. A record of a mixture (`af+pvc`) has all classes of the mixture.

import { shownClasses } from '../../signal/class-table.js';
import { chooseLeads } from '../../signal/leads.js';
import type { WindowOptions } from '../../signal/window.js';
import type { LeadSignals, RecordEntry, StreamedKind } from '../kind.js';
import { tileRecord } from '../windows.js';

const leads = ['II'];

/**
 * The kind `corpus`. Each record is cut into windows from its start. Z-scored records stay z-scored. The errors are
 * those of `readCorpus`.
 */
export const corpus: StreamedKind = {
  kind: 'corpus',
  about: 'a corpus of pqrst synth: manifest.json, and records in shards',
  ownsSubfolders: true,
  recognizes: (names) => names.has('manifest.json'),
  async stream(folder, options) {
    // Loaded on demand: reading a corpus needs the simulator, the other kinds do not.
    const { manifestName, readManifest } = await import('../../corpus/manifest.js');
    const { records, request } = await readManifest(folder);
    const signalsOf = (signal: Float32Array): LeadSignals => ({
      ...{ fsHz: request.fsHz, leads, signals: [signal] },
      unit: request.unit === 'zscore' ? 'sd' : 'mV',
    });
    return { count: records, records: readAll(folder, options, [manifestName], signalsOf) };
  },
};

async function* readAll(
  folder: string,
  options: WindowOptions,
  files: readonly string[],
  signalsOf: (signal: Float32Array) => LeadSignals,
) {
  const { readCorpus } = await import('../../corpus/read.js');
  const { recordName } = await import('../../corpus/format.js');
  const chosen = chooseLeads(leads, { prefer: leads }, options.leads);
  for await (const { index, ecgClass, signal, fold } of readCorpus(folder, { signal: options.signal })) {
    const name = recordName(index);
    const entry: RecordEntry = {
      ...{ recordName: name, patientId: name, classes: shownClasses(ecgClass), labels: [], files },
      ...(fold !== undefined && { fold }),
    };
    const cut = typeof chosen === 'string' ? chosen : tileRecord(signalsOf(signal), entry, options);
    yield { entry, cut };
  }
}
