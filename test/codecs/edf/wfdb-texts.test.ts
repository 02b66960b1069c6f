// EDF+ annotations as WFDB annotations: rhythms, beats and notes.

import { expect, it } from 'vitest';
import { isRhythm, wfdbAnnotations } from '#lib/codecs/edf/wfdb-texts.js';

it('takes ( and capital letters or digits as a rhythm, and nothing else', () => {
  expect(['(AFIB', '(N', '(B3', '(SVTA'].filter(isRhythm)).toHaveLength(4);
  expect(['(', '(afib', 'AFIB', '(AFIB)', '(AF (see note)', ' (AFIB', 'N', ''].filter(isRhythm)).toEqual([]);
});

it('converts times to the nearest sample, in order, and keeps a rhythm that starts before the first sample', () => {
  const plain = { subtype: 0, channel: 0, number: 0 };
  const annotations = [
    { onsetS: -2, text: '(AFIB' },
    { onsetS: -1, text: 'V' },
    { onsetS: -0.0001, text: 'N' },
    { onsetS: 1.0021, durationS: 3, text: '/' },
    { onsetS: 0.5, text: 'Lights off' },
    { onsetS: 0.75, text: '(N' },
  ];
  expect(wfdbAnnotations(annotations, 250)).toEqual([
    { ...plain, sample: 0, symbol: '+', aux: '(AFIB' },
    { ...plain, sample: 0, symbol: 'N', aux: '' },
    { ...plain, sample: 125, symbol: '"', aux: 'Lights off' },
    { ...plain, sample: 188, symbol: '+', aux: '(N' },
    { ...plain, sample: 251, symbol: '/', aux: '' },
  ]);
});
