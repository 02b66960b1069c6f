import { expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { kMeans } from '#lib/generators/k-means.js';

test('finds the means of separate clusters, whatever their sizes', () => {
  const stream = randomStream(1, 'clusters');
  const sizes = [200, 60, 30];
  const means = [0, 10, -20];
  const vectors = sizes.flatMap((size, cluster) =>
    Array.from({ length: 2 * size }, () => means[cluster]! + stream.normal()),
  );
  const centres = kMeans(Float32Array.from(vectors), 2, 6, randomStream(4, 'start'));
  expect(centres).toHaveLength(12);
  // Six centres: each is inside a cluster, and each cluster has one.
  const nearest = Array.from({ length: 6 }, (_, at) => {
    const distances = means.map((mean) => Math.hypot(centres[2 * at]! - mean, centres[2 * at + 1]! - mean));
    expect(Math.min(...distances)).toBeLessThan(3);
    return distances.indexOf(Math.min(...distances));
  });
  expect([...new Set(nearest)].sort()).toEqual([0, 1, 2]);
});

test('a centre is the mean of its vectors', () => {
  const vectors = Float32Array.of(1, 2, 3, 50, 51);
  const centres = [...kMeans(vectors, 1, 2, randomStream(2, 'start'))].sort((a, b) => a - b);
  expect(centres).toEqual([2, 50.5]);
});

test('fewer vectors than centres repeat', () => {
  const centres = kMeans(Float32Array.of(1, 7), 1, 5, randomStream(2, 'start'));
  expect([...new Set(centres)].sort()).toEqual([1, 7]);
});
