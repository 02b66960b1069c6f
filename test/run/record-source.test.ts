import { describe, expect, it } from 'vitest';
import {
  bothSources,
  digestOf,
  expectFittingSource,
  keptSource,
  type RecordSource,
  refuseLearntPatients,
} from '../../src/run/record-source.js';

const lengthSamples = 4;
/** Sample t of record i of label k is 1000 k + i + t / 10, plus `offset`. */
function counting(id: string, offset: number): RecordSource & { made: number } {
  const source = {
    ...{
      id,
      made: 0,
      fsHz: 100,
      lengthSamples,
      leads: ['II'],
      labels: ['normal', 'af'],
      unit: 'sd' as const,
    },
    patients: [] as string[],
    batch: async ({ labels, start, count, out = new Float32Array(count * lengthSamples) }) => {
      source.made += count;
      for (let row = 0; row < count; row++) {
        const label = source.labels.indexOf(labels[(start + row) % labels.length]!);
        for (let t = 0; t < lengthSamples; t++)
          out[row * lengthSamples + t] = offset + 1000 * label + start + row + t / 10;
      }
      return { signals: out };
    },
  } satisfies RecordSource & { made: number };
  return source;
}
const firstSamples = async (source: RecordSource, start: number, count: number) => {
  const { signals } = await source.batch({ labels: ['normal', 'af'], start, count });
  return Array.from({ length: count }, (_, row) => signals[row * lengthSamples]!);
};

describe('keptSource', () => {
  it('makes each record once', async () => {
    const source = counting('a', 0);
    const kept = keptSource(source);
    expect(await firstSamples(kept, 60, 8)).toEqual(await firstSamples(counting('a', 0), 60, 8));
    await firstSamples(kept, 0, 128);
    await firstSamples(kept, 60, 8);
    expect(source.made).toBe(128);
  });

  it('makes a block again after it failed', async () => {
    const source = counting('a', 0);
    let fails = true;
    const batch: RecordSource['batch'] = (request) =>
      fails ? Promise.reject(new Error('no')) : source.batch(request);
    const kept = keptSource({ ...source, batch });
    await expect(firstSamples(kept, 0, 1)).rejects.toThrow('no');
    fails = false;
    expect(await firstSamples(kept, 0, 1)).toEqual([0]);
  });
});

describe('bothSources', () => {
  it('takes a record of each label from one source, then from the other', async () => {
    const both = bothSources(counting('a', 0), counting('b', 0.5));
    const expected = [0, 1001, 0.5, 1001.5, 2, 1003, 2.5, 1003.5];
    expect(await firstSamples(both, 0, 8)).toEqual(expected);
    expect(await firstSamples(both, 3, 4)).toEqual(expected.slice(3, 7));
    expect(both.id).toBe('a and b');
  });
});

describe('the checks of a source', () => {
  const source = counting('a', 0);
  it.each([
    [{ fsHz: 250, seconds: 0.04 }, ['II'], /4 samples at 100 Hz.*`fs` 100/],
    [{ fsHz: 100, seconds: 0.05 }, ['II'], /takes 5 samples/],
    [{ fsHz: 100, seconds: 0.04 }, ['I', 'II'], /the leads II/],
    [{ fsHz: 100, seconds: 0.04, filter: '0.5-40' }, ['II'], /without a filter.*filtered with 0.5-40/],
  ] as const)('refuse %j with the leads %j', (config, leads, message) => {
    expect(() => expectFittingSource(source, config, leads)).toThrow(message);
  });

  it('accept a record of the same shape', () => {
    expect(() => expectFittingSource(source, { fsHz: 100, seconds: 0.04 }, ['MLII'])).not.toThrow();
  });

  it('refuse a test patient whose records were learnt, and only within one kind of data set', () => {
    const window = (dataset: string, patient: string) => ({ origin: { dataset, record: '1', patient } });
    const learnt = { ...source, patients: [digestOf(window('', '17'), 'ptb-xl:somewhere')] };
    const refuse = (dataset: string, patient: string, data: string) => () =>
      refuseLearntPatients(learnt, [window(dataset, patient)], data);
    expect(refuse('', '17', 'ptb-xl:elsewhere')).toThrow(/learnt 1 patient of the 1 .* such as 17/);
    expect(refuse('ptb-xl', '17', 'mitdb:a,ptb-xl:b')).toThrow(/learnt 1 patient/);
    expect(refuse('', '18', 'ptb-xl:elsewhere')).not.toThrow();
    expect(refuse('', '17', 'mitdb:elsewhere')).not.toThrow();
  });
});
