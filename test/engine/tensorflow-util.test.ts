// The function of node:util that tfjs-node needs.

import { expect, it } from 'vitest';
import { restoreUtil } from '#lib/engine/tensorflow/backend.js';

it('is put back where Node lacks it', () => {
  const util: Record<string, unknown> = {};
  restoreUtil(util);
  const isNullOrUndefined = util.isNullOrUndefined as (value: unknown) => boolean;
  expect([null, undefined, 0, '', false].map(isNullOrUndefined)).toEqual([true, true, false, false, false]);
});

it('stays as it is where Node has it', () => {
  const own = () => true;
  const util: Record<string, unknown> = { isNullOrUndefined: own };
  restoreUtil(util);
  expect(util.isNullOrUndefined).toBe(own);
});
