// Reads a corpus of `pqrst synth` as labelled windows. Without requested leads, it reads lead II, or the first lead if
// the corpus has no lead II. Its records are streamed, because some formats can only be read in order. A corpus must be
// complete: a damaged file ends the reading and is not skipped. Each synthetic record counts as one patient. A window
// of a record that changes its rhythm has the classes of the rhythms that it shows. A record of a mixture (`af+pvc`) has
// all classes of the mixture.

import type { RhythmAnnotation } from '../../signal/beats.js';
import { type ClassInfo, shownClasses } from '../../signal/class-table.js';
import type { EcgClass } from '../../signal/classes.js';
import type { Unit } from '../../signal/defaults.js';
import { chooseLeads, splitLeads } from '../../signal/leads.js';
import type { WindowOptions } from '../../signal/window.js';
import type { CutRecord, LeadSignals, RecordEntry, StreamedKind } from '../kind.js';
import { tileRecord } from '../windows.js';

const leadRule = { prefer: ['II'], orFirst: true };

/**
 * The kind `corpus`. Each record is cut into windows from its start. Z-scored records stay z-scored. The errors are
 * those of `readCorpus`.
 */
export const corpus: StreamedKind = {
  kind: 'corpus',
  about: 'a corpus of pqrst synth: manifest.json, and records in shards',
  ownsSubfolders: true,
  recognizes: (names) => names.has('manifest.json') || names.has('_manifest.json'),
  async stream(folder, options) {
    // Loaded on demand: reading a corpus needs the simulator, the other kinds do not.
    const { manifestNameOf, readManifest } = await import('../../corpus/manifest.js');
    const { records, request } = await readManifest(folder);
    return { count: records, records: readAll(folder, options, [manifestNameOf(request)]) };
  },
};

async function* readAll(folder: string, options: WindowOptions, files: readonly string[]) {
  const { planOf, readManifest } = await import('../../corpus/manifest.js');
  const { readCorpus } = await import('../../corpus/read.js');
  const { recordName } = await import('../../corpus/format.js');
  const { fsHz, leads, unit, ownClasses = [] } = planOf(await readManifest(folder));
  const places = corpusLeads(leads, options.leads);
  for await (const record of readCorpus(folder, { signal: options.signal })) {
    const { index, ecgClass, fold, rhythms = [] } = record;
    const name = recordName(index);
    const entry: RecordEntry = {
      ...{
        recordName: name,
        patientId: name,
        classes: shownClasses(ecgClass, ownClasses),
        labels: [],
        files,
      },
      ...(fold !== undefined && { fold }),
    };
    if (typeof places === 'string') {
      yield { entry, cut: places };
      continue;
    }
    const cut = tileRecord(chosenLeads({ fsHz, leads, unit }, places, record.signal), entry, options);
    yield { entry, cut: typeof cut === 'string' ? cut : labelByRhythm(cut, rhythms, ownClasses, options) };
  }
}

/** Returns the places of the wanted leads among the leads of a corpus, or why they cannot be read. */
export function corpusLeads(
  leads: readonly string[],
  wanted: readonly string[] | undefined,
): readonly number[] | string {
  return chooseLeads(leads, leadRule, wanted);
}

/** Returns some leads of a record [leads, lengthSamples] of a corpus. */
export function chosenLeads(
  { fsHz, leads, unit }: { readonly fsHz: number; readonly leads: readonly string[]; readonly unit: Unit },
  places: readonly number[],
  signal: Float32Array,
): LeadSignals {
  const signals = splitLeads(signal, leads.length);
  return {
    ...{
      fsHz,
      leads: places.map((place) => leads[place]!),
      recordingLeads: leads,
      signals: places.map((place) => signals[place]!),
    },
    unit: unit === 'zscore' ? 'sd' : 'mV',
  };
}

/** Gives each window of a record that changes its rhythm the classes of the rhythms in it. */
function labelByRhythm(
  cut: CutRecord,
  rhythms: readonly RhythmAnnotation[],
  own: readonly ClassInfo[],
  { seconds }: WindowOptions,
): CutRecord {
  if (rhythms.length < 2) return cut;
  const stretches = cut.stretches.map((stretch) => {
    const startS = stretch.startSample / cut.fsHz;
    return { ...stretch, classes: classesBetween(rhythms, own, startS, startS + seconds) };
  });
  return { ...cut, stretches };
}

function classesBetween(
  rhythms: readonly RhythmAnnotation[],
  own: readonly ClassInfo[],
  startS: number,
  endS: number,
): EcgClass[] {
  const shown = rhythms.filter(({ timeS }, at) => {
    const untilS = rhythms[at + 1]?.timeS ?? Number.POSITIVE_INFINITY;
    return timeS < endS && untilS > startS;
  });
  return [...new Set(shown.flatMap(({ ecgClass }) => shownClasses(ecgClass, own)))];
}
