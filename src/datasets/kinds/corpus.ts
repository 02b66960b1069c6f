// A corpus written by `pqrst synth` as labelled windows of lead II. A corpus is complete: a damaged file ends the
// reading instead of being skipped. Each synthetic record counts as one patient.

import type { EcgWindow, SkippedRecord, WindowOptions, WindowSet } from '../../signal/window.js';
import { cutWindows, notEmpty, tile, windowLength } from '../windows.js';

const lead = 'II';

/**
 * The windows of the corpus in `folder`, each record tiled from its start; z-scored records stay so. Errors as readCorpus;
 * ERR_RANGE, ERR_DATA_EMPTY. A damaged file ends it: a corpus is whole.
 */
export async function loadCorpus(folder: string, options: WindowOptions): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  // Loaded on demand: reading a corpus needs the simulator, the other kinds do not.
  const { readCorpus } = await import('../../corpus/read.js');
  const { readManifest } = await import('../../corpus/manifest.js');
  const { recordName } = await import('../../corpus/format.js');
  const manifest = await readManifest(folder);
  const { fsHz } = manifest.request;
  const windows: EcgWindow[] = [];
  const skipped: SkippedRecord[] = [];
  let done = 0;
  for await (const { index, ecgClass, signal, fold } of readCorpus(folder, { signal: options.signal })) {
    const name = recordName(index);
    const record = { name, fsHz, leads: [lead], signalsMv: [signal] };
    const starts = tile(0, signal.length, fsHz, options);
    if (starts.length === 0) {
      const reason = `too short: ${signal.length / fsHz} s, a window takes ${options.seconds} s`;
      skipped.push({ recordName: name, reason });
    } else {
      const source = { record, lead: 0, recordName: name, patientId: name };
      const stretches = starts.map((startSample) => ({ startSample, classes: [ecgClass] }));
      windows.push(...cutWindows({ ...source, ...(fold && { fold }) }, stretches, options, skipped));
    }
    options.onProgress?.(++done, manifest.records);
  }
  return notEmpty({ source: `corpus:${folder}`, fsHz: options.fsHz, lengthSamples, lead, windows, skipped });
}
