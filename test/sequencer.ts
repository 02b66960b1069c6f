// Orders the test files so that no fork works alone at the end: the `process` project first, then by the seconds that
// test/durations.json records, longest first. A file without a record comes before all others of its project.
// `node scripts/test-durations.mjs` writes the records.

import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = join(import.meta.dirname, '..');
const seconds: Record<string, number> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'durations.json'), 'utf8'),
);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const secondsOf = ({ moduleId }: TestSpecification) =>
      seconds[relative(root, moduleId).split(sep).join('/')] ?? Number.POSITIVE_INFINITY;
    const isUnit = ({ project }: TestSpecification) => Number(project.name === 'unit');
    const byPath = (a: TestSpecification, b: TestSpecification) => (a.moduleId < b.moduleId ? -1 : 1);
    return [...files].sort((a, b) => {
      const [left, right] = [secondsOf(a), secondsOf(b)];
      return isUnit(a) - isUnit(b) || (left === right ? byPath(a, b) : right - left);
    });
  }
}
