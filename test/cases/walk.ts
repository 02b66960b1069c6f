// Finds the folder of inputs that people of the field met (cases, beside the real records) and registers one test per
// case. A folder of a family without a check fails, so that a new case is not forgotten.

import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRecord } from '#lib/records.js';
import { dataRoot } from '../helpers/data.js';

const root = resolve(dataRoot, '../cases');

/** Files of other tests, not inputs with an expectation. */
const notCases = new Set(['newcomer']);

export type Family = 'wfdb' | 'tables' | 'npy' | 'onnx';

/** The numbers of the cases of each family, both ends included. */
const numbers: Readonly<Record<Family, readonly (readonly [number, number])[]>> = {
  wfdb: [
    [1, 39],
    [60, 65],
  ],
  tables: [
    [40, 59],
    [90, 109],
  ],
  npy: [[110, 139]],
  onnx: [[200, 299]],
};

/** One check per folder: receives the folder. */
export type Checks = Readonly<Record<string, (folder: string) => Promise<void>>>;

export const areCasesPresent = existsSync(root);

/** Returns the path of the folder of a case. */
export const caseFolder = (name: string) => join(root, name);

/** The folders of the cases; empty if there are no cases. */
export const caseNames: readonly string[] = areCasesPresent
  ? readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !notCases.has(entry.name))
      .map(({ name }) => name)
      .sort()
  : [];

/** Returns the family whose numbers include that of the folder; undefined if there is no such family. */
export function familyOf(name: string): Family | undefined {
  const number = Number.parseInt(name, 10);
  const isInside = ([least, most]: readonly [number, number]) => number >= least && number <= most;
  return (Object.keys(numbers) as Family[]).find((family) => numbers[family].some(isInside));
}

/** Registers the checks of a family, and the test that each of its folders has a check. */
export function checkCases(family: Family, checks: Checks): void {
  const reason = areCasesPresent ? '' : ` (SKIPPED: the folder ${root} is missing)`;
  describe.skipIf(!areCasesPresent)(`the cases of ${family}${reason}`, () => {
    it('have a check each', () => {
      const unknown = caseNames.filter((name) => familyOf(name) === family && !Object.hasOwn(checks, name));
      expect(unknown, `write a check for these folders in test/cases/${family}.test.ts`).toEqual([]);
    });
    for (const [name, check] of Object.entries(checks)) {
      const isPresent = caseNames.includes(name);
      it.skipIf(!isPresent)(isPresent ? name : `${name} (SKIPPED: not present)`, () =>
        check(caseFolder(name)),
      );
    }
  });
}

/** Expects the first sample of each lead in mV, and the rate and the number of samples. */
export async function expectRecord(
  path: string,
  { fsHz, firstMv, samples = 5000 }: { fsHz: number; firstMv: readonly number[]; samples?: number },
): Promise<void> {
  const record = await readRecord(path);
  const found = record.signalsMv.map((signal) => Number(signal[0]!.toFixed(6)));
  expect([record.fsHz, record.signalsMv[0]!.length, found], path).toEqual([fsHz, samples, firstMv]);
}
