// Batches of real windows and of synthetic records, and the reading of batches ahead.

import { describe, expect, it } from 'vitest';
import {
  type Batch,
  type BatchSource,
  readAhead,
  realBatches,
  syntheticBatches,
} from '#lib/batches/batches.js';
import { splitLeads } from '#lib/signal/leads.js';
import type { SignalRequest, SignalSource } from '#lib/signal/source.js';
import { windowOf } from '../helpers/windows.js';

const lengthSamples = 8;
const rates = { shiftRate: 0.5, maskRate: 0.25 };

/** Windows that differ in their first z-scored sample. */
const windows = Array.from({ length: 10 }, (_, at) => ({
  label: at % 5 === 0 ? 1 : 0,
  window: windowOf({
    signal: Float32Array.from({ length: lengthSamples }, (_, k) => (k === at % lengthSamples ? at + 1 : 0)),
    record: `r${at}`,
    patient: `p${at}`,
    startS: 10 * at,
  }),
}));

/** A source of synthetic records. The first sample of a record is its index. */
const generator = {
  labels: ['aflt', 'normal', 'pvc', 'wpw'],
  fsHz: 50,
  lengthSamples,
  leads: ['II'],
  unit: 'sd' as const,
  calls: [] as [number, number][],
  async batch({ start, count, out: signals = new Float32Array(count * lengthSamples) }: SignalRequest) {
    this.calls.push([start, count]);
    for (let row = 0; row < count; row++) {
      signals.fill(0, row * lengthSamples, (row + 1) * lengthSamples);
      signals[row * lengthSamples] = start + row;
    }
    return { signals };
  },
};

async function collect(source: BatchSource, epoch: number): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readAhead(source, epoch)) batches.push(batch);
  return batches;
}

describe('realBatches', () => {
  it('returns all windows in order for a validation, with a shorter last batch', async () => {
    const source = realBatches(windows, lengthSamples, { batchSize: 4, seed: 1 });
    const batches = await collect(source, 0);
    expect(batches.map(({ count }) => count)).toEqual([4, 4, 2]);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    expect(source).toMatchObject({ count: 10, labelCounts: [8, 2], batchesPerEpoch: 3 });
    const first = batches[0]!.signals.subarray(0, lengthSamples);
    expect(first.reduce((sum, x) => sum + x)).toBeCloseTo(0, 5);
    expect(first.reduce((sum, x) => sum + x * x, 0) / lengthSamples).toBeCloseTo(1, 5);
  });

  it('shuffles each epoch of a training in another way, and fills the last batch from its start', async () => {
    const augment = { shiftRate: 0, maskRate: 0 };
    const source = realBatches(windows, lengthSamples, { batchSize: 4, seed: 1, augment });
    const seen = async (epoch: number) =>
      (await collect(source, epoch)).flatMap(({ signals, count }) =>
        Array.from({ length: count }, (_, row) =>
          signals.subarray(row * lengthSamples, (row + 1) * lengthSamples).join(),
        ),
      );
    const [a, b] = [await seen(0), await seen(1)];
    expect(a).toHaveLength(12);
    expect(a.slice(10)).toEqual(a.slice(0, 2));
    expect(a).not.toEqual(b);
    expect([...a.slice(0, 10)].sort()).toEqual([...b.slice(0, 10)].sort());
  });

  it('refuses a window with another length than its set states', () => {
    const short = { label: 1, window: { ...windows[0]!.window, signal: new Float32Array(7) } };
    expect(() => realBatches([...windows, short], lengthSamples, { batchSize: 4, seed: 1 })).toThrow(
      /the window of record r0 at 0 s has 7 samples, but its set states 8/,
    );
  });

  it('returns the same batch for the same epoch and index', async () => {
    const make = () => realBatches(windows, lengthSamples, { batchSize: 4, seed: 1, augment: rates });
    const whole = await collect(make(), 3);
    expect(await make().batch(3, 2)).toEqual(whole[2]);
    expect(await make().batch(4, 2)).not.toEqual(whole[2]);
  });
});

describe('realBatches of several classes', () => {
  it('counts the windows of each class', () => {
    const several = windows.map((one, at) => ({ ...one, label: [2, 0, 0, 3, 0][at % 5]! }));
    const source = realBatches(several, lengthSamples, { batchSize: 4, seed: 1 });
    expect(source.labelCounts).toEqual([6, 0, 2, 2]);
  });
});

describe('syntheticBatches', () => {
  const range = { first: 100, count: 10 };

  it('alternates the classes and stays in its range', async () => {
    const source = syntheticBatches(generator, [['normal'], ['pvc']], range, { batchSize: 4, seed: 1 });
    const batches = await collect(source, 0);
    const records = batches.flatMap(({ signals, count }) =>
      Array.from({ length: count }, (_, row) => signals[row * lengthSamples]),
    );
    expect(records).toEqual(Array.from({ length: 10 }, (_, at) => 100 + at));
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(source.labelCounts).toEqual([5, 5]);
  });

  it('repeats several classes in turn, with labels in the requested order', async () => {
    const source = syntheticBatches(generator, [['aflt'], ['normal'], ['wpw']], range, {
      batchSize: 4,
      seed: 1,
    });
    const batches = await collect(source, 0);
    expect(batches.flatMap(({ labels }) => [...labels])).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0, 1]);
    expect(source.labelCounts).toEqual([3, 4, 3]);
  });

  it('keeps each batch balanced while the classes of a label take turns', async () => {
    const outputs = [['normal', 'aflt', 'wpw'], ['pvc']];
    const whole = { first: 0, count: 24 };
    const augment = { shiftRate: 0, maskRate: 0 };
    const source = syntheticBatches(generator, outputs, whole, { batchSize: 4, seed: 1, augment });
    const batches = await collect(source, 0);
    expect(batches.map(({ labels }) => labels.filter((label) => label === 1).length)).toEqual(
      Array(6).fill(2),
    );
    expect(source.labelCounts).toEqual([12, 12]);
    // Record i is of the class turns[i % 6], and the negatives are of each class equally often.
    const turns = ['normal', 'pvc', 'aflt', 'pvc', 'wpw', 'pvc'];
    const made = batches.flatMap(({ signals, labels }) =>
      [...labels].map((label, row) => [turns[signals[row * lengthSamples]! % 6], label] as const),
    );
    const negatives = made.filter(([, label]) => label === 0).map(([name]) => name!);
    expect(outputs[0]!.map((name) => negatives.filter((one) => one === name).length)).toEqual([4, 4, 4]);
    expect(made.filter(([name]) => name === 'pvc').every(([, label]) => label === 1)).toBe(true);
  });

  it('refuses a label that the source cannot make, and records in mV', () => {
    const refused = (change: Partial<SignalSource>, labels = ['normal', 'pvc']) =>
      expect(() =>
        syntheticBatches(
          { ...generator, ...change },
          labels.map((label) => [label]),
          range,
          { batchSize: 4, seed: 1 },
        ),
      );
    refused({}, ['normal', 'af']).toThrow(/^the source makes aflt, normal, pvc, wpw, not "af"/);
    refused({ unit: 'mV' }).toThrow(/but the source makes them in mV/);
  });

  it('keeps the leads of a record together, and shifts and masks them alike', async () => {
    // Record i holds i + 1 in its first lead and 100 (i + 1) in its second.
    const several: SignalSource = {
      ...generator,
      leads: ['I', 'II'],
      batch: async ({ start, count, out = new Float32Array(count * 2 * lengthSamples) }) => {
        for (let row = 0; row < count; row++) {
          const first = 2 * row * lengthSamples;
          out.fill(start + row + 1, first, first + lengthSamples);
          out.fill(100 * (start + row + 1), first + lengthSamples, first + 2 * lengthSamples);
        }
        return { signals: out };
      },
    };
    const augment = { shiftRate: 0.5, maskRate: 0.5 };
    for (const options of [{}, { augment }]) {
      const source = syntheticBatches(several, [['normal'], ['pvc']], range, {
        batchSize: 4,
        seed: 1,
        ...options,
      });
      expect(source.leads).toBe(2);
      let zeros = 0;
      for (const { signals, count } of await collect(source, 0)) {
        expect(signals.length).toBe(count * 2 * lengthSamples);
        for (let row = 0; row < count; row++) {
          const [one, two] = splitLeads(
            signals.subarray(2 * row * lengthSamples, 2 * (row + 1) * lengthSamples),
            2,
          );
          expect(two).toEqual(one!.map((value) => 100 * value));
          zeros += one!.filter((value) => value === 0).length;
        }
      }
      expect(zeros > 0).toBe('augment' in options);
    }
  });

  it('returns every record in each epoch of a training, with few calls of the source', async () => {
    const augment = { shiftRate: 0, maskRate: 0 };
    const source = syntheticBatches(generator, [['normal'], ['pvc']], range, {
      batchSize: 5,
      seed: 1,
      augment,
    });
    const orders = new Set<string>();
    for (let epoch = 0; epoch < 6; epoch++) {
      generator.calls.length = 0;
      const batches = await collect(source, epoch);
      const records = batches.flatMap(({ signals, labels, count }) =>
        Array.from({ length: count }, (_, row) => {
          const record = signals[row * lengthSamples]!;
          expect(labels[row]).toBe(record % 2);
          return record;
        }),
      );
      expect([...records].sort()).toEqual(Array.from({ length: 10 }, (_, at) => 100 + at));
      expect(generator.calls.length).toBeLessThanOrEqual(3);
      orders.add(records.join());
    }
    expect(orders.size).toBeGreaterThan(2);
  });
});

describe('realBatches of several leads', () => {
  const ramp = (scale: number) =>
    Float32Array.from({ length: lengthSamples }, (_, k) => scale * (k + 1) ** 2);
  const several = [0, 1, 2, 3].map((at) => ({
    label: at % 2,
    window: windowOf({
      signal: Float32Array.of(...ramp(at + 1), ...ramp(-7)),
      leads: ['I', 'V1'],
      record: `r${at}`,
    }),
  }));

  it('standardizes each lead separately', async () => {
    const source = realBatches(several, lengthSamples, { batchSize: 4, seed: 1 });
    expect([source.leads, source.lengthSamples]).toEqual([2, lengthSamples]);
    const { signals } = await source.batch(0, 0);
    expect(signals.length).toBe(4 * 2 * lengthSamples);
    const alone = realBatches([{ label: 0, window: windowOf({ signal: ramp(1) }) }], lengthSamples, {
      batchSize: 1,
      seed: 1,
    });
    const expected = (await alone.batch(0, 0)).signals;
    for (let row = 0; row < 4; row++) {
      const lead = (at: number) =>
        signals.subarray((2 * row + at) * lengthSamples, (2 * row + at + 1) * lengthSamples);
      for (let k = 0; k < lengthSamples; k++) {
        expect(lead(0)[k]).toBeCloseTo(expected[k]!, 5);
        expect(lead(1)[k]).toBeCloseTo(-expected[k]!, 5);
      }
    }
  });

  it('shifts and masks all leads of a record in the same way', async () => {
    const same = several.map((one) => ({
      ...one,
      window: windowOf({ signal: Float32Array.of(...ramp(2), ...ramp(3)), leads: ['I', 'V1'] }),
    }));
    const source = realBatches(same, lengthSamples, { batchSize: 4, seed: 1, augment: rates });
    const { signals } = await source.batch(0, 0);
    expect(signals.filter((value) => value === 0).length).toBeGreaterThan(4);
    for (let row = 0; row < 4; row++) {
      const at = 2 * row * lengthSamples;
      const [one, other] = [
        signals.slice(at, at + lengthSamples),
        signals.slice(at + lengthSamples, at + 2 * lengthSamples),
      ];
      for (let k = 0; k < lengthSamples; k++) expect(one[k]).toBeCloseTo(other[k]!, 5);
    }
  });

  it('names the flat lead, and refuses windows of other leads', async () => {
    const flat = windowOf({
      signal: Float32Array.of(...ramp(1), ...new Float32Array(lengthSamples)),
      leads: ['I', 'V1'],
    });
    const source = realBatches([{ label: 0, window: flat }], lengthSamples, { batchSize: 1, seed: 1 });
    await expect(source.batch(0, 0)).rejects.toThrow(/lead V1 of the window of record r at 0 s is flat/);
    const mixed = [...several, { label: 0, window: windowOf({ signal: ramp(1) }) }];
    expect(() => realBatches(mixed, lengthSamples, { batchSize: 4, seed: 1 })).toThrow(
      /has 1 leads, but its set states 2/,
    );
  });
});

describe('readAhead', () => {
  const source = (batch: BatchSource['batch']): BatchSource => ({
    leads: 1,
    lengthSamples,
    count: 3,
    labelCounts: [3, 0],
    batchesPerEpoch: 3,
    batch,
  });
  const empty = { signals: new Float32Array(0), labels: new Float32Array(0), count: 0 };

  it('makes the next batch while the caller uses the current one', async () => {
    const started: number[] = [];
    const batches = readAhead(
      source(async (_, index) => {
        started.push(index);
        return empty;
      }),
      0,
    );
    await batches.next();
    expect(started).toEqual([0, 1]);
    await batches.return(undefined);
    expect(started).toEqual([0, 1]);
  });

  it('throws the error of a batch in its turn, and not as an unhandled rejection', async () => {
    const batches = readAhead(
      source(async (_, index) => {
        if (index === 1) throw new Error('kernel');
        return empty;
      }),
      0,
    );
    await batches.next();
    await new Promise((resolve) => setImmediate(resolve));
    await expect(batches.next()).rejects.toThrow('kernel');
  });

  it('stops after an abort', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    const real = realBatches(windows, lengthSamples, { batchSize: 4, seed: 1 });
    await expect(readAhead(real, 0, abort.signal).next()).rejects.toThrow('enough');
  });
});
