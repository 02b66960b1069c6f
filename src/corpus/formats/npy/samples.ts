// Reads the samples of a NumPy shard alone.

import { openNpyRows } from '../../../codecs/npy/read.js';
import { sampleArrays } from '../../../kernel/binding.js';
import { type CorpusPlan, recordSamples, type SampleFiles } from '../../format.js';
import { damaged, toUnit } from '../stored.js';

/** Reads the samples of a shard without its other arrays. */
export const npySamples: SampleFiles = {
  name: 'signals.npy',
  async open(file, plan, { path, count }) {
    const { type } = plan;
    const size = recordSamples(plan);
    const array = await openNpyRows(file);
    try {
      expectArray(`${path}/signals.npy`, array, type, signalShape(plan, count));
    } catch (error) {
      await array.close();
      throw error;
    }
    return {
      async read(first, records, into) {
        const out = into.subarray(0, records * size);
        if (type === 'float32') return array.read(first, out);
        const stored = new sampleArrays[type](out.length);
        await array.read(first, stored);
        out.set(toUnit(stored, type));
      },
      close: () => array.close(),
    };
  },
};

/** Returns the shape of the signals of `count` records: a single lead has no axis of its own. */
export function signalShape({ leads, lengthSamples }: CorpusPlan, count: number): number[] {
  return leads.length === 1 ? [count, lengthSamples] : [count, leads.length, lengthSamples];
}

/**
 * Compares type and shape of an array with those that the manifest states.
 *
 * @throws PqrstError ERR_CORPUS: when they differ.
 */
export function expectArray(
  name: string,
  found: { type: string; shape: readonly number[] },
  type: string,
  shape: readonly number[],
): void {
  if (found.type === type && found.shape.join() === shape.join()) return;
  throw damaged(name, `holds ${found.type} [${found.shape}], but the manifest states ${type} [${shape}]`);
}
