// Compares the marks that are formatted from flat beats with those that are formatted from objects.

import { describe, expect, it } from 'vitest';
import { formatAnnotations } from '#lib/codecs/wfdb/annotations.js';
import { formatMarks } from '#lib/corpus/formats/wfdb/marks.js';
import { rhythmOf } from '#lib/signal/class-table.js';
import { ecgClasses } from '#lib/signal/classes.js';
import { toWfdbAnnotations } from '#lib/synth/annotations.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';

describe('formatMarks', () => {
  it.each([
    [50, 0.02, 'paper'],
    [50, 4, 'paper'],
    [360, 6, 'clinical'],
    [500, 1, 'paper'],
    [4000, 5, 'paper'],
  ])('writes the bytes of formatAnnotations at %i Hz, %d s, %s', async (fsHz, seconds, preset) => {
    const synthesizer = new Synthesizer({ preset, fsHz, seconds, seed: fsHz, unit: 'zscore' });
    const { lengthSamples } = synthesizer;
    const { annotations } = await synthesizer.batch({ classes: ecgClasses, count: 200, annotations: true });
    for (let k = 0; k < 200; k++) {
      const rhythm = rhythmOf(ecgClasses[k % ecgClasses.length]!);
      const flat = formatMarks(annotations!.beats, k, { rhythm, fsHz, lengthSamples });
      const marks = toWfdbAnnotations(annotations!.record(k), fsHz);
      expect(Buffer.compare(flat, formatAnnotations(marks))).toBe(0);
    }
  });
});
