// Compares the interval of AUROC with DeLong's variance in Python (test/judges/delong_judge.py).

import { describe, expect, it } from 'vitest';
import type { ScoreColumns } from '#lib/score/columns.js';
import { ascending, measureLarge } from '#lib/score/large-sample.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';
import { made } from '../helpers/score-columns.js';

const measured = (columns: ScoreColumns) => measureLarge(columns, ascending(columns.probabilities), 0.5);

const python = pythonWith('numpy');
describe.skipIf(python === undefined)(
  `DeLong in Python${python === undefined ? ' (SKIPPED: no python3 with numpy)' : ''}`,
  () => {
    it('gives the same variance of AUROC, apart from the factor n / (n - 1) of each label', () => {
      const sets = [made(6, 2000), made(7, 1500, { levels: 10 }), made(8, 5000, { share: 0.1 })];
      const verdicts = judge<{ auroc: number; variance: number }[]>(
        python!,
        'delong_judge.py',
        sets.map(({ labels, probabilities }) => {
          return { labels: [...labels], probabilities: [...probabilities] };
        }),
      );
      for (const [at, { auroc, variance }] of verdicts.entries()) {
        const own = measured(sets[at]!).auroc;
        const logit = (p: number) => Math.log(p / (1 - p));
        const error = ((logit(own.high) - logit(own.low)) / 2 / 1.959963984540054) * auroc * (1 - auroc);
        expect(own.value).toBeCloseTo(auroc, 12);
        expect(error / Math.sqrt(variance)).toBeGreaterThan(0.997);
        expect(error / Math.sqrt(variance)).toBeLessThan(1.001);
      }
    });
  },
);
