// The intervals of records: which beats they are measured on, and their median and range.

import { describe, expect, it } from 'vitest';
import { beatShares, intervalsOf, summarize } from '#lib/gallery/intervals.js';
import { measuresText, rangeText } from '#lib/gallery/measure-text.js';
import type { BeatAnnotation, BeatType } from '#lib/signal/beats.js';

const wave = (onsetS: number, peakS: number, offsetS: number) => ({ onsetS, peakS, offsetS });

/** A beat with PR 160 ms, P to R 150 ms, QRS `qrsMs` and QT 400 ms. */
function beat(type: BeatType, timeS: number, { qrsMs = 90, p = true, t = true } = {}): BeatAnnotation {
  const onsetS = timeS - 0.04;
  return {
    ...{ type, timeS, sample: Math.round(timeS * 250) },
    p: p ? wave(onsetS - 0.16, timeS - 0.15, onsetS - 0.07) : null,
    qrs: wave(onsetS, timeS, onsetS + qrsMs / 1000),
    t: t ? wave(onsetS + 0.22, onsetS + 0.32, onsetS + 0.4) : null,
  };
}

describe('intervalsOf', () => {
  it('measures conducted beats, and ventricular beats by themselves', () => {
    const found = intervalsOf({
      beats: [
        beat('N', 1),
        beat('V', 1.5, { qrsMs: 160, p: false }),
        beat('N', 3),
        beat('A', 3.5, { qrsMs: 110 }),
        beat('N', 5),
      ],
    });
    const ms = Object.fromEntries(
      Object.entries(found).map(([name, value]) => [name, Math.round(1000 * value)]),
    );
    expect(ms).toMatchObject({
      rrS: 1000,
      rateBpm: 60_000,
      pToRS: 150,
      prS: 160,
      qrsS: 90,
      qtS: 400,
      qtcS: 400,
    });
    expect(ms).toMatchObject({ ventricularQrsS: 160, ventricularQtS: 400 });
    // The RR intervals are 0.5, 1.5, 0.5 and 1.5 s.
    expect(found.rrCv).toBeCloseTo(Math.sqrt(1 / 3), 9);
  });

  it('corrects QT by the cube root of RR', () => {
    const { qtS, qtcS } = intervalsOf({ beats: [beat('N', 1), beat('N', 1.512), beat('N', 2.024)] });
    expect(qtS).toBeCloseTo(0.4, 9);
    expect(qtcS).toBeCloseTo(0.4 / 0.8, 9);
  });

  it('leaves out what a record does not show', () => {
    expect(intervalsOf({ beats: [] })).toEqual({});
    const flutter = intervalsOf({
      beats: [beat('N', 1, { p: false, t: false }), beat('N', 1.5, { p: false })],
    });
    expect(Object.keys(flutter).sort()).toEqual(['qrsS', 'qtS', 'qtcS', 'rateBpm', 'rrS']);
    // An onset before the record is not a number.
    const cut = beat('V', 0.01);
    expect(intervalsOf({ beats: [{ ...cut, qrs: { ...cut.qrs, onsetS: Number.NaN } }] })).toEqual({});
  });
});

describe('summarize', () => {
  it('gives the median and the range of the records that have the measure', () => {
    const found = summarize([{ rrS: 1 }, { rrS: 0.6, prS: 0.2 }, { rrS: 0.8 }, {}, { rrS: 0.9 }]);
    expect(found.rrS).toEqual({ middle: expect.closeTo(0.85, 12), min: 0.6, max: 1, records: 4 });
    expect(found.prS).toEqual({ middle: 0.2, min: 0.2, max: 0.2, records: 1 });
    expect(found.qtS).toBeUndefined();
  });
});

describe('beatShares', () => {
  it('counts beats and the records that have them, the most frequent type first', () => {
    const records = [{ beats: [beat('N', 1), beat('V', 2), beat('N', 3)] }, { beats: [beat('N', 1)] }];
    expect(beatShares(records)).toEqual([
      { type: 'N', share: 0.75, records: 2 },
      { type: 'V', share: 0.25, records: 1 },
    ]);
    expect(beatShares([{ beats: [] }])).toEqual([]);
  });
});

describe('the words of measures', () => {
  it('are in the units of an ECG', () => {
    expect(rangeText('prS', { middle: 0.1604, min: 0.12, max: 0.2 })).toBe('160 (120 to 200)');
    expect(rangeText('rrCv', { middle: 0.2, min: 0.2, max: 0.2 })).toBe('20');
    expect(measuresText({ rateBpm: 71.4, prS: 0.16, qrsS: 0.09, qtS: 0.38 })).toBe(
      '71/min, PR 160 ms, QRS 90 ms, QT 380 ms',
    );
    expect(measuresText({ rateBpm: 150, ventricularQrsS: 0.16 })).toBe('150/min, ventricular QRS 160 ms');
    expect(measuresText({})).toBe('fewer than two beats');
  });
});
