// The verdict of a report, which follows from the numbers: improved, worsened, mixed, not significant, or not testable.

import { describe, expect, it } from 'vitest';
import { parseExperimentConfig } from '#lib/experiment/config.js';
import { verdictOf } from '#lib/experiment/report/verdict.js';
import type { CellSummary, Comparison, ExperimentSummary } from '#lib/experiment/summary.js';
import { heldBack } from '#lib/run/predictions.js';
import type { Gain, MeanScore } from '#lib/score/statistics.js';
import { keyOf } from '../../helpers/cell-keys.js';
import { decisionsOf } from '../../helpers/some-decisions.js';

const archs = ['resnet18', 'lstm'];
const config = parseExperimentConfig({ data: ['a:b'], tasks: ['aflt'], archs, outside: ['c:d'] });
const [task] = config.tasks;

const gain = (difference: number, pCorrected: number, reason = ''): Gain => ({
  difference,
  low: difference - 0.03,
  high: difference + 0.03,
  percent: 100 * difference,
  percentLow: 0,
  percentHigh: 0,
  p: pCorrected / 4,
  pCorrected,
  reason,
});
const mean = (value: number): MeanScore => ({
  mean: value,
  sd: 0.01,
  low: value - 0.05,
  high: value + 0.05,
  runs: [],
});

function summaryOf(f1: readonly Gain[], auprc: readonly Gain[], outside = 0.01): ExperimentSummary {
  const compared = archs.map(
    (arch, at): Comparison => ({
      ...keyOf('aflt', arch, 'syn-real'),
      test: heldBack,
      f1: f1[at]!,
      auprc: auprc[at]!,
    }),
  );
  const cells = archs.flatMap((arch, at) =>
    config.settings.map(
      (setting): CellSummary => ({
        ...keyOf('aflt', arch, setting),
        test: heldBack,
        f1: mean(0.6 + at / 10),
        auprc: mean(0.7),
        auroc: mean(0.8),
        decisions: decisionsOf([0.6 + at / 10]),
        trainPositives: 40,
        trainPositivePatients: setting === 'syn' ? 0 : 20,
        testPositives: 25,
        testPositivePatients: 15,
        testWindows: 100,
        testPatients: 60,
      }),
    ),
  );
  const other = compared.map((one) => ({ ...one, test: 'c:d', f1: gain(outside, 0.5) }));
  return { cells, comparisons: [...compared, ...other], gains: [], warnings: [] };
}

const sure = gain(0.1, 0.001);
const unsure = gain(0.02, 0.6);

describe('verdictOf', () => {
  it.each([
    [
      [sure, sure],
      'AFLT, held-back test: synthetic pre-training raised F1 with 2 of 2 architectures (resnet18, lstm).',
    ],
    [
      [sure, unsure],
      'AFLT, held-back test: synthetic pre-training raised F1 with 1 of 2 architectures (resnet18).',
    ],
    [
      [gain(-0.1, 0.01), unsure],
      'AFLT, held-back test: synthetic pre-training lowered F1 with 1 of 2 architectures (resnet18).',
    ],
    [
      [sure, gain(-0.1, 0.01)],
      'AFLT, held-back test: mixed. Synthetic pre-training raised F1 with 1 of 2 architectures (resnet18) and lowered it with 1 of 2 architectures (lstm).',
    ],
    [
      [unsure, unsure],
      'AFLT, held-back test: no significant effect of synthetic pre-training on F1 (2 architectures).',
    ],
    [
      [gain(0.1, Number.NaN, 'one positive patient'), gain(0.1, Number.NaN, 'one positive patient')],
      'AFLT, held-back test: these data cannot show whether synthetic pre-training helps (one positive patient).',
    ],
  ])('states the headline for case %#', (f1, headline) => {
    const [answer, outside] = verdictOf(task!, config, summaryOf(f1, [unsure, unsure])).answers;
    expect(answer!.claim).toBe(headline);
    expect(answer!.numbers).toContain('95 % interval');
    expect(answer!.numbers).toContain(
      'F1 at 0.5: Real 0.650, Syn 0.650, Syn→Real 0.650; at the threshold of the validation records: ' +
        'Real 0.670, Syn 0.670, Syn→Real 0.670; after the correction for the share of positives: ' +
        'Real 0.660, Syn 0.660, Syn→Real 0.660.',
    );
    expect(answer!.numbers).toContain('Test: 100 windows of 60 patients, 25 positive from 15 patients.');
    expect(outside!.claim).toBe('AFLT, outside test c:d: not tested.');
  });

  it('reports an interval that excludes zero but is not significant after correction', () => {
    const { sentences } = verdictOf(
      task!,
      config,
      summaryOf([gain(0.05, 0.2), gain(0.05, 0.2)], [unsure, unsure]),
    );
    expect(sentences.join(' ')).toContain(
      'after correction for all comparisons it may be due to chance (corrected p = 0.20)',
    );
  });

  it('names the limits of the evidence', () => {
    const { against } = verdictOf(
      task!,
      config,
      summaryOf([sure, sure], [gain(-0.02, 1), gain(-0.02, 1)], -0.05),
    );
    expect(against.join(' ')).toContain('F1 and AUPRC changed in opposite directions');
    expect(against.join(' ')).toContain('outside test c:d the mean difference of F1 has the opposite sign');
    const firm = verdictOf(task!, config, summaryOf([sure, sure], [sure, sure], 0.05));
    expect(firm.against).toEqual([]);
  });

  it('states the gain of one architecture, the size of the test and the split', () => {
    const { cells, comparisons } = summaryOf([sure, unsure], [sure, sure]);
    const one = {
      cells: cells.slice(0, 3).map((cell) => ({ ...cell, testPositives: 9, testPositivePatients: 1 })),
      comparisons: comparisons.slice(0, 1),
      gains: [],
      warnings: [],
    };
    expect(verdictOf(task!, { ...config, split: 'random' }, one).answers[0]).toEqual({
      claim: 'AFLT, held-back test: synthetic pre-training raised F1 with resnet18.',
      numbers:
        'F1 changed by +0.100, 95 % interval +0.070 to +0.130 (gain +10.0 %); significant ' +
        '(corrected p = 0.001). F1 at 0.5: Real 0.600, Syn 0.600, Syn→Real 0.600; at the threshold of the validation ' +
        'records: Real 0.620, Syn 0.620, Syn→Real 0.620; after the correction for the share of positives: Real 0.610, ' +
        'Syn 0.610, Syn→Real 0.610. Test: 100 windows of 60 patients, 9 positive from 1 patient, so few that single ' +
        'patients can reverse the answer; the same patients are in training and test, so all scores are too high.',
    });
  });

  it('names the chance of the best Syn model: the share of positives, or one over the number of classes', () => {
    const { cells } = summaryOf([sure, sure], [sure, sure]);
    const chanceOf = (name: string) => {
      const own = parseExperimentConfig({ data: ['a:b'], tasks: [name], archs });
      const summary = {
        cells: cells.map((cell) => ({ ...cell, task: name })),
        ...{ comparisons: [], gains: [], warnings: [] },
      };
      const { sentences } = verdictOf(own.tasks[0]!, own, summary);
      return /AUPRC 0\.70 \(chance (.*?)\)/.exec(sentences.join(' '))?.[1];
    };
    expect(chanceOf('aflt')).toBe('0.25');
    expect(verdictOf(task!, config, summaryOf([sure, sure], [sure, sure])).sentences.join(' ')).toContain(
      'the best Syn model (resnet18, selected by its test score) reaches',
    );
    expect(chanceOf('normal+af+aflt+pvc+wpw')).toBe('0.20');
  });

  it('compares nothing if one setting is missing', () => {
    const { cells } = summaryOf([sure, sure], [sure, sure]);
    const { answers } = verdictOf(task!, config, { cells, comparisons: [], gains: [], warnings: [] });
    expect(answers[0]!.claim).toContain('nothing is compared');
  });
});
