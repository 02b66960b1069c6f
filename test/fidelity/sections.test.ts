// A comparison with a network and a training: the rows of the network, and what the page says about both.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Comparison, compareSides } from '#lib/fidelity/compare.js';
import type { NetworkFacts } from '#lib/fidelity/network-features.js';
import { fidelityPage } from '#lib/fidelity/page.js';
import type { RecordSet } from '#lib/fidelity/record-set.js';
import { synthesizedRecords } from '#lib/fidelity/sources.js';
import { networkText } from '#lib/fidelity/training-section.js';
import type { Transfer } from '#lib/fidelity/transfer.js';

const shape = { fsHz: 100, seconds: 10, lead: 'II', filter: undefined };
const made = (preset: string, seed: number): Promise<RecordSet> =>
  synthesizedRecords({ preset, ownClasses: [], ecgClass: 'normal' }, seed, seed, shape, 'mV');

const facts: NetworkFacts = {
  ...{ file: 'run/model.onnx', arch: 's4', labels: ['normal', 'af'], features: 2 },
  ...{ trainedOn: 'ptb-xl:there', leftOutPatients: 3 },
};
const score = { value: 0.7, low: 0.6, high: 0.8 };
const trained: Transfer = {
  ...{ task: 'af', labels: ['normal', 'af'], arch: 's4', steps: 400, training: [30, 20], test: [29, 19] },
  patients: [40, 41],
  rows: [
    { key: 'tstr', name: 'TSTR', meaning: 'what it means', f1: score, auprc: { ...score, value: 0.75 } },
  ],
  gap: { f1: { value: -0.123, low: -0.2, high: -0.05 }, auprc: score },
};
const subject = {
  ...{ label: 'normal', real: 'npy:real', synthetic: 'preset:paper', lead: 'II', filter: undefined, seed: 0 },
};

let found: Comparison;
beforeAll(async () => {
  // The mean of the magnitude and of its square stand for a layer of two units; the third is never active.
  const network = async (signals: readonly Float32Array[]) =>
    signals.map((signal) =>
      Float64Array.of(
        signal.reduce((sum, value) => sum + Math.abs(value), 0) / signal.length,
        signal.reduce((sum, value) => sum + value ** 2, 0) / signal.length,
        0,
      ),
    );
  found = await compareSides(await made('physiological', 16), await made('paper', 8), {
    ...{ resamples: 20, network },
  });
});

describe('a comparison with a network', () => {
  it('has every measure of points on the features of the network, with floor and ceiling', () => {
    const rows = found.rows.filter(({ key }) => key.startsWith('network.'));
    expect(rows.map(({ key }) => key.slice('network.'.length))).toEqual([
      ...[
        'mmd',
        'kid',
        'frechet',
        'precision',
        'recall',
        'density',
        'coverage',
        'sliced',
        'logistic',
        'nearest',
      ],
    ]);
    for (const { key, made, floor, ceiling } of rows) {
      expect([made.value, floor, ceiling].every(Number.isFinite), key).toBe(true);
    }
  });

  it('says on the page what the network is, and what the records are worth in a training', () => {
    const page = fidelityPage(found, { ...subject, network: facts, transfer: trained });
    expect(page).toContain('On the penultimate layer of a network');
    expect(page).toContain('run/model.onnx, s4, trained with the setting real');
    expect(page).toContain('3 patients that trained or validated it are left out');
    expect(page).toContain('Training on synthetic records');
    expect(page).toContain('trained on 30 normal and 20 af records');
    expect(page).toContain('each test has 29 normal and 19 af records');
    for (const text of ['TSTR', '0.75', '0.6 to 0.8', '-0.123', '-0.2 to -0.05', 'what it means']) {
      expect(page, text).toContain(text);
    }
  });

  it('says nothing of a training or of a network without them', () => {
    const page = fidelityPage(found, subject);
    expect(page).not.toContain('Training on synthetic records');
    expect(page).not.toContain('Network:');
  });
});

it('warns where the patients of the network are not known', () => {
  expect(networkText({ ...facts, trainedOn: null })).toMatch(/does not say which patients trained it/);
});
