// Checks which packages each entrance of the package loads when it is imported in a separate process.

import { expect, it } from 'vitest';
// @ts-expect-error: a script, which has no types
import { entrancesOf, loadedBy } from '../bench/entrances.mjs';

const packagesByEntrance: Record<string, string[]> = {
  'pqrst/synth': [],
  'pqrst/records': [],
  'pqrst/corpus': [],
  'pqrst/train': ['@bufbuild/protobuf', 'hyparquet', 'hyparquet-writer', 'pure-rand'],
  'pqrst/evaluate': ['@bufbuild/protobuf', 'pure-rand'],
  'pqrst/fidelity': ['fft.js', 'ml-matrix', 'pure-rand'],
  'pqrst/report': ['@resvg/resvg-js'],
  'pqrst/queue': [],
};
const everywhere = ['fastest-levenshtein', 'zod'];
packagesByEntrance.pqrst = [...new Set(Object.values(packagesByEntrance).flat())];

const entrances: { name: string; url: string }[] = entrancesOf();

it('lists the packages of every entrance', () => {
  expect(entrances.map(({ name }) => name).sort()).toEqual(Object.keys(packagesByEntrance).sort());
});

it.each(entrances)('$name loads only the packages that it needs', ({ name, url }) => {
  const { packages } = loadedBy(url) as { packages: string[] };
  const isAddon = (loaded: string) => loaded.startsWith('@resvg/resvg-js-');
  const others = packages.filter((loaded) => !everywhere.includes(loaded) && !isAddon(loaded));
  expect(others).toEqual(packagesByEntrance[name]!.toSorted());
});
