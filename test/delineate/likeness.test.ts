import { expect, it } from 'vitest';
import { likenessOf } from '../../src/delineate/likeness.js';

it('tells peaks of the shape of the beats from others', () => {
  const beats = Array.from({ length: 12 }, (_, k) => ({ at: 50 + 100 * k }));
  const trace = new Float64Array(1300);
  for (const { at } of beats) {
    for (let n = -10; n <= 10; n++) trace[at + n] = n * Math.exp(-0.5 * (n / 3) ** 2);
  }
  const strange = { at: 600 };
  for (let n = -10; n <= 10; n++) trace[600 + n] = Math.cos(1.3 * n);
  const alike = likenessOf([...beats.slice(0, 6), strange, ...beats.slice(6)], beats, [trace], [1]);
  expect(alike[6]).toBeLessThan(0.2);
  for (const [n, value] of alike.entries()) if (n !== 6) expect(value).toBeCloseTo(1, 6);
});
