// A user's class: a valid file is read, and each mistake gives one sentence with the value and what to do.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { parseClassFile, parseOwnClasses, readClassFile } from '#lib/synth/physiology/class-file.js';

const good = {
  name: 'coarse-af',
  title: 'Coarse AF',
  scp: ['AFIB'],
  snomed: ['164889003'],
  rhythm: '(AFIB',
  parents: ['af'],
  numbers: { 'atrialWaves.sizeMv': { law: 'uniform', min: 0.1, max: 0.25 } },
};

const errorOf = (action: () => unknown): PqrstError => {
  try {
    action();
  } catch (error) {
    if (error instanceof PqrstError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

it('accepts a complete class, with and without parents', () => {
  expect(parseClassFile(good)).toEqual(good);
  const { parents, ...alone } = good;
  expect(parents).toEqual(['af']);
  expect(parseClassFile(alone)).toEqual(alone);
});

const withNumbers = (numbers: Record<string, unknown>) => ({ ...good, parents: [], numbers });

describe.each<[string, unknown, RegExp]>([
  ['no object', 5, /expected an object with name.*got 5/],
  ['an unknown entry', { ...good, parent: ['af'] }, /unknown entry "parent"; did you mean "parents"/],
  ['a missing title', { ...good, title: undefined }, /title is missing; expected a title for figures/],
  ['a missing name', { ...good, name: undefined }, /name is missing/],
  ['an upper-case name', { ...good, name: 'AF+X' }, /name is "AF\+X"; expected a name of 1 to 32 lower-case/],
  [
    'the name of a shipped class',
    { ...good, name: 'af' },
    /"af" is the name of a shipped class; choose another/,
  ],
  ['the word of tasks', { ...good, name: 'rest' }, /a word of tasks/],
  ['missing codes', { ...good, scp: undefined }, /scp is missing; expected an array of SCP-ECG codes/],
  ['no code at all', { ...good, scp: [], snomed: [] }, /give at least one code/],
  ['a code of another form', { ...good, snomed: ['AFIB'] }, /snomed\.0 is "AFIB"; expected a code/],
  ['a bad rhythm text', { ...good, rhythm: 'AFIB' }, /rhythm is "AFIB"; expected the rhythm text of WFDB/],
  [
    'an unknown parent',
    { ...good, parents: ['aff'] },
    /the parent "aff" is not a shipped class; did you mean "af"/,
  ],
  [
    'an unknown number',
    withNumbers({ 'rhythm.rr': 1 }),
    /unknown number "rhythm\.rr"; did you mean "rhythm\.rrS"/,
  ],
  ['an unknown group', withNumbers({ heart: 1 }), /unknown number "heart".*groups/],
  [
    'an unknown law',
    withNumbers({ 'rhythm.rrS': { law: 'uniforn', min: 1, max: 2 } }),
    /did you mean "uniform"/,
  ],
  [
    'an array as a law',
    withNumbers({ 'rhythm.rrS': [1, 2] }),
    /rhythm\.rrS is \[1,2\]; expected a number or a law/,
  ],
  [
    'an unknown part',
    withNumbers({ 'rhythm.rrS': { law: 'uniform', min: 1, maxx: 2 } }),
    /unknown part "maxx"; did you mean "max"/,
  ],
  [
    'a missing part',
    withNumbers({ 'rhythm.rrS': { law: 'normal', mean: 1, min: 0.5, max: 2 } }),
    /sd missing; a normal law needs mean, sd, min, max/,
  ],
  [
    'a number out of range',
    withNumbers({ 'qrs.sizeMv': 200 }),
    /qrs\.sizeMv is 200; expected a number from 0\.05 to 8/,
  ],
  ['a negative number', withNumbers({ 'p.sigmaS': -0.02 }), /p\.sigmaS is -0\.02; expected a number from/],
  ['no number', withNumbers({ 'p.sigmaS': Number.NaN }), /p\.sigmaS is NaN/],
  [
    'a bound out of range',
    withNumbers({ 'rhythm.rrS': { law: 'uniform', min: 0.5, max: 20 } }),
    /has max 20/,
  ],
  [
    'min above max',
    withNumbers({ 'rhythm.rrS': { law: 'uniform', min: 2, max: 1 } }),
    /min 2 above max 1; exchange/,
  ],
  [
    'a negative SD',
    withNumbers({ 'rhythm.rrS': { law: 'normal', mean: 1, sd: -1, min: 1, max: 2 } }),
    /sd -1/,
  ],
  [
    'a median of 0',
    withNumbers({ 'pac.rate': { law: 'lognormal', median: 0, sdLog: 1, min: 0, max: 1 } }),
    /median 0; a log-normal/,
  ],
  [
    'an absurd sdLog',
    withNumbers({ 'pac.rate': { law: 'lognormal', median: 0.1, sdLog: 30, min: 0, max: 1 } }),
    /sdLog 30/,
  ],
  ['an unknown word', withNumbers({ 'rhythm.kind': 'fibrilation' }), /expected one of sinus, fibrillation/],
  ['the number of a word', withNumbers({ 'rhythm.kind': 1 }), /rhythm\.kind is 1; expected one of sinus/],
  ['the id', withNumbers({ id: 3 }), /cannot set id; write the name of an episode/],
  [
    'PR longer than RR',
    withNumbers({
      'av.prS': { law: 'uniform', min: 0.3, max: 0.6 },
      'rhythm.rrS': { law: 'uniform', min: 0.36, max: 0.5 },
    }),
    /av\.prS.*is longer than rhythm\.rrS.*PR must be shorter/,
  ],
  [
    'QRS longer than QT',
    withNumbers({ 'qrs.durationS': 0.3, 'repolarisation.qtcS': 0.28 }),
    /qrs\.durationS.*is longer than QT/,
  ],
  ['a floor above RR', withNumbers({ 'rhythm.floorS': 1.9 }), /rhythm\.floorS \(1\.9 s\) is longer than/],
  [
    'weights of 0',
    withNumbers({ 'av.share2': 0, 'av.share3': 0, 'av.share4': 0, 'av.share5': 0 }),
    /all weights of the beats of variable conduction are 0/,
  ],
  [
    'contradicting parents',
    { ...good, parents: ['af', 'aflt'] },
    /af and aflt of "coarse-af" contradict each other/,
  ],
])('a class with %s', (_, given, message) => {
  it('is an error of one sentence', () => {
    const error = errorOf(() => parseClassFile(given, 'the class file x.json'));
    expect(error.code).toBe('ERR_CLASS_FILE');
    expect(error.isUsage).toBe(true);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^the class file x\.json: /);
    expect(error.message).not.toContain('\n');
  });
});

it('refuses two classes with one name', () => {
  const error = errorOf(() => parseOwnClasses([good, good]));
  expect(error.message).toBe('two classes are called "coarse-af"; give each class a name of its own');
  expect(parseOwnClasses([good])).toEqual([good]);
});

describe('a file', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pqrst-class-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is read and checked', async () => {
    const path = join(folder, 'good.json');
    await writeFile(path, JSON.stringify(good));
    expect(await readClassFile(path)).toEqual(good);
  });

  it('that is missing, a folder or not JSON is an error that names it', async () => {
    const missing = join(folder, 'missing.json');
    await expect(readClassFile(missing)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
    await expect(readClassFile(folder)).rejects.toMatchObject({ code: 'ERR_CLASS_FILE' });
    const broken = join(folder, 'broken.json');
    await writeFile(broken, '{ "name": ');
    await expect(readClassFile(broken)).rejects.toMatchObject({
      code: 'ERR_CLASS_FILE',
      message: expect.stringMatching(/broken\.json is not JSON/),
    });
  });
});
