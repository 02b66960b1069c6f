// Every folder of the cases belongs to a family, whose test file checks it.

import { expect, it } from 'vitest';
import { areCasesPresent, caseNames, familyOf } from './walk.js';

it.skipIf(!areCasesPresent)('every case belongs to a family', () => {
  const unknown = caseNames.filter((name) => familyOf(name) === undefined);
  expect(unknown, 'give these folders a family in test/cases/walk.ts, and a check').toEqual([]);
});
